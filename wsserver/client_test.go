package wsserver_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// The oldest clients know two frames and one answer, and nothing else is ever sent by them.
func TestOldestClients_WorkWithTheirTwoFrames(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		c := wstest.Dial(t, r.listen.Dial, "/ws/client", nil)
		if f := c.Expect("counts"); f.Text != `{"type":"counts","subscribers":0,"clients":1}` {
			t.Errorf("first frame %s", f.Text)
		}
		waitIdle()
		c.Drain()
		c.SendText(`{"action":"subscribe","user_id":"abc123"}`)
		if f := c.Expect("counts"); f.Text != `{"type":"counts","subscribers":1,"clients":1}` {
			t.Errorf("answer to subscribe %s", f.Text)
		}
		c.SendText(`{"action":"notify","message":"Hello from the client!"}`)
		if m := d.Expect("message"); m.Message != "Hello from the client!" || m.From.UserID != "abc123" || m.Audience != "private" {
			t.Errorf("the operator is shown %s", m.Text)
		}
		c.Expect("message") // a sender's own devices see it
		r.say("to everyone")
		r.broadcast(operator.Broadcast{Message: "to general", Topic: "general"})
		wantMessages(t, c, "to everyone", "to general")
	})
}

func TestNotify_BeforeSubscribeReachesTheOperator(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, c := r.dashboard(), r.client()
		c.SendText(`{"action":"notify","message":"first thing said"}`)
		if m := d.Expect("message"); m.Message != "first thing said" || !strings.HasPrefix(m.From.UserID, "guest-") || m.UserID != m.From.UserID {
			t.Errorf("the operator is shown %s", m.Text)
		}
		synctest.Wait()
		for _, f := range c.Drain() {
			if f.Type == "accepted" || f.Type == "error" {
				t.Errorf("without an id nothing is answered, got %s", f.Text)
			}
		}
	})
}

func TestSubscribe_BareMeansGeneralAndEveryone(t *testing.T) {
	for _, frame := range []string{`{"action":"subscribe"}`, `{"action":"subscribe","topics":[]}`, `{"action":"subscribe","topics":null}`} {
		inRoom(t, func(t *testing.T, r *room) {
			r.topic("kitchen", "open")
			c := r.client()
			r.say("before")
			c.SendText(frame)
			c.ExpectCounts(1, 1)
			r.say("everyone")
			r.broadcast(operator.Broadcast{Message: "general", Topic: "general"})
			r.broadcast(operator.Broadcast{Message: "kitchen", Topic: "kitchen"})
			wantMessages(t, c, "everyone", "general")
		})
	}
}

func TestSubscribe_AnsweredByCountsEachTime(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		c.Subscribe()
		waitIdle()
		c.Drain()
		c.SendText(`{"action":"subscribe"}`)
		synctest.Wait()
		if got := c.Drain(); len(got) != 1 || got[0].Text != `{"type":"counts","subscribers":1,"clients":1}` {
			t.Errorf("answer to a second subscribe: %v", got)
		}
	})
}

func TestSubscribe_UnknownTopicJoinsNone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		c.SendText(`{"action":"subscribe","topics":["general","nowhere"]}`)
		if f := c.ExpectError("unknown_topic"); f.Action != "subscribe" {
			t.Errorf("error %s does not name its action", f.Text)
		}
		if s := r.State(); s.Subscribers != 0 {
			t.Errorf("%d subscribers, want none", s.Subscribers)
		}
		r.broadcast(operator.Broadcast{Message: "x", Topic: "general"})
		wantMessages(t, c)
	})
}

func TestSubscribe_NeverBeyond32Topics(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		var names []string
		for i := range 33 {
			names = append(names, "t"+string(rune('a'+i%26))+string(rune('a'+i/26)))
			r.topic(names[i], "open")
		}
		c := r.client()
		c.Send(map[string]any{"action": "subscribe", "topics": names})
		c.ExpectError("too_large")
		c.Subscribe(names[:31]...)
		c.Subscribe(names[30:32]...) // one of them again
		c.Send(map[string]any{"action": "subscribe", "topics": names[32:]})
		c.ExpectError("too_large")
		if got := r.Clients(operator.ClientsQuery{}).Clients[0].Topics; len(got) != 32 {
			t.Errorf("in %d topics, want 32", len(got))
		}
	})
}

// Names are cheap to write: what a frame asks to be looked up is bounded, also outside a room that is not open.
func TestFrames_NameABoundedNumberOfTopics(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		names := make([]string, 60_000)
		for i := range names {
			names[i] = itoa(uint64(i))
		}
		c := r.client()
		for range 2 {
			for _, action := range []string{"hello", "subscribe", "unsubscribe"} {
				c.Send(map[string]any{"action": action, "user_id": "ana", "topics": names})
				if f := c.Expect("error"); f.Code != "too_large" && f.Code != "not_allowed" {
					t.Errorf("%s: %s", action, f.Text)
				}
			}
			r.access("code")
			c = r.pending()
		}
	})
}

func TestUnsubscribe_LeavesTheNamedOrAll(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		c := r.client()
		c.Subscribe("general", "kitchen")
		c.SendText(`{"action":"unsubscribe","topics":["kitchen","nowhere"]}`)
		synctest.Wait()
		r.broadcast(operator.Broadcast{Message: "no", Topic: "kitchen"})
		r.broadcast(operator.Broadcast{Message: "yes", Topic: "general"})
		wantMessages(t, c, "yes")
		c.SendText(`{"action":"unsubscribe"}`)
		c.ExpectCounts(0, 1)
		r.broadcast(operator.Broadcast{Message: "general", Topic: "general"})
		r.say("everyone") // a client without topics and without a hello is no recipient
		wantMessages(t, c)
		c.SendText(`{"action":"unsubscribe"}`) // of nothing
		c.Subscribe()
		r.say("again")
		wantMessages(t, c, "again")
	})
}

func TestHello_StaysAmongEveryoneWithoutTopics(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		c.SendText(`{"action":"unsubscribe"}`)
		c.ExpectCounts(0, 1)
		r.say("everyone")
		wantMessages(t, c, "everyone")
	})
}

func TestNotify_AcceptedOnlyWithAnID(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		c.SendText(`{"action":"notify","message":"without","topic":"general"}`)
		c.SendText(`{"action":"notify","message":"with","topic":"general","id":"m1","reply_to":1}`)
		synctest.Wait()
		var accepted []wstest.Frame
		for _, f := range c.Drain() {
			switch {
			case f.Type == "accepted":
				accepted = append(accepted, f)
			case f.Message == "without" && strings.Contains(f.Text, `"id"`):
				t.Errorf("a message without an id carries one: %s", f.Text)
			case f.Message == "with" && (f.ID != "m1" || f.ReplyTo != 1):
				t.Errorf("the message lost its id or reply_to: %s", f.Text)
			}
		}
		if len(accepted) != 1 || accepted[0].ID != "m1" || accepted[0].Seq != 2 || accepted[0].Time == "" {
			t.Errorf("accepted %v, want one of m1 as seq 2", accepted)
		}
	})
}

func TestNotify_SameIDTwiceIsAcceptedOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana", "general"), r.person("ben", "general")
		first := ana.Notify("m1", "general", "hello")
		r.say("between")
		other := r.person("ana") // another device of the same person
		if again := other.Notify("m1", "general", "hello"); again != first {
			t.Errorf("second answer has seq %d, want the first's %d", again, first)
		}
		if mine := ben.Notify("m1", "general", "Ben's own"); mine != first+2 {
			t.Errorf("another person's same id: seq %d, want %d", mine, first+2)
		}
		synctest.Wait()
		ana.Drain()
		ben.Drain()
		ana.Send(map[string]any{"action": "notify", "id": "m1", "topic": "general", "message": "other words"})
		if f := ana.ExpectError("id_conflict"); f.ID != "m1" || f.Action != "notify" {
			t.Errorf("error %s does not name the frame", f.Text)
		}
		wantMessages(t, ben)
	})
}

func TestFrames_ThatAreWrongAreAnsweredOnceAndLiveOn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		for _, row := range []struct{ frame, code, action, id string }{
			{`{"action":"dance"}`, "unknown_action", "dance", ""},
			{`{"action":"dance","id":"7"}`, "unknown_action", "dance", "7"},
			{`{}`, "unknown_action", "", ""},
			{`{"action":null}`, "unknown_action", "", ""},
			{`{"action":"HELLO"}`, "unknown_action", "HELLO", ""},
			{`{"action":"read","seq":1}`, "not_allowed", "read", ""},
			{`{"action":"ack","seq":1}`, "not_allowed", "ack", ""},
			{`{"action":"hello","token":"short"}`, "bad_frame", "hello", ""},
			{`{"action":"hello","since":-1}`, "bad_frame", "hello", ""},
			{`{"action":"history","limit":-1,"id":"h"}`, "bad_frame", "history", "h"},
			{`{"action":"history","topic":"nowhere","id":"h"}`, "unknown_topic", "history", "h"},
			{`null`, "bad_frame", "", ""},
			{`[]`, "bad_frame", "", ""},
			{`[{"action":"hello"}]`, "bad_frame", "", ""},
			{`"hello"`, "bad_frame", "", ""},
			{`7`, "bad_frame", "", ""},
			{``, "bad_frame", "", ""},
			{`  `, "bad_frame", "", ""},
			{`{`, "bad_frame", "", ""},
			{`{"action":"hello"} {}`, "bad_frame", "", ""},
			{`{"action":"hello"`, "bad_frame", "", ""},
			{`{"action":5}`, "bad_frame", "", ""},
			{`{"action":"notify","message":5,"id":"8"}`, "bad_frame", "notify", "8"},
			{`{"action":"notify","message":["x"],"id":8}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":{}}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":null}`, "bad_frame", "notify", ""},
			{`{"action":"notify"}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":""}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":"x","reply_to":-1}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":"x","reply_to":1.5}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":"x","reply_to":99999999999999999999}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":"x","reply_to":9223372036854775808,"id":"n"}`, "bad_frame", "notify", "n"},
			{`{"action":"notify","message":"x","reply_to":1e30}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":"x","reply_to":1e999999}`, "bad_frame", "notify", ""},
			{`{"action":"notify","message":"x","reply_to":"1"}`, "bad_frame", "notify", ""},
			{`{"action":"hello","since":18446744073709551615}`, "bad_frame", "hello", ""},
			{`{"action":"subscribe","since":9223372036854775808}`, "bad_frame", "subscribe", ""},
			{`{"action":"history","before":9223372036854775808,"id":"h"}`, "bad_frame", "history", "h"},
			{`{"action":"history","limit":9223372036854775808,"id":"h"}`, "bad_frame", "history", "h"},
			{`{"action":"history","limit":0.5,"id":"h"}`, "bad_frame", "history", "h"},
			{`{"action":"ack","seq":9223372036854775808}`, "bad_frame", "ack", ""},
			{`{"action":"read","seq":18446744073709551615}`, "bad_frame", "read", ""},
			{`{"action":"received","seq":-0.1}`, "bad_frame", "received", ""},
			{`{"action":"leave","seq":9223372036854775808}`, "bad_frame", "leave", ""},
			{`{"action":"subscribe","topics":"general"}`, "bad_frame", "subscribe", ""},
			{`{"action":"subscribe","topics":[1]}`, "bad_frame", "subscribe", ""},
			{`{"action":"subscribe","user_id":7}`, "bad_frame", "subscribe", ""},
			{`{"action":"subscribe","user_id":"a\u0000b"}`, "bad_frame", "subscribe", ""},
			{`{"action":"hello","name":{}}`, "bad_frame", "hello", ""},
			{`{"action":"notify","message":"x","topic":"nowhere","id":"9"}`, "unknown_topic", "notify", "9"},
			{strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat(`}`, 20000), "bad_frame", "", ""},
		} {
			c.SendText(row.frame)
			f := c.ExpectError(row.code)
			if f.Action != row.action || f.ID != row.id || f.Message == "" {
				t.Errorf("%.80s: answered %s, want action %q, id %q and a sentence", row.frame, f.Text, row.action, row.id)
			}
		}
		c.SendText(`{"action":"notify","message":"alive","unknown":{"field":[1]},"id":"10"}`)
		c.Expect("message")
		c.Expect("accepted")
	})
}

// An error must not repeat large input.
func TestFrames_ErrorsAreShortWhateverWasSent(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		long := strings.Repeat("9", 300_000)
		for _, frame := range []string{
			`{"action":"` + long + `"}`, `{"action":"notify","id":"` + long + `"}`, `{"action":"notify","message":"x","reply_to":` + long + `}`,
			`{"action":5,"id":"` + long + `"}`, `{"action":"subscribe","user_id":"` + long + `"}`,
		} {
			c.SendText(frame)
			if f := c.Expect("error"); len(f.Text) > 400 {
				t.Errorf("%.40s…: an answer of %d bytes", frame, len(f.Text))
			}
		}
	})
}

func TestFrames_BinaryIsABadFrame(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		if err := c.Conn().WriteMessage(websocket.BinaryMessage, []byte(`{"action":"subscribe"}`)); err != nil {
			t.Fatal(err)
		}
		c.ExpectError("bad_frame")
		c.Subscribe()
	})
}

func TestNotify_TextOf64KiBIsTheMost(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, c := r.dashboard(), r.client()
		most := strings.Repeat("é", wsserver.MaxMessage/2) // bytes count, not letters
		c.Send(map[string]any{"action": "notify", "message": most + "x", "id": "1"})
		if f := c.ExpectError("too_large"); f.ID != "1" || f.Action != "notify" {
			t.Errorf("error %s does not name the frame", f.Text)
		}
		c.Send(map[string]any{"action": "notify", "message": most, "id": "2"})
		c.Expect("message")
		c.Expect("accepted")
		if m := d.Expect("message"); m.Message != most {
			t.Errorf("the operator is shown %d bytes, want %d", len(m.Message), len(most))
		}
	})
}

func TestFrames_IDsAreLimited(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		long := strings.Repeat("x", 65)
		for _, frame := range []map[string]any{
			{"action": "notify", "message": "x", "id": long},
			{"action": "subscribe", "user_id": long},
			{"action": "hello", "user_id": long},
			{"action": "hello", "user_id": "ana", "name": strings.Repeat("ü", 65)},
		} {
			c.Send(frame)
			c.ExpectError("too_large")
		}
		c.Hello(long[:64], strings.Repeat("ü", 64))
		c.Notify(long[:64], "", "x")
	})
}

func TestFrames_Beyond512KiBEndTheConnection(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		fits, beyond := r.client(), r.client()
		pad := func(n int) string { return `{"action":"dance"}` + strings.Repeat(" ", n-18) }
		fits.SendText(pad(wsserver.MaxFrame))
		fits.ExpectError("unknown_action")
		go beyond.SendText(pad(wsserver.MaxFrame + 1))
		wantClose(t, beyond, websocket.CloseMessageTooBig, "")
		fits.ExpectCounts(0, 1)
	})
}

func TestFrames_OfBadUTF8EndTheConnection(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		c.SendText("{\"action\":\"notify\",\"message\":\"\xff\"}")
		wantClose(t, c, websocket.CloseInvalidFramePayloadData, "UTF-8")
		if s := r.State(); s.Clients != 0 || s.Seq != 0 {
			t.Errorf("%d clients, seq %d; want none", s.Clients, s.Seq)
		}
	})
}

func TestLeave_ClosesWith1000(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		c.SendText(`{"action":"leave"}`)
		wantClose(t, c, websocket.CloseNormalClosure, "left")
		if s := r.State(); s.Clients != 0 || s.Subscribers != 0 {
			t.Errorf("%d clients, %d subscribers; want none", s.Clients, s.Subscribers)
		}
	})
}
