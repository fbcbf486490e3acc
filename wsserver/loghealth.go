package wsserver

import (
	"context"
	"errors"
	"time"

	"belfry/wsserver/client"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// probeEvery is how often a log that could not be written is tried again where nobody writes.
const probeEvery = 5 * time.Second

// wrote is told of the outcome of each commit before anybody else is, and reports whether the log is gone only now.
func (s *Server) wrote(err error) (gone bool) {
	if !s.Trouble.Note(err) {
		return false
	}
	s.Revs.StateChanged()
	return errors.Is(err, wire.ErrLogGone)
}

// logGone ends every client: what they know is of a log that is no more.
func (s *Server) logGone() {
	for _, c := range s.Hub.All(true, false) {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(client.ComeBack))
	}
}

// probe tries a log that could not be written, so that the operator learns that it works again, until ctx ends.
func (s *Server) probe(ctx context.Context) {
	for ctx.Err() == nil {
		lan.Pause(ctx, probeEvery)
		if s.Trouble.Get() != nil {
			// What becomes of it is told by wrote.
			_ = s.Bus.Keep(msglog.Record{Kind: "probe", Key: "", Value: []byte(wire.WireTime(time.Now()).String())})
		}
	}
}
