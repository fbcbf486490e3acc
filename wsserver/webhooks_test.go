package wsserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wstest"
)

// This file tests webhooks in a whole room; package webhook has the tests of how they are sent.

// delivery is one request that a receiver got.
type delivery struct {
	ID, Body string
	header   http.Header
	Type     string         `json:"type"`
	Seq      uint64         `json:"seq"`
	Audience string         `json:"audience"`
	Topic    string         `json:"topic"`
	Room     string         `json:"room"`
	From     map[string]any `json:"from"`
	Message  string         `json:"message"`
	Sent     int            `json:"sent"`
	Acked    int            `json:"acked"`
}

// receiver is a program that webhooks lead to.
type receiver struct {
	t      *testing.T
	got    chan delivery
	listen *wstest.Listener
	gone   atomic.Bool // it answers 410
}

// receives starts a receiver in a bubble.
func receives(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, got: make(chan delivery, 1000), listen: wstest.Listen()}
	s := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, err := io.ReadAll(q.Body)
		d := delivery{ID: q.Header.Get("webhook-id"), Body: string(b), header: q.Header}
		if err != nil || json.Unmarshal(b, &d) != nil {
			t.Errorf("received %q, error %v", b, err)
		}
		r.got <- d
		if r.gone.Load() {
			w.WriteHeader(http.StatusGone)
		}
		_, _ = io.WriteString(w, "thank you")
	})}
	go func() { _ = s.Serve(r.listen) }()
	t.Cleanup(func() { _ = s.Close() })
	return r
}

func (r *receiver) config(c *wsserver.Config) {
	wsserver.CallHooks(c, func(ctx context.Context, _, _ string) (net.Conn, error) { return r.listen.Dial(ctx) })
}

// all is what has come until now, in order.
func (r *receiver) all() (list []delivery) {
	r.t.Helper()
	synctest.Wait()
	for {
		select {
		case d := <-r.got:
			list = append(list, d)
		default:
			return list
		}
	}
}

func typesOf(list []delivery) string {
	var names []string
	for _, d := range list {
		names = append(names, d.Type)
	}
	return strings.Join(names, " ")
}

// withHook runs a test in a room with one webhook.
func withHook(t *testing.T, spec webhook.Spec, test func(t *testing.T, r *room, to *receiver, made operator.WebhookAnswer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		to := receives(t)
		r := newRoom(t, to.config)
		var made operator.WebhookAnswer
		fields := map[string]any{"url": "http://127.0.0.1:9000/hook?key=of-the-receiver", "events": spec.Events, "texts": spec.Texts, "private": spec.Private}
		if refused := r.dashboard().Ask("create_webhook", fields, &made); refused != nil {
			t.Fatal(refused.Text)
		}
		test(t, r, to, made)
	})
}

func TestWebhooks_TellWhatHappensInItsOrder(t *testing.T) {
	withHook(t, webhook.Spec{Events: webhook.Types, Texts: true, Private: true}, func(t *testing.T, r *room, to *receiver, made operator.WebhookAnswer) {
		ana := r.person("ana", "general")
		ana.Notify("1", "general", "Hello all")
		ana.Notify("2", "", "Hello operator")
		time.Sleep(time.Second)
		asked := r.broadcast(operator.Broadcast{Message: "Lunch", Ack: "Understood"})
		ana.Send(map[string]any{"action": "ack", "seq": asked.Seq})
		ana.ExpectAfter("acked", "message")
		time.Sleep(time.Second)
		ana.Send(map[string]any{"action": "notify", "id": "3", "topic": "general", "message": "Yes", "reply_to": asked.Seq})
		ana.ExpectAfter("accepted", "message")
		time.Sleep(time.Second)
		ana.Cut()
		time.Sleep(20 * time.Second)
		got := to.all()
		if s := typesOf(got); s != "joined message answer acknowledged complete answer left" {
			t.Fatalf("sent %s", s)
		}
		if d := got[1]; d.Seq != 1 || d.Audience != "topic" || d.Topic != "general" || d.Message != "Hello all" || d.From["user_id"] != "ana" {
			t.Errorf("message %s", d.Body)
		}
		if d := got[2]; d.Audience != "private" || d.Message != "Hello operator" {
			t.Errorf("answer %s", d.Body)
		}
		if d := got[3]; d.Seq != asked.Seq || d.From["user_id"] != "ana" || d.Audience != "everyone" {
			t.Errorf("acknowledged %s", d.Body)
		}
		if d := got[4]; d.Seq != asked.Seq || d.Sent != 1 || d.Acked != 1 {
			t.Errorf("complete %s", d.Body)
		}
		wantSigned(t, made.Secret, got)
		wantHook(t, r, webhook.Working, 0, len(got))
	})
}

// wantSigned has another program's library look at each signature.
func wantSigned(t *testing.T, secret string, list []delivery) {
	t.Helper()
	reader, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, d := range list {
		// The time of the bubble is its own, so what is looked at is all but the age.
		if err := reader.VerifyIgnoringTimestamp([]byte(d.Body), d.header); err != nil || ids[d.ID] {
			t.Errorf("%s under the id %q: %v", d.Body, d.ID, err)
		}
		ids[d.ID] = true
	}
}

func wantHook(t *testing.T, r *room, state string, waiting, sent int) {
	t.Helper()
	list := r.Webhooks.Webhooks().Webhooks
	if len(list) != 1 || list[0].State != state || list[0].Waiting != waiting || list[0].Sent7d != sent {
		t.Errorf("the webhook is %+v; want %s, %d waiting, %d sent", list, state, waiting, sent)
	}
}

// Ids and counts alone, unless the operator ticks texts; and private ones only where that is ticked too.
func TestWebhooks_TellNoTextsUnlessAskedTo(t *testing.T) {
	for _, row := range []struct {
		texts, private bool
		says           string
	}{{false, false, ""}, {false, true, ""}, {true, false, "public Ana"}, {true, true, "public secret Ana"}} {
		withHook(t, webhook.Spec{Events: webhook.Types, Texts: row.texts, Private: row.private}, func(t *testing.T, r *room, to *receiver, _ operator.WebhookAnswer) {
			ana := r.client()
			ana.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "name": "Ana Lima", "topics": []string{"general"}})
			ana.Expect("welcome")
			ana.Send(map[string]any{"action": "notify", "topic": "general", "message": "public"})
			ana.Send(map[string]any{"action": "notify", "message": "secret"})
			synctest.Wait()
			asked := r.broadcast(operator.Broadcast{Message: "alone", UserID: "ana", Ack: "Understood"})
			ana.Send(map[string]any{"action": "ack", "seq": asked.Seq})
			time.Sleep(time.Second)
			got := to.all()
			if s := typesOf(got); s != "joined message answer acknowledged" {
				t.Errorf("sent %s", s)
			}
			var body strings.Builder
			for _, d := range got {
				body.WriteString(d.Body)
			}
			for _, word := range []string{"public", "secret", "Ana"} {
				if strings.Contains(body.String(), word) != strings.Contains(row.says, word) {
					t.Errorf("texts %v, private %v: sent %s", row.texts, row.private, body.String())
				}
			}
			if !row.private && strings.Contains(got[3].Body, "Ana") {
				t.Errorf("who acknowledged a private message: %s", got[3].Body)
			}
			if strings.Contains(body.String(), "alone") {
				t.Errorf("the operator's own words: %s", body.String())
			}
		})
	}
}

// A page that is loaded again has neither left nor joined; a guest is nobody.
func TestWebhooks_AReloadIsNoLeaving(t *testing.T) {
	withHook(t, webhook.Spec{Events: []string{webhook.Joined, webhook.Left}}, func(t *testing.T, r *room, to *receiver, _ operator.WebhookAnswer) {
		r.client().Send(map[string]any{"action": "subscribe"})
		for range 3 {
			ana := r.person("ana")
			time.Sleep(5 * time.Second)
			ana.Cut()
			time.Sleep(5 * time.Second)
		}
		if s := typesOf(to.all()); s != "joined" {
			t.Errorf("sent %q", s)
		}
		time.Sleep(15 * time.Second)
		if s := typesOf(to.all()); s != "left" {
			t.Errorf("sent %q", s)
		}
	})
}

// Without a button an announcement is complete once everybody has received it, and that is told once.
func TestWebhooks_CompleteIsToldOnce(t *testing.T) {
	withHook(t, webhook.Spec{Events: []string{webhook.Complete}}, func(t *testing.T, r *room, to *receiver, _ operator.WebhookAnswer) {
		ana, ben := r.person("ana"), r.person("ben")
		said := r.say("Lunch")
		ana.Send(map[string]any{"action": "received", "seq": said.Seq})
		time.Sleep(time.Second)
		if got := to.all(); len(got) > 0 {
			t.Errorf("one of two has received it: %s", got[0].Body)
		}
		ben.Send(map[string]any{"action": "received", "seq": said.Seq})
		ben.Send(map[string]any{"action": "read", "seq": said.Seq})
		ana.Send(map[string]any{"action": "read", "seq": said.Seq})
		time.Sleep(time.Second)
		if got := to.all(); len(got) != 1 || got[0].Seq != said.Seq || got[0].Sent != 2 {
			t.Errorf("sent %v", got)
		}
	})
}

// A receiver that never answers slows nobody.
func TestWebhooks_ASilentReceiverSlowsNobody(t *testing.T) {
	silent := func(c *wsserver.Config) {
		wsserver.CallHooks(c, func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() })
	}
	inRoom(t, func(t *testing.T, r *room) {
		made, err := r.CreateWebhook(t.Context(), webhook.Spec{URL: "http://receiver.example/", Events: webhook.Types})
		if err != nil {
			t.Fatal(err)
		}
		ana, began := r.person("ana", "general"), time.Now()
		for n := range 500 {
			ana.Send(map[string]any{"action": "notify", "id": fmt.Sprint(n), "topic": "general", "message": "Hello"})
		}
		for range 500 {
			ana.ExpectAfter("accepted", "message")
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("500 messages took %v", took)
		}
		time.Sleep(time.Minute)
		if i := r.Webhooks.Webhooks().Webhooks[0]; i.State != webhook.Failing || i.Waiting != 501 || i.Error != "It did not answer within 5 seconds." {
			t.Errorf("%+v", i)
		}
		if err := r.RemoveWebhook(t.Context(), made.Webhook.ID); err != nil || len(r.Webhooks.Webhooks().Webhooks) > 0 {
			t.Errorf("it stays, error %v", err)
		}
	}, silent, func(c *wsserver.Config) { c.ClientRate = 0 })
}

// What the operator does with webhooks is in the audit list, with the host alone.
func TestWebhooks_VerbsAreNoted(t *testing.T) {
	withHook(t, webhook.Spec{Events: []string{webhook.Message}, Texts: true}, func(t *testing.T, r *room, to *receiver, made operator.WebhookAnswer) {
		d := r.dashboard()
		id := made.Webhook.ID
		var test webhook.TestResult
		for _, q := range []struct {
			action string
			fields map[string]any
			into   any
		}{
			{"test_webhook", map[string]any{"webhook": id}, &test},
			{"pause_webhook", map[string]any{"webhook": id, "paused": true}, nil},
			{"pause_webhook", map[string]any{"webhook": id, "paused": false}, nil},
			{"retry_webhook", map[string]any{"webhook": id}, nil},
			{"change_webhook", map[string]any{"webhook": id, "url": "https://example.org/x?secret=1", "events": []string{"left"}}, nil},
			{"remove_webhook", map[string]any{"webhook": id}, nil},
		} {
			if refused := d.Ask(q.action, q.fields, q.into); refused != nil {
				t.Errorf("%s: %s", q.action, refused.Text)
			}
		}
		if got := to.all(); typesOf(got) != "test" || test.Status != 200 || test.Body != "thank you" || test.Error != "" {
			t.Errorf("sent %v, answered %+v", got, test)
		}
		if refused := d.Ask("retry_webhook", map[string]any{"webhook": id}, nil); refused == nil || refused.Code != "not_allowed" {
			t.Errorf("a removed one: %v", refused)
		}
		var what []string
		for _, e := range r.Audit(operator.AuditQuery{}).Entries {
			if strings.HasPrefix(e.What, "webhook_") {
				what = append(what, e.What)
			}
			if strings.Contains(e.Target+e.Detail, "?") {
				t.Errorf("the audit list tells %+v", e)
			}
		}
		if s := strings.Join(what, " "); s != "webhook_removed webhook_changed webhook_resumed webhook_paused webhook_tested webhook_created" {
			t.Errorf("noted %s", s)
		}
	})
}

// A webhook that is paused because it fails is said on the dashboard until that is dismissed, and noted as Belfry's doing;
// no log has its secret or the rest of its address.
func TestWebhooks_AFailureIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := &logRecorder{}
		to := receives(t)
		var tries atomic.Int32
		refuse := func(ctx context.Context, _, _ string) (net.Conn, error) {
			if tries.Add(1) > 3 {
				return to.listen.Dial(ctx)
			}
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		r := newRoom(t, func(c *wsserver.Config) {
			c.Logger = slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug}))
			wsserver.CallHooks(c, refuse)
		})
		made, err := r.CreateWebhook(t.Context(), webhook.Spec{URL: "http://receiver.example/in?key=of-the-receiver", Events: []string{webhook.Message}})
		if err != nil {
			t.Fatal(err)
		}
		r.person("ana", "general").Notify("1", "general", "Hello")
		time.Sleep(time.Second)
		if i := r.Webhooks.Webhooks().Webhooks[0]; i.State != webhook.Failing || i.Error != "Connection refused: nothing listens there." || i.NextTry == "" {
			t.Errorf("at first %+v", i)
		}
		to.gone.Store(true)
		time.Sleep(time.Minute)
		if i := r.Webhooks.Webhooks().Webhooks[0]; i.State != webhook.Paused || i.PausedBy != webhook.ByFailures || i.Waiting != 1 {
			t.Errorf("then %+v", i)
		}
		n := r.State().Notice
		if n == nil || n.Code != "webhook" || n.Message != "The webhook to receiver.example is paused: It answered 410 Gone. What happens meanwhile waits." {
			t.Errorf("the operator is told %+v", n)
		}
		if err := r.DismissNotice(t.Context()); err != nil || r.State().Notice != nil {
			t.Errorf("still told %+v, error %v", r.State().Notice, err)
		}
		var what []string
		for _, e := range r.Audit(operator.AuditQuery{}).Entries {
			if strings.HasPrefix(e.What, "webhook_") && e.Door == "" {
				what = append(what, e.What+" "+e.Target)
			}
		}
		if s := strings.Join(what, ", "); s != "webhook_paused receiver.example, webhook_failing receiver.example" {
			t.Errorf("noted %s", s)
		}
		for _, secret := range []string{made.Secret, "of-the-receiver"} {
			if strings.Contains(said.String(), secret) {
				t.Errorf("the log has %s", secret)
			}
		}
	})
}
