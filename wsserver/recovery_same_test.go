package wsserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// returns is somebody who comes back with a position, and what the log says that they must be sent.
type returns struct {
	log    msglog.Log
	acked  map[uint64]bool // by ana, who comes back
	since  uint64
	limit  int
	topics []string
}

// want lists the frames of the recovery, read from the log alone.
func (r returns) want(t *testing.T) (frames []string) {
	t.Helper()
	streams := []msglog.Stream{{Audience: msglog.AudienceEveryone}, {Audience: msglog.AudiencePrivate, Name: "ana"}}
	for _, topic := range r.topics {
		streams = append(streams, msglog.Stream{Audience: msglog.AudienceTopic, Name: topic})
	}
	end := r.log.Last() + 1
	f := wire.RecoveredFrame{Type: "recovered", Topics: r.topics, From: r.since + 1, To: end - 1, Complete: true, Epoch: r.log.Epoch()}
	seqs, err := r.log.Seqs(t.Context(), msglog.Query{Streams: streams, After: r.since, Before: end, Limit: r.limit + 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(seqs) > r.limit {
		f.From, f.Complete = seqs[0]+1, false
	}
	withdrawn := []msglog.Stream{{Audience: msglog.AudienceWithdrawn}}
	all := append(withdrawn, streams...)
	if pruned := r.log.Pruned(all); pruned > r.since {
		f.From, f.Complete, f.Gone = max(f.From, pruned+1), false, true
	}
	for _, q := range []msglog.Query{
		{Streams: withdrawn, After: r.since, Before: f.From, Forward: true}, {Streams: all, After: f.From - 1, Before: end, Forward: true},
	} {
		entries, _, err := r.log.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			frames = append(frames, string(wstest.Payload(t, msglog.EncodeEntry(e))))
			if r.acked[e.Seq] && e.Ack != "" {
				frames = append(frames, fmt.Sprint("acked ", e.Seq))
			}
		}
	}
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return append(frames, string(b))
}

// compare has ana come back, and compares what she is sent with what the log says.
func (r returns) compare(t *testing.T, room *room) {
	t.Helper()
	c := room.client()
	defer c.Cut()
	c.Send(map[string]any{
		"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": r.since, "limit": r.limit, "topics": r.topics,
		"epoch": r.log.Epoch(),
	})
	c.Expect("welcome")
	c.Expect("topics")
	missed, end := c.Recovery()
	var got []string
	for _, f := range append(missed, end) {
		switch f.Type {
		case "acked":
			got = append(got, fmt.Sprint("acked ", f.Seq))
		case "message", "withdrawn", "recovered":
			got = append(got, f.Text)
		}
	}
	want := r.want(t)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("since %d, limit %d, topics %v: %d frames, want %d; the first other one is %d:\n%.200s\n%.200s", r.since, r.limit, r.topics,
				len(got), len(want), i, slices.Concat(got, []string{"", ""})[i], slices.Concat(want, []string{"", ""})[i])
		}
	}
}

// A recovery is the same frames, byte for byte, wherever it is read: in memory, in the log, or in both; whatever was
// withdrawn, pruned and acknowledged, with any limit, after a restart, over real sockets that fill up.
func TestRecovery_IsTheSameWhereverItIsRead(t *testing.T) {
	logs := map[string]func() (msglog.Log, error){
		"memory":       func() (msglog.Log, error) { return msglog.NewMemory(), nil },
		"small memory": func() (msglog.Log, error) { return msglog.NewBoundedMemory(100, 1<<20), nil },
		"SQLite":       func() (msglog.Log, error) { return sqlite.Open(t.TempDir()) },
	}
	for name, open := range logs {
		for text, size := range map[string]int{"short": 10, "long": 60 << 10} {
			t.Run(name+"/"+text, func(t *testing.T) {
				log, err := open()
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = log.Close() })
				compareReturns(t, log, size)
			})
		}
	}
}

func compareReturns(t *testing.T, log msglog.Log, size int) {
	rnd := rand.New(rand.NewPCG(3, uint64(size))) //nolint:gosec // the same at each run
	start := func() *room {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := newRoom(t, withLog(log), func(c *wsserver.Config) { c.Listener, c.ClientRate, c.MaxPerAddress = listener, 0, 0 })
		r.dial = func(ctx context.Context) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
		}
		return r
	}
	r := start()
	if len(r.State().Topics) < 3 {
		r.topic("kitchen", "open")
		r.topic("hall", "open")
	}
	r.person("ana").Cut() // what was private before she came would not be hers
	acked := map[uint64]bool{}
	for range 220 {
		b := operator.Broadcast{Message: strings.Repeat("x", 1+rnd.IntN(size))}
		switch rnd.IntN(6) {
		case 0:
			b.Topic = "kitchen"
		case 1:
			b.Topic = "hall"
		case 2:
			b.UserID = "ana"
		}
		if rnd.IntN(4) == 0 {
			b.Ack = "OK"
		}
		seq := r.broadcast(b).Seq
		switch rnd.IntN(12) {
		case 0:
			_, _ = r.Withdraw(t.Context(), seq-rnd.Uint64N(min(seq, 50))) // it may be withdrawn already
		case 1, 2:
			if b.Ack != "" && b.Topic == "" {
				ana := r.person("ana")
				sendReceipt(ana, "ack", seq, "")
				ana.Expect("acked")
				ana.Cut()
				acked[seq] = true
			}
		case 3:
			if e, _ := log.Get(t.Context(), seq-min(seq-1, 150)); e != nil {
				if _, err := log.Prune(t.Context(), msglog.Age{Now: e.Time, Before: e.Time.Add(time.Millisecond)}, 1<<40); err != nil {
					t.Fatal(err)
				}
			}
		case 4:
			returns{log, acked, rnd.Uint64N(log.Last() + 1), 1 + rnd.IntN(300), []string{"kitchen", "hall"}[:rnd.IntN(3)]}.compare(t, r)
		}
		if rnd.IntN(60) == 0 {
			r.stop()
			r = start()
		}
	}
	for _, since := range []uint64{0, log.Last() / 2, log.Last()} {
		returns{log, acked, since, 1000, []string{"kitchen"}}.compare(t, r)
	}
}
