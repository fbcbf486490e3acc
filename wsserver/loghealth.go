package wsserver

import (
	"context"
	"errors"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// retryLogEvery is how often a log that could not be written is tried again where nobody writes.
const retryLogEvery = 5 * time.Second

// committed is told of the outcome of each commit before anybody else is, and reports whether the log is gone only now.
func (s *Server) committed(err error) (gone bool) {
	if !s.health.Note(err) {
		return false
	}
	s.revisions.StateChanged()
	return errors.Is(err, wire.ErrLogGone)
}

// logGone ends every client: what they know is of a log that is no more.
func (s *Server) logGone() {
	for _, c := range s.hub.Clients() {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// retryLog tries a log that could not be written, so that the operator learns that it works again, until ctx ends.
func (s *Server) retryLog(ctx context.Context) {
	for {
		select {
		case <-time.After(retryLogEvery):
		case <-ctx.Done():
			return
		}
		if s.health.Get() != nil {
			// What becomes of it is told by wrote.
			_ = s.dispatcher.Keep(msglog.Record{Kind: "probe", Key: "", Value: []byte(wire.Time(time.Now()).String())})
		}
	}
}
