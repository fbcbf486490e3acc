package identity

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
)

// One person's lock is held by one at a time; another's is free.
func TestLock_IsHeldByOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Store
		unlock := s.Lock("ana")
		s.Lock("ben")()
		s.Lock("", "ben", "ben")() // nobody, and one person named twice
		second := make(chan struct{})
		go func() {
			defer s.Lock("ana", "ben")()
			close(second)
		}()
		synctest.Wait()
		select {
		case <-second:
			t.Error("two hold one person")
		default:
		}
		unlock()
		<-second
	})
}

// Callers that lock the same two persons, named in either order, do not deadlock, and leave nothing behind.
func TestLock_NeitherBlocksNorGrows(t *testing.T) {
	var s Store
	var group sync.WaitGroup
	counters := [3]int{} // each guarded by one person's lock: the race detector looks
	ids := []string{"a", "b", "c"}
	for i := range 8 {
		group.Go(func() {
			for n := range 500 {
				x, y := (i+n)%3, (i*n+1)%3
				unlock := s.Lock(ids[x], ids[y])
				counters[x]++
				if y != x {
					counters[y]++
				}
				unlock()
			}
		})
	}
	group.Wait()
	if len(s.locks.by) != 0 {
		t.Errorf("%d locks are left that nobody holds", len(s.locks.by))
	}
	if total := counters[0] + counters[1] + counters[2]; total <= 8*500 {
		t.Errorf("counted %d", total)
	}
}

// A user_id that is waited for is the same lock until the last caller has it.
func TestLock_IsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Store
		unlock := s.Lock("ana")
		n := 0
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				defer s.Lock("ana")()
				n++
			})
		}
		synctest.Wait()
		if got := fmt.Sprint(n, len(s.locks.by["ana"])); got != "0 10" {
			t.Errorf("%s: want nobody beside the first, and ten waiting", got)
		}
		unlock()
		group.Wait()
		if n != 10 || len(s.locks.by) != 0 {
			t.Errorf("%d had it, %d locks are left", n, len(s.locks.by))
		}
	})
}
