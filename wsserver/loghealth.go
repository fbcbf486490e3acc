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

// retryLogEvery is how often a log that could not be written is tried again if no message tries it.
const retryLogEvery = 5 * time.Second

// committed is called with the outcome of each commit before anybody is answered. It reports whether the log is gone since
// this commit.
func (s *Server) committed(err error) (gone bool) {
	if !s.health.Note(err) {
		return false
	}
	s.revisions.StateChanged()
	return errors.Is(err, wire.ErrLogGone)
}

// logGone ends every client: the positions that they hold are of a log that no longer exists.
func (s *Server) logGone() {
	for _, c := range s.hub.Clients() {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// retryLog is a loop until ctx ends: it writes to a log that could not be written, so that the operator sees when it works
// again.
func (s *Server) retryLog(ctx context.Context) {
	for {
		select {
		case <-time.After(retryLogEvery):
		case <-ctx.Done():
			return
		}
		if s.health.Get() != nil {
			// The dispatcher reports the outcome to committed.
			_ = s.dispatcher.Keep(msglog.Record{Kind: "probe", Key: "", Value: []byte(wire.Time(time.Now()).String())})
		}
	}
}
