package wsserver

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"belfry/wsserver/msglog"
)

// elsewhere is what other servers of the same log have changed, until this one's connections are told of it. The log waits for
// whoever takes what it has applied, and telling waits for locks that are held during a commit: so they are two.
type elsewhere struct {
	changed chan struct{} // of one: there are records

	mu      sync.Mutex // guards records
	records []msglog.Record
}

func (e *elsewhere) note(records []msglog.Record) {
	e.mu.Lock()
	e.records = append(e.records, records...)
	e.mu.Unlock()
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

func (e *elsewhere) take() (records []msglog.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	records, e.records = e.records, nil
	return records
}

// tell calls each with what was noted, until ctx ends.
func (e *elsewhere) tell(ctx context.Context, each func(context.Context, []msglog.Record)) {
	for {
		select {
		case <-e.changed:
			each(ctx, e.take())
		case <-ctx.Done():
			return
		}
	}
}

// applied has the stores follow what the log has applied. What others have appended is then told to whom it concerns.
func (s *stores) applied(records []msglog.Record, own bool, logger *slog.Logger) {
	if err := errors.Join(s.followers.Put(records), s.audit.Applied(records, own)); err != nil {
		logger.Error("follow the log", "error", err)
	}
	if !own {
		s.elsewhere.note(records)
	}
}
