package dispatch_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// notebook is a socket that notes the seqs of the messages that are written to it.
type notebook struct {
	void
	mu   sync.Mutex
	seqs []uint64
	all  chan struct{} // closed once the last is there
	last uint64
}

var seqIn = regexp.MustCompile(`"seq":(\d+)`)

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, found := range seqIn.FindAllSubmatch(p, -1) {
		seq, _ := strconv.ParseUint(string(found[1]), 10, 64) // of digits
		if n.seqs = append(n.seqs, seq); seq == n.last {
			close(n.all)
		}
	}
	return len(p), nil
}

// While messages are sent on several processors, clients join: each is sent every message after the position at which it joined,
// once and in their order.
func TestFanOut_JoinsInTheMiddle(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const there, joining, messages = 600, 300, 60
	h := hub.New(nil)
	budget := transport.NewBudget(func() int64 { return 1 << 40 })
	join := func() (*notebook, uint64) {
		n := &notebook{all: make(chan struct{}), last: messages}
		c := newTestClient(h)
		c.Attach(n, transport.Options{MaxQueued: 1 << 40, Budget: budget})
		joined, _ := h.Join(c, nil, []string{wire.GeneralTopic})
		return n, joined
	}
	type client struct {
		*notebook
		joined uint64
	}
	var clients []client
	for range there {
		n, joined := join()
		clients = append(clients, client{n, joined})
	}
	d := dispatch.New(h, receipts.NewLedger(), dispatch.NoOutbox{}, slog.New(slog.DiscardHandler), dispatch.Hooks{
		Accepted: func(int) {}, Committed: func(error) bool { return false }, Sent: func(*msglog.Entry, []byte, bool) {}, Private: func(*msglog.Entry) {},
		Appended: func(time.Duration, error) {}, FannedOut: func(time.Duration, int) {},
		Stalled: func(*transport.Conn, uint64) { t.Error("a client has no room") },
	})
	d.Start(msglog.NewMemory())
	var posting sync.WaitGroup
	posting.Go(func() {
		for i := range messages {
			done := make(chan struct{})
			e := &msglog.Entry{Audience: msglog.AudienceTopic, Topic: wire.GeneralTopic, Text: fmt.Sprint(i), From: wire.Sender{UserID: "ana"}}
			if err := d.Post(dispatch.Post{Entry: e, Done: func(msglog.Appended, error) { close(done) }}); err != nil {
				t.Error(err)
				return
			}
			if i%3 == 0 {
				<-done // else it shares a group
			}
		}
	})
	for range joining {
		n, joined := join()
		clients = append(clients, client{n, joined})
	}
	posting.Wait()
	d.Close()
	for i, c := range clients {
		if c.joined < messages {
			<-c.all
		}
		c.mu.Lock()
		for j, seq := range c.seqs {
			if want := c.joined + uint64(j) + 1; seq != want {
				t.Fatalf("client %d, which joined at %d, got message %d for %d", i, c.joined, seq, want)
			}
		}
		if len(c.seqs) != int(messages-c.joined) {
			t.Fatalf("client %d, which joined at %d, got %d messages", i, c.joined, len(c.seqs))
		}
		c.mu.Unlock()
	}
}
