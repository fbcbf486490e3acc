package turns

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// So many work at once, however many wait and however they pause; each gets its turn in the order of asking, and who has
// begun goes on before who has not.
func TestTurns_AreBoundedAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(2)
		var mu sync.Mutex
		var began, ended []int
		working, most := 0, 0
		work := func(d int) {
			mu.Lock()
			working += d
			most = max(most, working)
			mu.Unlock()
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Add(1)
			turns.Go(t.Context(), func(turn *Turn, err error) {
				defer all.Done()
				mu.Lock()
				began = append(began, i)
				mu.Unlock()
				for range 3 {
					work(1)
					time.Sleep(time.Second)
					work(-1)
					if turn.Pause(t.Context(), func() { time.Sleep(time.Millisecond) }) != nil || err != nil {
						t.Error("it has no turn")
					}
				}
				mu.Lock()
				ended = append(ended, i)
				mu.Unlock()
			})
			synctest.Wait()
		}
		all.Wait()
		synctest.Wait() // the last turn has ended
		for i, who := range began {
			if who < i-1 || who > i+1 { // the two that work at once begin in either order
				t.Fatalf("they began in the order %v", began)
			}
		}
		if most != 2 || len(ended) != 20 {
			t.Errorf("%d worked at once, %d ended", most, len(ended))
		}
		if ended[0] > 3 || ended[19] < 16 {
			t.Errorf("they ended in the order %v", ended)
		}
		if turns.free != 2 {
			t.Errorf("%d turns are left of 2", turns.free)
		}
	})
}

// A wait ends only with its context, however long that takes, and then leaves no place behind.
func TestTurns_WaitAsLongAsItTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(1)
		first, err := turns.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error, 3)
		go func() { _, err := turns.Take(ctx); results <- err }()
		turns.Go(ctx, func(turn *Turn, err error) {
			if turn != nil {
				t.Error("a turn that nobody gave")
			}
			results <- err
		})
		last := make(chan struct{})
		turns.Go(t.Context(), func(*Turn, error) { close(last) })
		time.Sleep(time.Hour)
		if len(results) > 0 {
			t.Fatal("somebody did not wait")
		}
		cancel()
		for range 2 {
			if err := <-results; !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		}
		first.End()
		first.End()
		<-last
		synctest.Wait()
		if turns.free != 1 || turns.waiting.Len() != 0 {
			t.Errorf("%d free, %d wait", turns.free, turns.waiting.Len())
		}
	})
}

// A pause whose context ends is the end of the turn.
func TestTurn_APauseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := New(1)
		turn, _ := turns.Take(t.Context())
		ctx, cancel := context.WithCancel(t.Context())
		var other *Turn
		err := turn.Pause(ctx, func() { other, _ = turns.Take(t.Context()); cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		turn.End()
		other.End()
		if turns.free != 1 {
			t.Errorf("%d free", turns.free)
		}
	})
}
