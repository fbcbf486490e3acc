package wsserver_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wstest"
)

// A webhook is told what happens at any machine of a room, once, by the machine where it happens.

// called are machines of one room with a receiver that their webhooks lead to.
type called struct {
	*receiver
	shared  *wstest.SharedLog
	network *wstest.SharedNetwork
}

func newCalled(t *testing.T) *called {
	return &called{receives(t), wstest.NewSharedLog(), wstest.NewSharedNetwork()}
}

func (c *called) machine(t *testing.T, name string, v *wstest.View, set ...func(*wsserver.Config)) *room {
	set = append([]func(*wsserver.Config){c.config, onView(v), func(o *wsserver.Config) { o.Cluster = c.network.Node(name) }}, set...)
	return newRoom(t, set...)
}

func createHook(t *testing.T, r *room, events ...string) webhook.Info {
	t.Helper()
	a, err := r.CreateWebhook(t.Context(), webhook.Spec{URL: "http://127.0.0.1:9000/hook", Events: events, Texts: true, Private: true})
	if err != nil {
		t.Fatal(err)
	}
	return a.Webhook
}

// told is what has come, an event and the person or text each, in the order of words.
func (c *called) told() string {
	var list []string
	for _, d := range c.all() {
		words := []string{d.Type}
		if id, ok := d.From["user_id"].(string); ok {
			words = append(words, id)
		}
		if d.Message != "" {
			words = append(words, d.Message)
		}
		list = append(list, strings.Join(words, " "))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func TestSeveral_AWebhookIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCalled(t)
		a := c.machine(t, "a", c.shared.View(msglog.NewMemory()))
		b := c.machine(t, "b", c.shared.View(msglog.NewMemory()))
		hook := createHook(t, a, webhook.Types...)
		time.Sleep(time.Second)
		ana, ben := a.person("ana", "general"), b.person("ben", "general")
		ana.Notify("1", "general", "one")
		ben.Notify("1", "general", "two")
		ben.Notify("2", "", "three")
		time.Sleep(2 * time.Second)
		if got := c.told(); got != "answer ben three, joined ana, joined ben, message ana one, message ben two" {
			t.Errorf("told %s", got)
		}
		asked := a.broadcast(operator.Broadcast{Message: "Lunch", Ack: "Understood"})
		time.Sleep(time.Second)
		ana.Send(map[string]any{"action": "ack", "seq": asked.Seq})
		ben.Send(map[string]any{"action": "ack", "seq": asked.Seq})
		time.Sleep(3 * time.Second)
		if got := c.told(); got != "acknowledged ana, acknowledged ben, complete" {
			t.Errorf("then told %s", got)
		}
		if _, err := b.PauseWebhook(t.Context(), hook.ID, true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		ana.Notify("2", "general", "four")
		ben.Notify("3", "general", "five")
		time.Sleep(2 * time.Second)
		if got := c.told(); got != "" {
			t.Errorf("paused, it is told %s", got)
		}
		if _, err := a.PauseWebhook(t.Context(), hook.ID, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if got := c.told(); got != "message ana four, message ben five" {
			t.Errorf("going on, it is told %s", got)
		}
		if err := b.RemoveWebhook(t.Context(), hook.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		ana.Notify("3", "general", "six")
		time.Sleep(2 * time.Second)
		if got := c.told(); got != "" || len(a.Webhooks.Webhooks().Webhooks) != 0 {
			t.Errorf("removed, it is told %s; there are %+v", got, a.Webhooks.Webhooks().Webhooks)
		}
	})
}

// What waits at a machine that stops is told when it is back, and by nobody else. A folder in use brings its webhooks, and what waits
// for them, and takes them along when it is alone again.
func TestSeveral_WebhooksOfAMachineThatStops(t *testing.T) {
	dir := t.TempDir()
	alone := func(test func(t *testing.T, c *called, r *room)) {
		synctest.Test(t, func(t *testing.T) {
			c := newCalled(t)
			r := newRoom(t, c.config, func(o *wsserver.Config) {
				o.Dir = dir
				o.OpenLog = func(dir string) (msglog.Log, error) { return sqlite.Open(dir) }
			})
			test(t, c, r)
		})
	}
	var id string
	alone(func(t *testing.T, _ *called, r *room) {
		id = createHook(t, r, webhook.Message, webhook.Joined).ID
		if _, err := r.PauseWebhook(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
		r.person("ana", "general").Notify("1", "general", "alone")
		time.Sleep(time.Second)
	})
	synctest.Test(t, func(t *testing.T) {
		c := newCalled(t)
		joined := t.TempDir()
		if err := os.CopyFS(joined, os.DirFS(dir)); err != nil { // as a machine that joins has it
			t.Fatal(err)
		}
		copied, err := sqlite.Open(joined)
		if err != nil {
			t.Fatal(err)
		}
		own, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		view := c.shared.View(own)
		a := c.machine(t, "a", view, func(o *wsserver.Config) { o.Dir = dir })
		b := c.machine(t, "b", c.shared.View(copied))
		time.Sleep(time.Second)
		a.person("ben", "general").Notify("1", "general", "of a")
		b.person("cid", "general").Notify("1", "general", "of b")
		time.Sleep(time.Second)
		a.stop()
		if _, err := b.PauseWebhook(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if got := c.told(); got != "joined cid, message cid of b" {
			t.Errorf("b tells %s", got)
		}
		if own, err = sqlite.Open(dir); err != nil {
			t.Fatal(err)
		}
		c.machine(t, "a", view.Reopen(own), func(o *wsserver.Config) { o.Dir = dir })
		time.Sleep(2 * time.Second)
		if got := c.told(); got != "joined ana, joined ben, message ana alone, message ben of a" {
			t.Errorf("back, a tells %s", got)
		}
		if _, err := b.PauseWebhook(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		b.person("dan", "general").Notify("1", "general", "late")
		time.Sleep(2 * time.Second)
	})
	alone(func(t *testing.T, c *called, r *room) {
		if _, err := r.PauseWebhook(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := c.told(); got != "joined dan, message dan late" {
			t.Errorf("alone again, it tells %s", got)
		}
	})
	alone(func(t *testing.T, c *called, r *room) {
		if list := r.Webhooks.Webhooks().Webhooks; len(list) != 1 || c.told() != "" {
			t.Errorf("then there are %+v", list)
		}
	})
}
