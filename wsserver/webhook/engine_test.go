package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
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
	stop     func()
}

func newBench(t *testing.T, dir string, log msglog.Log, to *receiver) *bench {
	t.Helper()
	b := &bench{t: t, log: log, to: to}
	b.Engine = New(Options{
		Logger: slog.New(slog.DiscardHandler), Agent: "Belfry", Dial: to.dial, Room: func() string { return "Hall" },
		NameOf: func(userID string) string { return "name of " + userID }, Announced: func(seq uint64) bool { return seq == 1 },
		Changed: func() {}, Happened: func(what string, _ Info) { b.happened = append(b.happened, what) },
	})
	if err := b.Load(dir); err != nil {
		t.Fatal(err)
	}
	if err := b.LoadLog(context.Background(), log); err != nil {
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
	if _, err := b.log.Append(context.Background(), nil, records); err != nil {
		b.t.Fatal(err)
	}
	b.Kept(records)
	return len(records)
}

// says has somebody write, and the message fanned out.
func (b *bench) says(text string) *msglog.Entry {
	b.t.Helper()
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: text, From: wire.Sender{UserID: "ana", Name: "Ana"}}
	if _, err := b.log.Append(context.Background(), []*msglog.Entry{e}, b.Flush()); err != nil {
		b.t.Fatal(err)
	}
	b.Sent(e)
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

// An event is sent once it is durable, and what follows waits behind it.
func TestEngine_WaitsForTheCommit(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, _ string) {
		b.Joined("ana", time.Now())
		b.says("one") // its commit has the record, which is not known to be kept yet
		if got := b.to.take(); len(got) > 0 {
			t.Errorf("sent %s before the commit", kinds(got))
		}
		b.Left("ana", time.Now())
		b.MarkDirty([]msglog.Record{{Kind: recordEvent, Key: "1"}}) // that commit has failed
		b.commit()
		if got := kinds(b.to.take()); got != "joined message left" {
			t.Errorf("sent %s", got)
		}
		records, done := b.Acknowledging(1, "ana", time.Now())
		if got := b.to.take(); len(got) > 0 || len(records) != 1 {
			t.Errorf("sent %s, %d records", kinds(got), len(records))
		}
		done(true)
		_, failed := b.Acknowledging(1, "ben", time.Now())
		b.says("two")
		if got := kinds(b.to.take()); got != "acknowledged" {
			t.Errorf("sent %s", got)
		}
		failed(false)
		if got := kinds(b.to.take()); got != "message" {
			t.Errorf("after an acknowledgement that was not kept: %s", got)
		}
	})
}

// Another engine on the same log and folder goes on where this one was, in the same order and under the same ids.
func TestEngine_GoesOnAfterACrash(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, _ string) {
		b.says("arrives")
		b.Joined("ana", time.Now())
		b.commit()
		before := b.to.take()
		b.commit() // the cursor
		b.to.answers(refusing(500))
		b.says("one")
		b.Left("ana", time.Now())
		b.Complete(1, Counts{Sent: 3, Received: 3})
		b.says("two")
		b.Joined("ben", time.Now())
		b.commit()
		tried := b.to.take()
		dir := strings.TrimSuffix(b.path, "/"+fileName)
		b.stop()
		b.to.answers(nil)
		next := newBench(t, dir, b.log, b.to)
		got := b.to.take()
		if s := kinds(got); kinds(before) != "message joined" || s != "message left complete message joined" || got[0].id != tried[0].id {
			t.Errorf("before the crash %s, then tried %s, after it %s", kinds(before), kinds(tried), s)
		}
		if !strings.Contains(got[2].body, `"sent":3,"received":3,"read":0,"acked":0`) || strings.Contains(got[0].body, `"sent"`) {
			t.Errorf("sent %s", got[2].body)
		}
		// Without a commit since, all of it is sent again.
		next.stop()
		again := newBench(t, dir, b.log, b.to)
		if twice := b.to.take(); !slices.EqualFunc(got, twice, func(a, b arrival) bool { return a.id == b.id && a.body == b.body }) {
			t.Errorf("sent again: %v", twice)
		}
		again.commit()
		again.stop()
		newBench(t, dir, b.log, b.to)
		if got := b.to.take(); len(got) > 0 {
			t.Errorf("sent once more: %v", kinds(got))
		}
		left := 0
		_ = b.log.Records(context.Background(), recordEvent, func(string, []byte) error { left++; return nil })
		if left > 0 {
			t.Errorf("%d events are left in the log", left)
		}
	})
}

// While a webhook fails it is tried again and again, later and later, with one request at a time, and costs no commit.
func TestEngine_TriesAgain(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		b.commit()
		b.to.answers(refusing(503))
		b.says("one")
		b.says("two")
		time.Sleep(time.Hour)
		got := b.to.take()
		for i, a := range got[1:] {
			wait := a.at.Sub(got[i].at)
			if most := min(minWait<<min(i+1, 16), maxWait); wait < minWait || wait > most || a.id != got[0].id {
				t.Errorf("try %d of %s came after %v, at most %v", i+2, a.id, wait, most)
			}
		}
		if len(got) < 10 || b.Dirty() || b.to.most != 1 {
			t.Errorf("%d tries, to be written %v, %d at once", len(got), b.Dirty(), b.to.most)
		}
		i := b.info()
		if i.State != Failing || i.Waiting != 2 || i.Error != "It answered 503 Service Unavailable." || i.NextTry == "" {
			t.Errorf("%+v", i)
		}
		if !slices.Equal(b.happened, []string{"webhook_failing"}) {
			t.Errorf("happened %v", b.happened)
		}
		b.to.answers(nil)
		if _, err := b.Retry(id); err != nil {
			t.Error(err)
		}
		if got := kinds(b.to.take()); got != "message message" {
			t.Errorf("sent %s", got)
		}
		if i := b.info(); i.State != Working || i.Waiting != 0 || i.Error != "" || i.NextTry != "" || i.Sent7d != 2 {
			t.Errorf("%+v", i)
		}
	})
}

func TestEngine_HonoursRetryAfter(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, _ string) {
		b.to.answers(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "300")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		b.says("one")
		time.Sleep(299 * time.Second)
		if got := b.to.take(); len(got) != 1 {
			t.Errorf("%d tries", len(got))
		}
		time.Sleep(2 * time.Second)
		if got := b.to.take(); len(got) != 1 {
			t.Errorf("%d tries", len(got))
		}
	})
}

// A day of failures, over a restart too, or a receiver that is gone for good, pauses a webhook. What happens then waits.
func TestEngine_PausesWhatFails(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		b.to.answers(refusing(500))
		b.says("one")
		time.Sleep(20 * time.Hour)
		b.commit()
		dir := strings.TrimSuffix(b.path, "/"+fileName)
		b.stop()
		b = newBench(t, dir, b.log, b.to)
		time.Sleep(3 * time.Hour)
		if i := b.info(); i.State != Failing {
			t.Errorf("after 23 hours %+v", i)
		}
		time.Sleep(2 * time.Hour)
		i := b.info()
		if i.State != Paused || i.PausedBy != ByFailures || !slices.Contains(b.happened, "webhook_paused") {
			t.Errorf("after 25 hours %+v, happened %v", i, b.happened)
		}
		if said, since := b.Notice(); !strings.Contains(said, "The webhook to h is paused: It answered 500") || since == "" {
			t.Errorf("the operator is told %q since %q", said, since)
		}
		if was, err := b.LookedAt(); !was || err != nil {
			t.Error(was, err)
		}
		if said, _ := b.Notice(); said != "" {
			t.Errorf("the operator is told again %q", said)
		}
		b.to.take()
		b.says("two")
		time.Sleep(time.Hour)
		if _, err := b.Retry(id); err == nil || len(b.to.take()) > 0 {
			t.Errorf("a paused one tries again: %v", err)
		}
		b.to.answers(nil)
		if i, err := b.Pause(id, false); err != nil || i.PausedBy != "" {
			t.Errorf("%+v, error %v", i, err)
		}
		if got := kinds(b.to.take()); got != "message message" {
			t.Errorf("sent %s", got)
		}
		b.to.answers(refusing(410))
		b.says("three")
		synctest.Wait()
		if i := b.info(); i.PausedBy != ByFailures || i.Error != "It answered 410 Gone." {
			t.Errorf("after 410 %+v", i)
		}
	})
}

// Beyond the bound the oldest goes, and the operator is told; the log and its senders do not wait.
func TestEngine_BoundsWhatWaits(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		if _, err := b.Pause(id, true); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			b.Joined("ana", time.Now())
		}
		for n := range maxWaiting {
			b.says(fmt.Sprint(n))
		}
		if i := b.info(); i.Waiting != maxWaiting || i.Error != "20 events were dropped, because too many waited." {
			t.Errorf("%d waiting, %q", i.Waiting, i.Error)
		}
		if said, _ := b.Notice(); !strings.Contains(said, "20 events were dropped") {
			t.Errorf("the operator is told %q", said)
		}
		for range maxBytes/256 + 10 {
			b.Joined("ana", time.Now())
		}
		if b.outbox.bytes > maxBytes || len(b.outbox.events) > maxWaiting {
			t.Errorf("%d bytes in %d events", b.outbox.bytes, len(b.outbox.events))
		}
		b.commit()
		dir := strings.TrimSuffix(b.path, "/"+fileName)
		b.stop()
		b = newBench(t, dir, b.log, b.to)
		if i := b.info(); i.Waiting != maxWaiting {
			t.Errorf("%d waiting after a restart", i.Waiting)
		}
	})
}

// What was taken back before it was sent is not sent; the operator's own messages and programs' never are.
func TestEngine_SendsWhatPeopleWrote(t *testing.T) {
	withBench(t, []string{Message}, func(t *testing.T, b *bench, id string) {
		_, _ = b.Pause(id, true)
		one := b.says("one")
		for _, from := range []wire.Sender{{Operator: true, Name: "Operator"}, {Program: true, Name: "grafana"}} {
			e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "not this", From: from}
			_, _ = b.log.Append(context.Background(), []*msglog.Entry{e}, nil)
			b.Sent(e)
		}
		gone := &msglog.Entry{Audience: msglog.AudienceWithdrawn, Withdraws: one.Seq, From: wire.Sender{Operator: true}}
		_, _ = b.log.Append(context.Background(), []*msglog.Entry{gone}, nil)
		b.Sent(gone)
		b.says("two")
		b.Joined("ana", time.Now()) // not wanted
		_, _ = b.Pause(id, false)
		if got := b.to.take(); len(got) != 1 || !strings.Contains(got[0].body, `"two"`) {
			t.Errorf("sent %v", got)
		}
		if i := b.info(); i.Waiting != 0 {
			t.Errorf("%+v", i)
		}
	})
}

// A cursor passes over what is not for its webhook, so that a start does not look through all of it.
func TestEngine_PassesOverWhatIsForOthers(t *testing.T) {
	withBench(t, []string{Left}, func(t *testing.T, b *bench, _ string) {
		for range passEvery + 10 {
			b.says("not this")
		}
		b.Left("ana", time.Now())
		b.commit()
		b.to.take()
		b.commit()
		wantCursor := func(want string) {
			_ = b.log.Records(context.Background(), recordStatus, func(_ string, value []byte) error {
				if !strings.Contains(string(value), want) {
					t.Errorf("the cursor is in %s, want %s", value, want)
				}
				return nil
			})
		}
		wantCursor(fmt.Sprintf(`"done":{"seq":%d,"n":1}`, passEvery+10))
		for range passEvery {
			b.says("not this")
		}
		if b.Dirty() {
			t.Error("a commit is made for a cursor that passes over messages")
		}
		wantCursor(fmt.Sprintf(`"done":{"seq":%d}`, 2*passEvery))
	})
}

// A webhook that is changed gets what it still wants; one that is removed nothing more, and leaves nothing.
func TestEngine_ChangedAndRemoved(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		b.to.answers(refusing(500))
		b.says("one")
		b.Joined("ana", time.Now())
		b.commit()
		b.to.take()
		b.to.answers(nil)
		if i, err := b.Change(id, Spec{URL: "http://other/", Events: []string{Joined, Joined}}); err != nil || len(i.Events) != 1 {
			t.Errorf("%+v, error %v", i, err)
		}
		if got := kinds(b.to.take()); got != "joined" {
			t.Errorf("sent %s", got)
		}
		b.Joined("ben", time.Now())
		if _, err := b.Remove(id); err != nil {
			t.Error(err)
		}
		b.commit()
		if got := b.to.take(); len(got) > 0 || len(b.List()) > 0 || b.Presence() || len(b.outbox.events) > 0 {
			t.Errorf("after the end %s, %d events", kinds(got), len(b.outbox.events))
		}
		for _, kind := range []string{recordEvent, recordStatus} {
			_ = b.log.Records(context.Background(), kind, func(key string, _ []byte) error {
				t.Errorf("the record %s %s is left", kind, key)
				return nil
			})
		}
		if _, err := b.Remove(id); err == nil {
			t.Error("it is removed twice")
		}
		if n := b.commit(); n != 0 {
			t.Errorf("%d records without a webhook", n)
		}
	})
}

func TestEngine_HasABoundedNumberOfWebhooks(t *testing.T) {
	e := New(Options{Own: func() []netip.Addr { return nil }, Changed: func() {}})
	for range maxHooks {
		if _, _, err := e.Create(Spec{URL: "https://example.org/", Events: []string{Left}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := e.Create(Spec{URL: "https://example.org/", Events: []string{Left}}); err == nil {
		t.Error("one too many is made")
	}
	for _, events := range [][]string{nil, {}, {"nonsense"}, {Left, ""}} {
		if _, err := e.Change(e.List()[0].ID, Spec{URL: "https://example.org/", Events: events}); err == nil {
			t.Errorf("%q are events", events)
		}
	}
}
