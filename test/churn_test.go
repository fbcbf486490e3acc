package test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// churn is a room in which people come and go all the time.
type churn struct {
	t      *testing.T
	server *wsserver.Server
	url    string
	people int
	length time.Duration

	visits, failed atomic.Int64 // failed: could not connect
}

// TestChurn keeps a room busy with people who come and go, and then empty: memory, goroutines and file descriptors must
// return to what they were. BELFRY_CHURN is for how long, BELFRY_PEOPLE how many; `make soak` takes an hour and 2,000.
func TestChurn(t *testing.T) {
	c := &churn{t: t, people: 100, length: 2 * time.Second}
	if s := os.Getenv("BELFRY_CHURN"); s != "" {
		var err error
		if c.length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
		if c.people, err = strconv.Atoi(os.Getenv("BELFRY_PEOPLE")); err != nil {
			t.Fatal(err)
		}
	}
	c.start()
	c.crowd(min(c.length/4, time.Second)) // warm up: caches and pools are filled now
	before := measure()
	c.crowd(c.length)
	after := measure()
	for end := time.Now().Add(10 * time.Second); after.goroutines > before.goroutines+3 && time.Now().Before(end); after = measure() {
		time.Sleep(200 * time.Millisecond) // those that wait for the next handshake end by themselves, after 5 s
	}
	t.Logf("before %+v, after %+v, %d visits", before, after, c.visits.Load())
	if n := c.failed.Load(); n > c.visits.Load()/1_000 { // handshakes time out, and this machine has other work
		t.Errorf("%d of %d could not come in", n, c.visits.Load())
	}
	if after.goroutines > before.goroutines+3 { // a keep-alive connection of the HTTP server may still be ending
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after:\n%s", before.goroutines, after.goroutines, buf[:runtime.Stack(buf, true)])
	}
	if after.files > before.files+3 {
		t.Errorf("%d descriptors before, %d after", before.files, after.files)
	}
	const slack = 48 << 20 // the log's caches, and the people remembered
	if after.heap > before.heap+slack {
		t.Errorf("%d bytes before, %d after", before.heap, after.heap)
	}
}

func (c *churn) start() {
	dir := c.t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // on this machine
	if err != nil {
		c.t.Fatal(err)
	}
	c.server = wsserver.New(wsserver.Config{
		Dir: dir, Listener: l, Logger: slog.New(slog.DiscardHandler),
		OpenLog: func(dir string) (msglog.Log, error) { return sqlite.Open(dir) },
	})
	if err := c.server.Start(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := c.server.Close(context.Background()); err != nil {
			c.t.Error(err)
		}
	})
	c.url = "ws://" + l.Addr().String() + "/ws/client"
}

// crowd lets people come and go for a while, and returns when all have left.
func (c *churn) crowd(length time.Duration) {
	ctx, stop := context.WithTimeout(c.t.Context(), length)
	defer stop()
	var group sync.WaitGroup
	for range c.people {
		group.Go(func() {
			for ctx.Err() == nil {
				c.visit(ctx)
			}
		})
	}
	group.Wait()
	for c.server.State().Clients > 0 {
		time.Sleep(10 * time.Millisecond) // their sockets are closed; the server has not noticed yet
	}
}

// visit is one connection: it reads for a while, and one in ten sends a message. Half leave without a close frame. The
// more people there are, the longer each stays, so that about a hundred connect in a second.
func (c *churn) visit(ctx context.Context) {
	c.visits.Add(1)
	conn, answer, err := websocket.DefaultDialer.DialContext(ctx, c.url, nil)
	if err != nil {
		if by, _ := ctx.Deadline(); time.Now().Before(by) { // a dial may fail just before ctx ends
			c.t.Errorf("come in: %v", err)
			time.Sleep(100 * time.Millisecond)
		}
		return
	}
	_ = answer.Body.Close()
	defer func() { _ = conn.Close() }()
	stay := time.Duration(50+rand.IntN(20*c.people)) * time.Millisecond
	deadline := time.Now().Add(stay)
	_ = conn.SetReadDeadline(deadline)
	frames := []map[string]any{{"action": "subscribe"}}
	if rand.IntN(10) == 0 {
		frames = append(frames, map[string]any{"action": "notify", "topic": "general", "message": "Here I am."})
	}
	for _, f := range frames {
		if conn.WriteJSON(f) != nil {
			return
		}
	}
	for ctx.Err() == nil {
		if _, _, err := conn.ReadMessage(); err != nil {
			break
		}
	}
	if rand.IntN(2) == 0 {
		_ = conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline.Add(time.Second))
	}
}

// resources are those that the process uses.
type resources struct {
	heap       uint64
	goroutines int
	files      int // -1 where this system does not show it
}

func measure() resources {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := resources{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine(), files: -1}
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		s.files = len(list)
	}
	return s
}
