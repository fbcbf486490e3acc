package dispatch

import (
	"errors"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

// Trouble is why the log cannot be written, as the operator sees it while the server runs on. It ends with the next commit
// that works.
type Trouble struct {
	// Code is "disk_full" or "not_kept".
	Code    string `json:"code"`
	Message string `json:"message"`
	Since   string `json:"since"`
}

// Health knows whether the log can be written. Its zero value is ready, and it is safe for concurrent use.
type Health struct {
	mu      sync.Mutex
	trouble *Trouble // replaced as a whole
}

// Get returns the present trouble, nil if there is none. It is not to be changed.
func (h *Health) Get() *Trouble {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.trouble
}

// Note takes the result of a commit, and reports whether the trouble changed.
func (h *Health) Note(err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		was := h.trouble
		h.trouble = nil
		return was != nil
	}
	next := Trouble{Code: "not_kept", Message: "Belfry cannot write to the log. It refuses new messages until it can.", Since: wire.Time(time.Now()).String()}
	switch {
	case errors.Is(err, wire.ErrDiskFull):
		next.Code, next.Message = "disk_full", "The disk is full. Belfry refuses new messages until there is space again."
	case errors.Is(err, wire.ErrLogLocked):
		next.Message = "Another program is using the log's file. Belfry refuses new messages until that program closes it."
	case errors.Is(err, wire.ErrLogGone):
		next.Message = "The log's file was removed or replaced. Belfry refuses new messages until you restart it."
	}
	if h.trouble != nil {
		if h.trouble.Message == next.Message {
			return false
		}
		next.Since = h.trouble.Since
	}
	h.trouble = &next
	return true
}
