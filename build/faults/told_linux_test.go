package faults

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"
)

// This file is what senders were told, which the logs must agree with, and how long nobody was told anything.

// told has each acceptance that a sender was told. It is safe for concurrent use.
type told struct {
	mu     sync.Mutex
	seqs   map[string][]uint64        // the seq of each message of a sender, from its first; 0: it has not been told
	acked  map[uint64]map[string]bool // who was told that they have acknowledged a message
	claims []claim                    // since takeClaims
	wrong  []string                   // what should not have been told
	last   time.Time                  // when somebody was last told
	pause  time.Duration              // the longest time since begin in which nobody was
	repeat int                        // messages that were sent again after they were accepted
}

func newTold() *told {
	return &told{seqs: map[string][]uint64{}, acked: map[uint64]map[string]bool{}, last: time.Now()}
}

// accepted notes that message n of a sender, counted from 1, was accepted under a seq.
func (t *told) accepted(sender string, n int, seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.pause = max(t.pause, now.Sub(t.last))
	t.last = now
	list := t.seqs[sender]
	for len(list) < n {
		list = append(list, 0)
	}
	t.seqs[sender] = list
	switch was := list[n-1]; was {
	case 0:
		list[n-1] = seq
	case seq:
		t.repeat++
	default:
		t.wrong = append(t.wrong, fmt.Sprintf("message %d of %s was accepted as %d, and then as %d", n, sender, was, seq))
	}
}

// ack notes that a person was told that they have acknowledged a message.
func (t *told) ack(userID string, seq uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.acked[seq] == nil {
		t.acked[seq] = map[string]bool{}
	}
	t.acked[seq][userID] = true
}

// claim notes who was told that a user_id is theirs.
func (t *told) claim(c claim) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.claims = append(t.claims, c)
}

// takeClaims returns the newest claims since the last call.
func (t *told) takeClaims() []claim {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.claims[max(0, len(t.claims)-5):]
	t.claims = nil
	return list
}

// fault notes what somebody was told and should not have been.
func (t *told) fault(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wrong = append(t.wrong, fmt.Sprintf(format, args...))
}

// begin begins to measure how long nobody is told anything.
func (t *told) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pause, t.last = 0, time.Now()
}

// longest is the longest such time since begin.
func (t *told) longest() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(t.pause, time.Since(t.last))
}

// takeWrong returns what should not have been told since the last call.
func (t *told) takeWrong() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.wrong
	t.wrong = nil
	return list
}

// textOf is the text of message n of a sender: a few words, now and then many. Each log must have just that text.
func textOf(sender string, n int) string {
	text := fmt.Sprintf("message %d of %s", n, sender)
	h := fnv.New32a()
	_, _ = h.Write([]byte(text)) // it never fails
	size := int(h.Sum32() % 200)
	if h.Sum32()%97 == 0 {
		size = 10_000
	}
	return text + strings.Repeat(" ×", size)
}
