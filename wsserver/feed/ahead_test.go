package feed

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// laggingLog is behind others of its order, in the run "shared".
type laggingLog struct{ *msglog.Memory }

func (l laggingLog) Expects(epoch string, seq uint64) bool {
	return epoch == "shared" && seq > l.Last()
}

func (l laggingLog) Knows(epoch string, seq uint64) bool { return epoch == "shared" && seq <= l.Last() }

// A program that has read more elsewhere waits until this server has that, and is not sent it again.
func TestFollower_WhoIsAheadIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, f := laggingLog{msglog.NewMemory()}, &Feed{}
		appendTo(t, log, f, entry(1))
		ahead := NewFollower(log, f, nil)
		defer ahead.Close()
		go func() {
			time.Sleep(3 * time.Second)
			appendTo(t, log, f, entry(2))
			appendTo(t, log, f, entry(3))
			f.Wake()
		}()
		began := time.Now()
		r, err := ahead.Missed(t.Context(), 2, "shared", func(i *Item) error { t.Errorf("sent again: %d", i.Seq); return nil })
		if err != nil || r.Gone || r.From != 3 || r.To != 2 || time.Since(began) != 3*time.Second {
			t.Errorf("%+v after %v, error %v", r, time.Since(began), err)
		}
		if items, err := ahead.Next(t.Context()); err != nil || len(items) != 1 || items[0].Seq != 3 {
			t.Errorf("then %d items, error %v", len(items), err)
		}
	})
}

func TestFollower_WhoIsTooFarAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, f := laggingLog{msglog.NewMemory()}, &Feed{}
		missed := func(ctx context.Context, epoch string) (wire.RecoveredFrame, error) {
			ahead := NewFollower(log, f, nil)
			defer ahead.Close()
			return ahead.Missed(ctx, 7, epoch, func(*Item) error { return nil })
		}
		began := time.Now()
		if _, err := missed(t.Context(), "shared"); !errors.Is(err, wire.ErrClosing) || time.Since(began) != 5*time.Second {
			t.Errorf("error %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := missed(ctx, "shared"); !errors.Is(err, context.Canceled) {
			t.Errorf("with a program that has gone: %v", err)
		}
		if r, err := missed(t.Context(), "another"); err != nil || !r.Gone || r.From != 1 {
			t.Errorf("of another log: %+v, error %v", r, err)
		}
	})
}
