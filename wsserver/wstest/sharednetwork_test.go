package wstest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What is published comes to all others in its order; who is cut off is sent nothing, and asking waits for them in vain.
func TestSharedNetwork_CarriesInOrderAndIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := NewSharedNetwork()
		a, b, c := network.Node("a"), network.Node("b"), network.Node("c")
		var mu sync.Mutex // guards heard: both hear at once
		heard := map[string][]string{}
		for _, n := range []*Node{b, c} {
			n.Handle("said", func(from string, data []byte) []byte {
				mu.Lock()
				defer mu.Unlock()
				heard[n.Node()] = append(heard[n.Node()], from+string(data))
				return []byte("from " + n.Node())
			})
		}
		b.SetDelay(time.Second)
		for i := range 3 {
			a.Publish("said", fmt.Append(nil, i))
		}
		synctest.Wait()
		mu.Lock()
		if len(heard["b"]) > 0 || !slices.Equal(heard["c"], []string{"a0", "a1", "a2"}) {
			t.Errorf("at once: %v", heard)
		}
		mu.Unlock()
		time.Sleep(time.Second)
		synctest.Wait()
		mu.Lock()
		if !slices.Equal(heard["b"], heard["c"]) {
			t.Errorf("a second later: %v", heard)
		}
		mu.Unlock()
		ask := func() (answers []string, took time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			began := time.Now()
			a.Ask(ctx, "said", nil, func(from string, answer []byte) { answers = append(answers, from+": "+string(answer)) })
			return answers, time.Since(began)
		}
		if answers, took := ask(); !slices.Equal(answers, []string{"c: from c", "b: from b"}) || took != time.Second {
			t.Errorf("%q after %v", answers, took)
		}
		c.SetCut(true)
		if answers, took := ask(); !slices.Equal(answers, []string{"b: from b"}) || took != 5*time.Second {
			t.Errorf("one is cut off: %q after %v", answers, took)
		}
	})
}
