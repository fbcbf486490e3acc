package wsserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// This file, and those named coming_in_*, test rooms that are not open, over the wire alone: each test is a sentence of
// the protocol.

func TestComingIn_OpenIsTheDefault(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.wantAccess(t, "open")
		wantAdmitted(r.client(), "ana", "")
		if s := r.accessState(); s.Code != "" || strings.Contains(s.JoinURL, "#") || s.Waiting != 0 {
			t.Errorf("told %+v", s)
		}
	})
}

func TestComingIn_AccessModeIsShownAndChangedWhileRunning(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, mode := range append(notOpen, "open", "code") {
			r.access(mode)
			r.wantAccess(t, mode)
			if s := r.accessState(); (s.Code != "") != (mode == "code") || (s.secret() != "") != (mode == "code") {
				t.Errorf("%s: told %+v", mode, s)
			}
		}
		if e := r.dashboard().Ask("set_access", map[string]any{"access": "closed"}, nil); e == nil || e.Code != "bad_frame" {
			t.Errorf("an unknown way is answered by %v", e)
		}
		r.wantAccess(t, "code")
	})
}

// A pending connection is not counted and is sent neither counts, topics nor messages.
func TestComingIn_PendingIsSentNothingAndNotCounted(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			inside := r.person("ana", "general")
			inside.ExpectCounts(1, 1)
			r.access(mode)
			silent, said := r.pending(), r.pending()
			said.Send(hello("ben", ""))
			synctest.Wait()
			said.Drain() // the answers to hello
			said.Send(map[string]any{"action": "subscribe", "topics": []string{"general"}})
			said.ExpectError("not_allowed")
			waitIdle()
			inside.Drain()
			receipt := r.say("to everyone")
			r.broadcast(operator.Broadcast{Message: "to a topic", Topic: "general"})
			r.topic("kitchen", "open")
			r.ask("withdraw", map[string]any{"seq": receipt.Seq}, nil)
			other := r.admit(t, mode, "cleo")
			waitIdle()
			other.Close()
			for _, c := range []*wstest.Client{silent, said} {
				wantSilence(t, c)
			}
			if s := r.accessState(); s.Clients != 1 {
				t.Errorf("%s: %d clients are counted", mode, s.Clients)
			}
			var list operator.ClientsAnswer
			r.ask("clients", nil, &list)
			if len(list.Clients) != 1 {
				t.Errorf("%s: listed %+v", mode, list.Clients)
			}
		})
	}
}

// Anything but hello gets not_allowed, and the connection lives.
func TestComingIn_AnythingButHelloIsNotAllowed(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			c := r.pending()
			for _, action := range []string{"subscribe", "unsubscribe", "notify", "history", "received", "read", "ack", "leave"} {
				c.Send(map[string]any{"action": action, "id": "i-" + action, "message": "x", "seq": 1, "user_id": "ben"})
				if f := c.ExpectError("not_allowed"); f.Action != action || f.ID != "i-"+action {
					t.Errorf("%s is answered by %s", action, f.Text)
				}
			}
			c.SendText("{")
			c.ExpectError("bad_frame")
			if len(r.messages(t)) != 0 {
				t.Error("a message from outside is kept")
			}
			r.access("open")
			waitIdle()
			c.Drain()
			wantAdmitted(c, "ben", "")
		})
	}
}

// People inside stay when the access mode changes, and newcomers are asked.
func TestComingIn_PeopleInsideStayWhenTheModeChanges(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			person, oldest := r.person("ana", "general"), r.client()
			oldest.SendText(`{"action":"subscribe","user_id":"abc123"}`)
			oldest.Expect("counts")
			r.access(mode)
			waitIdle()
			person.Drain()
			oldest.Drain()
			said := person.Notify("1", "general", "still here")
			wantMessages(t, oldest, "still here")
			if said == 0 || r.accessState().Clients != 2 {
				t.Errorf("%s: %+v", mode, r.accessState())
			}
			newcomer := r.pending()
			newcomer.Send(hello("ben", ""))
			wantPending(newcomer, mode)
			person.Send(map[string]any{"action": "hello", "name": "Ana Maria"}) // changes the name, as ever
			person.ExpectAfter("welcome", "message")
		})
	}
}

// The oldest clients are admitted to an open room, and otherwise get an error; the time to say hello is bounded.
func TestComingIn_TheOldestClients(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			listens, speaks, waits := r.pending(), r.pending(), r.pending()
			speaks.SendText(`{"action":"notify","message":"Hello from the client!"}`)
			if f := speaks.ExpectError("not_allowed"); len(f.Message) < 20 {
				t.Errorf("not clear: %s", f.Text)
			}
			waits.Send(hello("ben", ""))
			time.Sleep(29 * time.Second)
			if listens.Closed() || speaks.Closed() {
				t.Fatal("closed before the time to say hello is over")
			}
			time.Sleep(3 * time.Second)
			synctest.Wait()
			for _, c := range []*wstest.Client{listens, speaks} {
				if f := c.ExpectError("hello_needed"); f.Action != "" || len(f.Message) < 20 {
					t.Errorf("not clear: %s", f.Text)
				}
				wantClose(t, c, 4002, "") // it may be a phone that froze before its hello
			}
			if waits.Closed() {
				t.Errorf("%s: who has said hello is ended", mode)
			}
		})
	}
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		time.Sleep(5 * time.Minute)
		if c.Closed() {
			t.Error("there is a time to say hello in an open room")
		}
		c.SendText(`{"action":"subscribe","user_id":"abc123"}`)
		c.ExpectCounts(1, 1)
	})
}

// Pending connections are admitted when the room opens.
func TestComingIn_OpeningAdmitsPending(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			said, oldest := r.pending(), r.pending()
			said.Send(hello("ben", ""))
			synctest.Wait()
			said.Drain()
			r.access("open")
			oldest.SendText(`{"action":"subscribe","user_id":"abc123"}`)
			oldest.Expect("counts")
			waitIdle()
			if mode == "approval" {
				said.Expect("welcome")
			} else {
				said.Drain()
				wantAdmitted(said, "ben", "")
			}
			if s := r.accessState(); s.Clients != 2 || s.Waiting != 0 {
				t.Errorf("%s: %+v", mode, s)
			}
		})
	}
}

// A hello with since is answered by its recovery once it is admitted.
func TestComingIn_RecoveryFollowsAdmission(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.say("before")
			r.access(mode)
			c := r.pending()
			frame := hello("ana", "")
			frame["topics"], frame["since"] = []string{"general"}, 0
			switch mode {
			case "code":
				frame["code"] = r.accessState().Code
			case "list":
				frame["code"] = r.card("Ana").Code
			}
			c.Send(frame)
			if mode == "approval" {
				c.Expect("waiting")
				r.ask("let_in", map[string]any{"all": true}, nil)
			}
			c.Expect("welcome")
			c.Expect("topics")
			missed, _ := c.Recovery()
			texts := []string{}
			for _, f := range missed {
				if f.Type == "message" {
					texts = append(texts, f.Message)
				}
			}
			if !slices.Equal(texts, []string{"before"}) {
				t.Errorf("%s: missed %v", mode, texts)
			}
			c.ExpectCounts(1, 1)
			r.say("live")
			if f := c.Expect("message"); f.Message != "live" {
				t.Errorf("sent %s", f.Text)
			}
			c.Notify("1", "general", "mine")
		})
	}
}

// The operator's decisions are in the audit list and raise revisions.
func TestComingIn_IsAudited(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		for i := range 2 {
			c := r.pending()
			c.Send(hello(fmt.Sprint("p", i), ""))
			c.Expect("waiting")
		}
		r.ask("let_in", map[string]any{"user_id": "p0"}, nil)
		r.ask("refuse", map[string]any{"user_id": "p1", "reason": "Full."}, nil)
		r.access("code")
		r.ask("new_code", nil, nil)
		r.ask("new_secret", nil, nil)
		r.ask("add_entry", map[string]any{"name": "Ana"}, nil)
		secrets := []string{r.accessState().Code, r.accessState().secret()}
		var audit operator.AuditAnswer
		r.ask("audit", nil, &audit)
		var what []string
		for _, e := range audit.Entries {
			what = append(what, e.What)
			text, _ := json.Marshal(e)
			for _, s := range secrets {
				if strings.Contains(string(text), s) {
					t.Errorf("a secret is in the audit list: %s", text)
				}
			}
		}
		for _, want := range []string{"let_in", "refused", "setting"} {
			if !slices.Contains(what, want) {
				t.Errorf("%v lacks %s", what, want)
			}
		}
		if n := len(slices.DeleteFunc(what, func(w string) bool { return w == "signed_in" })); n < 7 {
			t.Errorf("noted %v", what)
		}
	})
}
