package wsserver

import (
	"context"
	"errors"
	"sync"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Trouble is what keeps the log from being written, as the operator is told while the room goes on: Code is
// "disk_full" or "not_kept". It passes with the next commit that works.
type Trouble struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Since   string `json:"since"`
}

// probeEvery is how often a log that could not be written is tried again where nobody writes.
const probeEvery = 5 * time.Second

// trouble is the present one.
type trouble struct {
	mu    sync.Mutex
	value *Trouble // replaced as a whole
}

func (t *trouble) get() *Trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.value
}

// note takes the outcome of a commit and reports whether that changed anything.
func (t *trouble) note(err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		was := t.value
		t.value = nil
		return was != nil
	}
	next := Trouble{Code: "not_kept", Message: "The log cannot be written. Messages are refused until it can.", Since: wire.WireTime(time.Now()).String()}
	switch {
	case errors.Is(err, wire.ErrDiskFull):
		next.Code, next.Message = "disk_full", "The disk is full. Messages are refused until there is room again."
	case errors.Is(err, wire.ErrLogLocked):
		next.Message = "Another program holds the log's file. Messages are refused until it lets go."
	case errors.Is(err, wire.ErrLogGone):
		next.Message = "The log's file was removed or replaced. Messages are refused until you start Belfry again."
	}
	if t.value != nil {
		if t.value.Message == next.Message {
			return false
		}
		next.Since = t.value.Since
	}
	t.value = &next
	return true
}

// wrote is told of the outcome of each commit before anybody else is, and reports whether the log is gone only now.
func (s *Server) wrote(err error) (gone bool) {
	if !s.trouble.note(err) {
		return false
	}
	s.events.stateChanged()
	return errors.Is(err, wire.ErrLogGone)
}

// logGone ends every client: what they know is of a log that is no more.
func (s *Server) logGone() {
	for _, c := range s.hub.All(true, false) {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(comeBack))
	}
}

// probe tries a log that could not be written, so that the operator learns that it works again, until ctx ends.
func (s *Server) probe(ctx context.Context) {
	for ctx.Err() == nil {
		pause(ctx, probeEvery)
		if s.trouble.get() != nil {
			// What becomes of it is told by wrote.
			_ = s.bus.Keep(msglog.Record{Kind: "probe", Key: "", Value: []byte(wire.WireTime(time.Now()).String())})
		}
	}
}
