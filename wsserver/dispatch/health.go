package dispatch

import (
	"errors"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

// Trouble is what keeps the log from being written, as the operator is told while the room goes on: Code is
// "disk_full" or "not_kept". It passes with the next commit that works.
type Trouble struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Since   string `json:"since"`
}

// trouble is the present one.
type Health struct {
	mu      sync.Mutex
	trouble *Trouble // replaced as a whole
}

func (t *Health) Get() *Trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trouble
}

// note takes the outcome of a commit and reports whether that changed anything.
func (t *Health) Note(err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		was := t.trouble
		t.trouble = nil
		return was != nil
	}
	next := Trouble{Code: "not_kept", Message: "The log cannot be written. Messages are refused until it can.", Since: wire.Time(time.Now()).String()}
	switch {
	case errors.Is(err, wire.ErrDiskFull):
		next.Code, next.Message = "disk_full", "The disk is full. Messages are refused until there is room again."
	case errors.Is(err, wire.ErrLogLocked):
		next.Message = "Another program holds the log's file. Messages are refused until it lets go."
	case errors.Is(err, wire.ErrLogGone):
		next.Message = "The log's file was removed or replaced. Messages are refused until you start Belfry again."
	}
	if t.trouble != nil {
		if t.trouble.Message == next.Message {
			return false
		}
		next.Since = t.trouble.Since
	}
	t.trouble = &next
	return true
}
