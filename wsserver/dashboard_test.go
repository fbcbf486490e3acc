package wsserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

func TestDashboard_IsSentCountsMessagesAndEvents(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		c := r.person("ana", "general")
		waitIdle()
		last := map[string]wstest.Frame{}
		for _, f := range d.Drain() {
			last[f.Type] = f
		}
		for _, kind := range []string{"counts", "event"} {
			if f := last[kind]; f.Count() != 1 || f.Subscribers != 1 {
				t.Errorf("the last %s is %s", kind, f.Text)
			}
		}
		c.Notify("1", "", "private")
		c.Notify("2", "general", "open")
		r.say("all")
		wantMessages(t, d, "private", "open", "all")
		if s := r.State(); s.Clients != 1 {
			t.Errorf("%d clients: dashboards are counted", s.Clients)
		}
	})
}

// While a message is on its way the next ones of the same dashboard are committed and sent together. All are answered in order,
// and so is what it asks after them.
func TestDashboard_BroadcastsTogether(t *testing.T) {
	withManualLog(t, func(t *testing.T, r *room, commit chan error) {
		d := r.dashboard()
		d.Drain()
		for i, topic := range []string{"", "", "nowhere", "general"} {
			d.Send(map[string]any{"action": "broadcast", "id": fmt.Sprint(i), "message": "x", "topic": topic})
			synctest.Wait()
		}
		d.Send(map[string]any{"action": "history", "id": "page"})
		synctest.Wait()
		var answered []string
		for range 2 { // commits: of the first, and of the others
			commit <- nil
			synctest.Wait()
			for _, f := range d.Drain() {
				if f.Type == "result" || f.Type == "error" {
					answered = append(answered, f.Type+" "+f.ID)
				}
			}
			answered = append(answered, "|")
		}
		if got := strings.Join(answered, " "); got != "result 0 | result 1 error 2 result 3 result page |" {
			t.Errorf("answered %s", got)
		}
		close(commit)
	})
}

func TestDashboard_HasEveryVerb(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, c := r.dashboard(), r.person("ana", "general")
		var state operator.State
		if e := d.Ask("state", nil, &state); e != nil || state.Access != "open" || state.Clients != 1 || state.Data != "memory" || state.Epoch == "" {
			t.Errorf("state %+v, error %v", state, e)
		}
		var topic wire.Topic
		if e := d.Ask("create_topic", map[string]any{"topic": "news", "title": "News", "kind": "announce"}, &topic); e != nil || topic.Kind != "announce" {
			t.Errorf("create_topic %+v, error %v", topic, e)
		}
		var receipt operator.Receipt
		said := map[string]any{"message": "hi", "topic": "general", "title": "T", "priority": 4, "message_id": "m", "reply_to": 1}
		if e := d.Ask("broadcast", said, &receipt); e != nil || receipt.Seq != 1 || receipt.Time == "" {
			t.Errorf("broadcast %+v, error %v", receipt, e)
		}
		c.Expect("topics")
		if m := c.Expect("message"); m.ID != "m" || m.Title != "T" || m.Priority != 4 || m.ReplyTo != 1 {
			t.Errorf("the client is shown %s", m.Text)
		}
		var clients operator.ClientsAnswer
		if e := d.Ask("clients", map[string]any{"since": 0}, &clients); e != nil || len(clients.Clients) != 1 || clients.Clients[0].UserID != "ana" {
			t.Errorf("clients %+v, error %v", clients, e)
		}
		var page operator.HistoryPage
		if e := d.Ask("history", map[string]any{"topic": "general", "limit": 1}, &page); e != nil || len(page.Messages) != 1 || page.More {
			t.Errorf("history %+v, error %v", page, e)
		}
		var stats operator.Stats
		if e := d.Ask("stats", nil, &stats); e != nil || stats.Step != 5 {
			t.Errorf("stats %+v, error %v", stats, e)
		}
		if e := d.Ask("set_name", map[string]any{"name": " Hall  3 "}, nil); e != nil || r.State().Name != "Hall 3" {
			t.Errorf("set_name: %q, error %v", r.State().Name, e)
		}
		if e := d.Ask("set_address", map[string]any{"host": "127.0.0.1"}, nil); e != nil || r.State().Address.Host != "127.0.0.1" {
			t.Errorf("set_address: %+v, error %v", r.State().Address, e)
		}
		if e := d.Ask("disconnect", map[string]any{"user_id": "ana", "reason": "Bye."}, nil); e != nil {
			t.Errorf("disconnect: %s", e.Text)
		}
		c.ExpectError("removed")
		wantClose(t, c, 4001, "removed")
	})
}

func TestDashboard_IsToldWhatWentWrong(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		for _, row := range []struct{ frame, code, action, id string }{
			{`{"action":"dance","id":"1"}`, "unknown_action", "dance", "1"},
			{`{"action":"hello","id":"1"}`, "unknown_action", "hello", "1"},
			{`[]`, "bad_frame", "", ""},
			{`{"action":7,"id":"1"}`, "bad_frame", "", "1"},
			{`{"action":"broadcast","id":"1"}`, "bad_frame", "broadcast", "1"},
			{`{"action":"broadcast","id":"1","message":7}`, "bad_frame", "broadcast", "1"},
			{`{"action":"broadcast","id":"1","message":"x","topic":"nowhere"}`, "unknown_topic", "broadcast", "1"},
			{`{"action":"clients","id":"1","since":"x"}`, "bad_frame", "clients", "1"},
			{`{"action":"clients","id":"1","conns":[-1]}`, "bad_frame", "clients", "1"},
			{`{"action":"history","id":"1","limit":"x"}`, "bad_frame", "history", "1"},
			{`{"action":"disconnect","id":"1","user_id":"nobody"}`, "unknown_user", "disconnect", "1"},
			{`{"action":"disconnect","id":"1","user_id":[]}`, "bad_frame", "disconnect", "1"},
			{`{"action":"create_topic","id":"1","topic":"general"}`, "topic_exists", "create_topic", "1"},
			{`{"action":"create_topic","id":"1","topic":{}}`, "bad_frame", "create_topic", "1"},
			{`{"action":"set_name","id":"1","name":"` + strings.Repeat("x", 65) + `"}`, "too_large", "set_name", "1"},
			{`{"action":"set_name","id":"1","name":[]}`, "bad_frame", "set_name", "1"},
			{`{"action":"set_address","id":"1","host":[]}`, "bad_frame", "set_address", "1"},
		} {
			d.SendText(row.frame)
			if f := d.ExpectError(row.code); f.Action != row.action || f.ID != row.id || f.Message == "" {
				t.Errorf("%s: answered %s", row.frame, f.Text)
			}
		}
		d.SendText(`{"action":"stats"}`) // without an id it is answered all the same
		if f := d.Expect("result"); f.ID != "" {
			t.Errorf("result %s", f.Text)
		}
	})
}

func TestDashboard_LogThatFailsIsAnInternalError(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		e := d.Ask("history", nil, nil)
		if e == nil || e.Code != "internal" || strings.Contains(e.Text, "secret") {
			t.Errorf("answered %+v", e)
		}
	}, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return brokenLog{Log: msglog.NewMemory()}, nil }
	})
}

func TestDashboard_SilentIsGoneAndBadUTF8Ends(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		d.SendText("{\"action\":\"\xff\"}")
		wantClose(t, d, websocket.CloseInvalidFramePayloadData, "")
		stays := r.dashboard()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if stays.Closed() {
			t.Error("a dashboard that answers pings is gone")
		}
	})
}

func TestHistory_PagesThroughEverything(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		for range 450 {
			r.say("x")
		}
		c.Notify("1", "", "mine")
		seen, before := 0, uint64(0)
		for {
			page, err := r.History(t.Context(), operator.HistoryQuery{Before: before, Limit: 1000})
			if err != nil || len(page.Messages) > 200 {
				t.Fatalf("%d messages, error %v", len(page.Messages), err)
			}
			seen += len(page.Messages)
			if !page.More {
				break
			}
			before = page.Messages[0].Seq
		}
		if seen != 451 {
			t.Errorf("%d messages, want 451", seen)
		}
		page, err := r.History(t.Context(), operator.HistoryQuery{UserID: "ana"})
		if err != nil || len(page.Messages) != 1 || page.Messages[0].Message != "mine" {
			t.Errorf("of one person: %+v, error %v", page, err)
		}
		if b, _ := json.Marshal(operator.HistoryPage{Messages: []wire.Message{}}); string(b) != `{"messages":[],"more":false}` {
			t.Errorf("an empty page reads %s", b)
		}
	})
}

func TestHistory_PageEndsAt256KiB(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for range 6 {
			r.say(strings.Repeat("x", wsserver.MaxMessage))
		}
		page, err := r.History(t.Context(), operator.HistoryQuery{})
		if err != nil || len(page.Messages) != 4 || !page.More {
			t.Errorf("%d messages, more %v, error %v", len(page.Messages), page.More, err)
		}
	})
}

// brokenLog gives no pages.
type brokenLog struct{ msglog.Log }

func (l brokenLog) Page(context.Context, msglog.Query) ([]*msglog.Entry, bool, error) {
	return nil, false, errors.New("secret: disk on fire")
}
