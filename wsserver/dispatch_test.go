package wsserver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// withManualLog runs a test in a room whose log commits one group for each value sent to commit.
func withManualLog(t *testing.T, test func(t *testing.T, r *room, commit chan error)) {
	t.Helper()
	log := &manualLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		log.append = make(chan error)
		test(t, r, log.append)
	}, func(c *wsserver.Config) {
		c.ClientRate = 0
		c.OpenLog = func(string) (msglog.Log, error) { return log, nil }
	})
}

// The queue is bounded in bytes: further posts block, and so do the sockets that they come from.
func TestDispatcher_BlocksWhileTooMuchIsQueued(t *testing.T) {
	withManualLog(t, func(t *testing.T, r *room, commit chan error) {
		const messages, size = 500, 60 << 10 // 29 MiB
		c := r.person("ana")
		sent := make(chan int, messages)
		var sending sync.WaitGroup
		sending.Go(func() {
			for i := range messages {
				c.Send(map[string]any{"action": "notify", "id": fmt.Sprint(i), "topic": "general", "message": strings.Repeat("x", size)})
				sent <- i
			}
		})
		synctest.Wait()
		// 16 MiB are queued, and at most 4 MiB are in the group being committed.
		if n := len(sent); n*size > 21<<20 || n*size < 14<<20 {
			t.Errorf("%d MiB were taken by a log that takes none", n*size>>20)
		}
		close(commit) // now it commits all there is
		sending.Wait()
		waitIdle()
		accepted := 0
		for _, f := range c.Drain() {
			if f.Type == "accepted" {
				accepted++
			}
		}
		if accepted != messages || r.State().Seq != messages {
			t.Errorf("%d accepted, seq %d; want %d", accepted, r.State().Seq, messages)
		}
	})
}

// Posts made during a commit form the next group, in their order.
func TestDispatcher_CommitsInGroups(t *testing.T) {
	withManualLog(t, func(t *testing.T, r *room, commit chan error) {
		c := r.person("ana", "general")
		for i := range 100 {
			c.Send(map[string]any{"action": "notify", "topic": "general", "message": fmt.Sprint(i)})
			if i == 0 {
				synctest.Wait() // it is being committed, alone
			}
		}
		synctest.Wait()
		commit <- nil // the first message alone
		commit <- nil // and the others together
		synctest.Wait()
		got := c.Messages()
		for i, text := range got {
			if text != fmt.Sprint(i) {
				t.Fatalf("message %d is %q", i, text)
			}
		}
		if len(got) != 100 {
			t.Errorf("%d messages after two commits", len(got))
		}
	})
}

func TestDispatcher_RefusesBlockedPostsWhenItCloses(t *testing.T) {
	withManualLog(t, func(t *testing.T, r *room, commit chan error) {
		errs := make(chan error, 600)
		for range 600 {
			go func() {
				_, err := r.Broadcast(context.Background(), operator.Broadcast{Message: strings.Repeat("x", 60<<10)})
				errs <- err
			}()
		}
		synctest.Wait()
		time.AfterFunc(time.Second, func() { close(commit) })
		r.stop()
		said, refused := 0, 0
		for range 600 {
			if err := <-errs; err == nil {
				said++
			} else if errors.Is(err, wire.ErrClosing) {
				refused++
			}
		}
		if said == 0 || refused == 0 || said+refused != 600 {
			t.Errorf("%d said, %d refused", said, refused)
		}
	})
}

func TestBroadcast_EndsWithItsContext(t *testing.T) {
	withManualLog(t, func(t *testing.T, r *room, commit chan error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.Broadcast(ctx, operator.Broadcast{Message: "x"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		commit <- nil // it is answered all the same
		synctest.Wait()
		if r.State().Seq != 1 {
			t.Error("not said")
		}
	})
}
