package dispatch_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/feed"
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

func newTestClient(h *hub.Hub) *hub.Peer {
	c := &hub.Peer{}
	c.Init(h, testHandler{c})
	h.Register(c, hub.In, 0)
	return c
}

// testHandler answers nothing.
type testHandler struct{ *hub.Peer }

func (testHandler) Handle([]byte) {}
func (testHandler) Ended()        {}

// void is a socket that discards everything.
type void struct{ net.Conn }

func (void) Write(p []byte) (int, error)      { return len(p), nil }
func (void) SetWriteDeadline(time.Time) error { return nil }
func (void) SetReadDeadline(time.Time) error  { return nil }
func (void) Close() error                     { return nil }

// One message to many clients whose sockets cost nothing: what the fan-out itself costs.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { fanOut(b, n, func(*msglog.Entry, []byte, bool) {}, func() {}) })
	}
}

// What programs that follow add to that, and what the feed costs while nobody does.
func BenchmarkFanOut_Followed(b *testing.B) {
	const n = 1000
	b.Run("no feed", func(b *testing.B) { fanOut(b, n, func(*msglog.Entry, []byte, bool) {}, func() {}) })
	for _, followers := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("%d followers", followers), func(b *testing.B) {
			newest, log := &feed.Feed{}, msglog.NewMemory()
			ctx, cancel := context.WithCancel(b.Context())
			var running sync.WaitGroup
			for range followers {
				f := feed.NewFollower(log, newest, nil)
				running.Go(func() {
					defer f.Close()
					for {
						if _, err := f.Next(ctx); err != nil {
							return
						}
					}
				})
			}
			fanOut(b, n, func(e *msglog.Entry, frame []byte, _ bool) { newest.Add(e, frame) }, newest.Wake)
			cancel()
			running.Wait()
		})
	}
}

// fanOut measures messages to n clients. sent and accepted are told of each.
func fanOut(b *testing.B, n int, sent func(*msglog.Entry, []byte, bool), accepted func()) {
	b.Helper()
	h := hub.New(nil)
	for range n {
		c := newTestClient(h)
		c.Attach(void{}, transport.Options{MaxQueued: 1 << 40, Budget: transport.NewBudget(func() int64 { return 1 << 40 })})
		h.Join(c, nil, []string{wire.GeneralTopic})
	}
	d := dispatch.New(h, receipts.NewLedger(), dispatch.NoOutbox{}, slog.New(slog.DiscardHandler), dispatch.Hooks{
		Accepted: func(int) { accepted() }, Committed: func(error) bool { return false }, Sent: sent, Private: func(*msglog.Entry) {},
		Appended: func(time.Duration, error) {}, FannedOut: func(time.Duration, int) {},
		Stalled: func(c *transport.Conn, position uint64) { h.Pause(hub.PeerOf(c), position) },
	})
	d.Start(msglog.NewMemory())
	defer d.Close()
	done := make(chan struct{})
	b.ReportAllocs()
	for b.Loop() {
		e := &msglog.Entry{
			Audience: msglog.AudienceTopic, Topic: wire.GeneralTopic, Text: strings.Repeat("x", 100),
			From: wire.Sender{UserID: "abc123", Name: "Ana Lima"},
		}
		if err := d.Post(dispatch.Post{Entry: e, Done: func(msglog.Appended, error) { done <- struct{}{} }}); err != nil {
			b.Fatal(err)
		}
		<-done
	}
}
