package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// TestKill kills the real program at random instants while clients write, starts it again, and lets them come back:
// every accepted message must be in the log once, and every client must have seen the whole log, in order, and nothing
// else. BELFRY_KILLS says how often; `make soak` does it 50 times.
func TestKill(t *testing.T) {
	p := newProgram(t)
	kills := 5
	if s := os.Getenv("BELFRY_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	p.start()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	people := make([]*walker, 5)
	for i := range people {
		// The last one is the first one's second tab.
		user := fmt.Sprint("p", i%4)
		people[i] = &walker{t: t, name: fmt.Sprint("w", i), user: user, url: "ws://" + p.addr + "/ws/client", seen: map[uint64]string{}}
		group.Go(func() { people[i].walk(ctx) })
	}
	for range kills {
		time.Sleep(time.Duration(50+rand.IntN(450)) * time.Millisecond)
		p.kill()
		p.start()
	}
	time.Sleep(200 * time.Millisecond)
	stop()
	group.Wait()
	for _, w := range people { // once more, for messages written since
		if err := w.visit(t.Context(), true); err != nil {
			t.Errorf("%s at the end: %v", w.name, err)
		}
	}
	p.kill()
	check(t, p.dir, people, kills)
}

// check compares what clients know with the log itself.
func check(t *testing.T, dir string, people []*walker, kills int) {
	t.Helper()
	log, err := sqlite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	entries, _, err := log.Page(t.Context(), msglog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	bySeq := map[uint64]string{}
	count := map[string]int{}
	for _, e := range entries {
		bySeq[e.Seq] = e.ID
		count[e.ID]++
	}
	accepted := 0
	for _, w := range people {
		accepted += len(w.accepted)
		for id, seq := range w.accepted {
			if bySeq[seq] != id || count[id] != 1 {
				t.Errorf("%s was accepted as %d; there the log has %q, and it %d times", id, seq, bySeq[seq], count[id])
			}
		}
		if len(w.order) != len(bySeq) || !slices.IsSorted(w.order) {
			t.Errorf("%s saw %d messages of %d, in order: %v", w.name, len(w.order), len(bySeq), slices.IsSorted(w.order))
		}
		for seq, id := range w.seen {
			if bySeq[seq] != id {
				t.Errorf("%s was shown %q as %d; the log has %q", w.name, id, seq, bySeq[seq])
			}
		}
	}
	if accepted < 10*kills {
		t.Errorf("only %d messages were accepted: nothing was tried", accepted)
	}
	t.Logf("%d kills, %d messages accepted, %d in the log", kills, accepted, len(entries))
}

// walker is a device of a person who writes all the time, and comes back whenever the connection ends.
type walker struct {
	t               *testing.T
	name, user, url string

	place    uint64
	epoch    string
	next     int    // number of its last message
	waiting  string // id of the message that is not accepted yet
	accepted map[string]uint64
	seen     map[uint64]string
	order    []uint64 // seqs as first seen
}

// walkerFrame has the fields of the server's frames that a walker reads.
type walkerFrame struct {
	Type     string `json:"type"`
	Seq      uint64 `json:"seq"`
	ID       string `json:"id"`
	Message  string `json:"message"`
	Epoch    string `json:"epoch"`
	To       uint64 `json:"to"`
	Complete bool   `json:"complete"`
}

func (w *walker) walk(ctx context.Context) {
	w.accepted = map[string]uint64{}
	for ctx.Err() == nil || w.waiting != "" {
		_ = w.visit(ctx, false) // it ends when the program is killed
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
	}
}

// visit connects and recovers; unless look is set it then writes until the connection or ctx ends.
func (w *walker) visit(ctx context.Context, look bool) error {
	c, answer, err := websocket.DefaultDialer.Dial(w.url, nil) //nolint:noctx // on this machine it answers or fails at once
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	defer func() { _ = c.Close() }()
	err = c.WriteJSON(map[string]any{
		"action": "hello", "user_id": w.user, "name": w.user, "token": tokenOf(w.user),
		"topics": []string{"general"}, "since": w.place, "epoch": w.epoch,
	})
	live := false
	for err == nil {
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		var f walkerFrame
		if err = c.ReadJSON(&f); err != nil {
			return err
		}
		switch f.Type {
		case "recovered":
			if !f.Complete {
				w.t.Errorf("%s: recovered %+v", w.name, f)
			}
			live, w.place, w.epoch = true, f.To, f.Epoch
			if look {
				return nil
			}
			err = w.write(ctx, c)
		case "message":
			w.see(f, live)
		case "accepted":
			w.accepted[f.ID], w.waiting = f.Seq, ""
			if ctx.Err() != nil {
				return nil
			}
			time.Sleep(time.Millisecond)
			err = w.write(ctx, c)
		case "error":
			w.t.Errorf("%s: error %+v", w.name, f)
			return nil
		}
	}
	return err
}

func (w *walker) see(f walkerFrame, live bool) {
	if _, known := w.seen[f.Seq]; !known {
		w.seen[f.Seq] = f.ID
		w.order = append(w.order, f.Seq)
	} else if live {
		w.t.Errorf("%s: seq %d came live twice", w.name, f.Seq)
	}
	if f.Message != "text of "+f.ID {
		w.t.Errorf("%s: %q has the text %q", w.name, f.ID, f.Message)
	}
	if live {
		w.place = f.Seq
	}
}

// write sends the next message, or again the one that was not accepted.
func (w *walker) write(ctx context.Context, c *websocket.Conn) error {
	if w.waiting == "" {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		w.next++
		w.waiting = fmt.Sprint(w.name, "-", w.next)
	}
	return c.WriteJSON(map[string]any{"action": "notify", "id": w.waiting, "topic": "general", "message": "text of " + w.waiting})
}
