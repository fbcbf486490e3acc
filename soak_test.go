package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/sqlite"
)

// TestKill kills the real program at random instants while clients write, starts it again, and lets them come back:
// every accepted message must be in the log once, and every client must have seen the whole log, in order, and nothing
// else. BELFRY_KILLS says how often; `make soak` does it 50 times.
func TestKill(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("starts and kills the program again and again")
	}
	kills := 5
	if s := os.Getenv("BELFRY_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	p := newProgram(t)
	p.start()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group sync.WaitGroup
	people := make([]*walker, 4)
	for i := range people {
		people[i] = &walker{t: t, name: fmt.Sprint("p", i), url: "ws://" + p.addr + "/ws/client", seen: map[uint64]string{}}
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
	for _, w := range people { // once more, for what the others said since
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
	entries, _, err := log.Page(t.Context(), wsserver.Query{})
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

// program is the real one, built from this tree or named by BELFRY.
type program struct {
	t              *testing.T
	bin, dir, addr string
	cmd            *exec.Cmd
}

func newProgram(t *testing.T) *program {
	t.Helper()
	p := &program{t: t, bin: os.Getenv("BELFRY"), dir: t.TempDir()}
	if p.bin == "" {
		p.bin = filepath.Join(t.TempDir(), "belfry")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.bin, ".").CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
	})
	return p
}

// start returns when it listens.
func (p *program) start() {
	p.t.Helper()
	//nolint:noctx // ended by kill
	p.cmd = exec.Command(p.bin, "-headless", "-addr", p.addr, "-data", p.dir, "-client-rate", "0", "-max-per-address", "0")
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, "client ") {
		p.t.Fatalf("start: %q, error %v", line, err)
	}
}

// kill is kill -9.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // ends by the signal
	p.cmd = nil
}

// walker is a person who writes all the time, and comes back whenever the connection ends.
type walker struct {
	t         *testing.T
	name, url string

	place    uint64
	epoch    string
	next     int    // of its messages
	waiting  string // the id that is not accepted yet
	accepted map[string]uint64
	seen     map[uint64]string
	order    []uint64 // seqs as first seen
}

// walkerFrame is what the server sends, as far as a walker looks.
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

// visit connects, recovers and, unless it only looks, writes until the connection or ctx ends.
func (w *walker) visit(ctx context.Context, look bool) error {
	c, answer, err := websocket.DefaultDialer.Dial(w.url, nil) //nolint:noctx // on this machine it answers or fails at once
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	defer func() { _ = c.Close() }()
	err = c.WriteJSON(map[string]any{
		"action": "hello", "user_id": w.name, "name": w.name, "token": "token-of-" + w.name + "-0123456789",
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
			if !f.Complete || w.epoch != "" && f.Epoch != w.epoch {
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
