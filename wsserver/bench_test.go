package wsserver

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/dispatch"
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

// void is a socket that takes everything.
type void struct{ net.Conn }

func (void) Write(p []byte) (int, error)      { return len(p), nil }
func (void) SetWriteDeadline(time.Time) error { return nil }
func (void) SetReadDeadline(time.Time) error  { return nil }
func (void) Close() error                     { return nil }

// One message to so many clients, each with a queue and a writer of its own: what the hub adds to the sockets' cost.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h := hub.New(nil)
			for range n {
				c := newTestClient(h)
				c.Attach(void{}, transport.Options{MaxQueued: 1 << 40, Budget: transport.NewBudget(func() int64 { return 1 << 40 })})
				h.Join(c, nil, []string{wire.GeneralTopic})
			}
			bus := dispatch.New(h, receipts.NewLedger(), slog.New(slog.DiscardHandler), dispatch.Hooks{
				Accepted: func(int) {}, Committed: func(error) bool { return false },
				Stalled: func(c *transport.Conn, position uint64) { h.Pause(hub.PeerOf(c), position) },
			})
			bus.Start(msglog.NewMemory())
			defer bus.Close()
			done := make(chan struct{})
			b.ReportAllocs()
			for b.Loop() {
				e := &msglog.Entry{
					Audience: msglog.AudienceTopic, Topic: wire.GeneralTopic, Text: strings.Repeat("x", 100),
					From: wire.Sender{UserID: "abc123", Name: "Ana Lima"},
				}
				if err := bus.Post(dispatch.Post{Entry: e, Done: func(msglog.Appended, error) { done <- struct{}{} }}); err != nil {
					b.Fatal(err)
				}
				<-done
			}
		})
	}
}
