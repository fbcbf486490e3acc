package webhook

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// receiver is a program that webhooks lead to, in memory.
type receiver struct {
	listen *wstest.Listener

	mu     sync.Mutex
	answer http.HandlerFunc
	got    []arrival
	under  int // requests under way
	most   int
}

// arrival is one request.
type arrival struct {
	id, kind string
	body     string
	at       time.Time
}

// receive starts a receiver in a bubble; answer nil: it thanks.
func receive(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{listen: wstest.Listen(), answer: answer}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: r}
	go func() { _ = s.Serve(r.listen) }()
	t.Cleanup(func() { _ = s.Close() })
	return r
}

func (r *receiver) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	return r.listen.Dial(ctx)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	b, _ := io.ReadAll(q.Body)
	var p struct{ Type string }
	_ = json.Unmarshal(b, &p)
	r.mu.Lock()
	r.got = append(r.got, arrival{q.Header.Get("webhook-id"), p.Type, string(b), time.Now()})
	r.under++
	r.most = max(r.most, r.under)
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, q)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.under--
}

func (r *receiver) answers(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func refusing(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// take returns what has come since the last time.
func (r *receiver) take() []arrival {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.got
	r.got = nil
	return got
}

func kinds(list []arrival) string {
	var s []string
	for _, a := range list {
		s = append(s, a.kind)
	}
	return strings.Join(s, " ")
}

// bench is an engine at work in a bubble, with its log and its receiver.
type bench struct {
	*Engine
	t        *testing.T
	log      msglog.Log
	to       *receiver
	happened []string
	noticed  int
	stop     func()
}

func newBench(t *testing.T, dir string, log msglog.Log, to *receiver) *bench {
	t.Helper()
	b := &bench{t: t, log: log, to: to}
	b.Engine = New(Options{
		Logger: slog.New(slog.DiscardHandler), Agent: "Belfry", Dial: to.dial, Room: func() string { return "Hall" },
		NameOf: func(userID string) string { return "name of " + userID }, Announced: func(seq uint64) bool { return seq == 1 },
		Changed: func() {}, Noticed: func() { b.noticed++ }, Happened: func(what string, _ Info) { b.happened = append(b.happened, what) },
	})
	if err := b.Load(dir); err != nil {
		t.Fatal(err)
	}
	if err := b.LoadLog(context.Background(), log, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	b.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(b.stop)
	synctest.Wait()
	return b
}

// withBench runs a test with one webhook.
func withBench(t *testing.T, events []string, test func(t *testing.T, b *bench, id string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, t.TempDir(), msglog.NewMemory(), receive(t, nil))
		i, _, err := b.Create(Spec{URL: "http://h/x", Events: events, Texts: true})
		if err != nil {
			t.Fatal(err)
		}
		test(t, b, i.ID)
	})
}

// commit writes what is to be written with the next commit, and reports how many records that is.
func (b *bench) commit() int {
	b.t.Helper()
	records := b.Flush()
	if _, err := b.log.Append(context.Background(), msglog.OfRecords(records...)); err != nil {
		b.t.Fatal(err)
	}
	b.Kept(records)
	return len(records)
}

// says has somebody write, and the message fanned out.
func (b *bench) says(text string) *msglog.Entry {
	b.t.Helper()
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: text, From: wire.Sender{UserID: "ana", Name: "Ana"}}
	if _, err := b.log.Append(context.Background(), []msglog.Change{{Entry: e}, {Records: b.Flush()}}); err != nil {
		b.t.Fatal(err)
	}
	b.Sent(e, true)
	return e
}

func (b *bench) info() Info {
	b.t.Helper()
	list := b.List()
	if len(list) != 1 {
		b.t.Fatalf("%d webhooks", len(list))
	}
	return list[0]
}
