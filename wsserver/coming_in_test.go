package wsserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

// This file, and those named coming_in_*, hold the room that is not open to the wire: over sockets alone, each test a
// sentence of the protocol.

// access makes the room one that is come into in another way, as a dashboard does.
func (r *room) access(way string) {
	r.t.Helper()
	r.ask("set_access", map[string]any{"access": way}, nil)
}

// ask is a verb of a dashboard that must succeed.
func (r *room) ask(verb string, args map[string]any, answer any) {
	r.t.Helper()
	d := r.dashboard()
	defer d.Close()
	if e := d.Ask(verb, args, answer); e != nil {
		r.t.Fatalf("%s: %s", verb, e.Text)
	}
}

// told is what a dashboard is told of coming in.
type told struct {
	Access  string `json:"access"`
	Code    string `json:"code"`
	JoinURL string `json:"join_url"`
	Waiting int    `json:"waiting"`
	Clients int    `json:"clients"`
}

func (r *room) told() (s told) {
	r.t.Helper()
	r.ask("state", nil, &s)
	return s
}

// secret is what the QR code carries.
func (s told) secret() string {
	_, secret, _ := strings.Cut(s.JoinURL, "#code=")
	return secret
}

// wrong is six digits that are not the code.
func (s told) wrong() string {
	if s.Code == "000000" {
		return "000001"
	}
	return "000000"
}

// outsider connects where nothing is sent first.
func (r *room) outsider() *wstest.Client {
	r.t.Helper()
	return wstest.Dial(r.t, r.listen.Dial, "/ws/client", nil)
}

// hello is the frame with which a page comes in.
func hello(userID, code string) map[string]any {
	f := map[string]any{"action": "hello", "user_id": userID, "name": userID, "token": tokenOf(userID)}
	if code != "" {
		f["code"] = code
	}
	return f
}

// comesIn says hello and is in.
func comesIn(c *wstest.Client, userID, code string) wstest.Frame {
	c.Send(hello(userID, code))
	w := c.Expect("welcome")
	c.Expect("topics")
	return w
}

// isAsked says hello and is answered by an error of a code.
func isAsked(t *testing.T, c *wstest.Client, frame map[string]any, code string) wstest.Frame {
	t.Helper()
	c.Send(frame)
	f := c.ExpectError(code)
	if f.Action != "hello" || f.Message == "" {
		t.Errorf("%s does not say what it answers", f.Text)
	}
	return f
}

// wantSilence fails where the connection was sent anything at all.
func wantSilence(t *testing.T, c *wstest.Client) {
	t.Helper()
	settle()
	for _, f := range c.Drain() {
		t.Errorf("sent %s", f.Text)
	}
}

func (r *room) saysTheWay(t *testing.T, way string) {
	t.Helper()
	var about struct{ Access string }
	_, body := r.do(request(t, "GET", "/room"))
	if err := json.Unmarshal([]byte(body), &about); err != nil || about.Access != way {
		t.Errorf("/room is %s (%v), want %s", body, err, way)
	}
	if s := r.told(); s.Access != way {
		t.Errorf("the state says %q, want %q", s.Access, way)
	}
	if answer, _ := r.do(request(t, "GET", "/ws/client")); answer.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a plain GET is answered by %d", answer.StatusCode)
	}
}

var notOpen = []string{"code", "approval", "list"}

func TestComingIn_OpenIsTheDefault(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.saysTheWay(t, "open")
		comesIn(r.client(), "ana", "")
		if s := r.told(); s.Code != "" || strings.Contains(s.JoinURL, "#") || s.Waiting != 0 {
			t.Errorf("told %+v", s)
		}
	})
}

func TestComingIn_TheWayIsSaidAndChangedWhileRunning(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, way := range append(notOpen, "open", "code") {
			r.access(way)
			r.saysTheWay(t, way)
			if s := r.told(); (s.Code != "") != (way == "code") || (s.secret() != "") != (way == "code") {
				t.Errorf("%s: told %+v", way, s)
			}
		}
		if e := r.dashboard().Ask("set_access", map[string]any{"access": "closed"}, nil); e == nil || e.Code != "bad_frame" {
			t.Errorf("an unknown way is answered by %v", e)
		}
		r.saysTheWay(t, "code")
	})
}

// A connection not yet let in is not counted and is sent neither counts, topics nor messages.
func TestComingIn_WhoIsOutsideIsSentNothingAndNotCounted(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			inside := r.person("ana", "general")
			inside.ExpectCounts(1, 1)
			r.access(way)
			silent, said := r.outsider(), r.outsider()
			said.Send(hello("ben", ""))
			synctest.Wait()
			said.Drain() // what answers hello
			said.Send(map[string]any{"action": "subscribe", "topics": []string{"general"}})
			said.ExpectError("not_allowed")
			settle()
			inside.Drain()
			receipt := r.say("to everyone")
			r.broadcast(wsserver.Broadcast{Message: "to a topic", Topic: "general"})
			r.topic("kitchen", "open")
			r.ask("withdraw", map[string]any{"seq": receipt.Seq}, nil)
			other := r.client0(t, way, "cleo")
			settle()
			other.Close()
			for _, c := range []*wstest.Client{silent, said} {
				wantSilence(t, c)
			}
			if s := r.told(); s.Clients != 1 {
				t.Errorf("%s: %d clients are counted", way, s.Clients)
			}
			var list wsserver.ClientsAnswer
			r.ask("clients", nil, &list)
			if len(list.Clients) != 1 {
				t.Errorf("%s: listed %+v", way, list.Clients)
			}
		})
	}
}

// client0 lets one more person in, whose coming and going changes the counts.
func (r *room) client0(t *testing.T, way, userID string) *wstest.Client {
	t.Helper()
	c := r.outsider()
	switch way {
	case "code":
		comesIn(c, userID, r.told().Code)
	case "list":
		comesIn(c, userID, r.card(userID).Code)
	default:
		c.Send(hello(userID, ""))
		c.Expect("waiting")
		r.ask("let_in", map[string]any{"user_id": userID}, nil)
		c.Expect("welcome")
		c.Expect("topics")
	}
	return c
}

// Anything but hello gets not_allowed, and the connection lives.
func TestComingIn_AnythingButHelloIsNotAllowed(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			c := r.outsider()
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
			settle()
			c.Drain()
			comesIn(c, "ben", "")
		})
	}
}

func (r *room) messages(t *testing.T) []wsserver.Message {
	t.Helper()
	var page wsserver.HistoryPage
	r.ask("history", nil, &page)
	return page.Messages
}

// Those already inside stay when the way changes, and newcomers are asked.
func TestComingIn_WhoIsInsideStaysWhenTheWayChanges(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			person, oldest := r.person("ana", "general"), r.client()
			oldest.SendText(`{"action":"subscribe","user_id":"abc123"}`)
			oldest.Expect("counts")
			r.access(way)
			settle()
			person.Drain()
			oldest.Drain()
			said := person.Notify("1", "general", "still here")
			wantMessages(t, oldest, "still here")
			if said == 0 || r.told().Clients != 2 {
				t.Errorf("%s: %+v", way, r.told())
			}
			newcomer := r.outsider()
			newcomer.Send(hello("ben", ""))
			if way == "approval" {
				newcomer.Expect("waiting")
			} else {
				newcomer.ExpectError("code_needed")
			}
			person.Send(map[string]any{"action": "hello", "name": "Ana Maria"}) // changes the name, as ever
			person.ExpectAfter("welcome", "message")
		})
	}
}

// The oldest clients come in when it is open, and otherwise get a clear error; the time to say hello is bounded.
func TestComingIn_TheOldestClients(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			listens, speaks, waits := r.outsider(), r.outsider(), r.outsider()
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
				t.Errorf("%s: who has said hello is ended", way)
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

// Those outside come in when the room opens.
func TestComingIn_OpeningLetsThemIn(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			said, oldest := r.outsider(), r.outsider()
			said.Send(hello("ben", ""))
			synctest.Wait()
			said.Drain()
			r.access("open")
			oldest.SendText(`{"action":"subscribe","user_id":"abc123"}`)
			oldest.Expect("counts")
			settle()
			if way == "approval" {
				said.Expect("welcome")
			} else {
				said.Drain()
				comesIn(said, "ben", "")
			}
			if s := r.told(); s.Clients != 2 || s.Waiting != 0 {
				t.Errorf("%s: %+v", way, s)
			}
		})
	}
}

// A token says who one is, never that one was let in: adoption asks as any newcomer, and so does a claim made while the
// room was open.
func TestComingIn_ATokenAloneLetsNobodyIn(t *testing.T) {
	for _, way := range notOpen {
		log := wsserver.NewMemoryLog()
		inRoom(t, func(t *testing.T, r *room) {
			r.person("ana").Close() // was there when it was open, and has gone
			settle()
			r.access(way)
			for _, userID := range []string{"ana", "never-seen"} {
				c := r.outsider()
				c.Send(hello(userID, ""))
				if way == "approval" {
					c.Expect("waiting")
				} else {
					c.ExpectError("code_needed")
				}
			}
		}, withLog(log))
	}
}

// Who was let in comes back by token without asking, until removed or blocked.
func TestComingIn_WhoWasLetInComesBack(t *testing.T) {
	for _, way := range notOpen {
		log, dir := wsserver.NewMemoryLog(), t.TempDir()
		kept := func(c *wsserver.Config) { c.Dir = dir }
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			r.client0(t, way, "ana").Close()
			comesIn(r.outsider(), "ana", "")
			forged := r.outsider()
			forged.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("somebody-else")})
			if f := forged.Expect("error"); f.Code != "identity_taken" && f.Code != "code_needed" {
				t.Errorf("another token is answered by %s", f.Text)
			}
		}, withLog(log), kept)
		inRoom(t, func(t *testing.T, r *room) { // and after a restart
			r.saysTheWay(t, way)
			back := r.outsider()
			comesIn(back, "ana", "")
			r.ask("disconnect", map[string]any{"user_id": "ana", "reason": "Enough."}, nil)
			back.ExpectError("removed")
			wantClose(t, back, 4001, "")
			again := r.outsider()
			again.Send(hello("ana", ""))
			if way == "approval" {
				again.Expect("waiting")
			} else {
				again.ExpectError("code_needed")
			}
		}, withLog(log), kept)
	}
}

// Somebody who is away can be removed too.
func TestComingIn_RemovedWhileAway(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			r.client0(t, way, "ana").Close()
			settle()
			r.ask("disconnect", map[string]any{"user_id": "ana"}, nil)
			again := r.outsider()
			again.Send(hello("ana", ""))
			if way == "approval" {
				again.Expect("waiting")
			} else {
				again.ExpectError("code_needed")
			}
		})
	}
}

// Who was inside when the way changed comes back without being asked: its phone only slept.
func TestComingIn_WhoWasInsideComesBackToo(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			phone := r.person("ana")
			r.access(way)
			phone.Cut()
			settle()
			comesIn(r.outsider(), "ana", "")
		})
	}
}

func TestComingIn_TheBlockedAreNotAsked(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			c := r.client0(t, way, "ana")
			r.ask("block", map[string]any{"user_id": "ana", "reason": "No."}, nil)
			c.ExpectError("not_allowed")
			wantClose(t, c, 4003, "")
			back := r.outsider()
			back.Send(hello("ana", ""))
			if f := back.ExpectError("not_allowed"); f.Message != "No." {
				t.Errorf("told %s", f.Text)
			}
			wantClose(t, back, 4003, "")
			r.ask("unblock", map[string]any{"user_id": "ana"}, nil)
			anew := r.outsider()
			anew.Send(hello("ana", ""))
			if way == "approval" {
				anew.Expect("waiting")
			} else {
				anew.ExpectError("code_needed")
			}
		})
	}
}

// A hello that names since is answered as ever once it is let in.
func TestComingIn_ThenEverythingIsAsEver(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.say("before")
			r.access(way)
			c := r.outsider()
			frame := hello("ana", "")
			frame["topics"], frame["since"] = []string{"general"}, 0
			switch way {
			case "code":
				frame["code"] = r.told().Code
			case "list":
				frame["code"] = r.card("Ana").Code
			}
			c.Send(frame)
			if way == "approval" {
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
				t.Errorf("%s: missed %v", way, texts)
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

// Who says no user_id is given one to keep, with its token, and comes back by it.
func TestComingIn_WhoHasNoNameYetIsGivenOneToKeep(t *testing.T) {
	for _, way := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(way)
			c := r.outsider()
			frame := map[string]any{"action": "hello", "name": "Ana"}
			switch way {
			case "code":
				frame["code"] = r.told().secret()
			case "list":
				frame["code"] = r.card("Ana").Code
			}
			c.Send(frame)
			if way == "approval" {
				c.Expect("waiting")
				r.ask("let_in", map[string]any{"all": true}, nil)
			}
			w := c.Expect("welcome")
			c.Expect("topics")
			if w.UserID == "" || w.Token == "" {
				t.Fatalf("%s: welcome %s", way, w.Text)
			}
			c.Subscribe()
			c.Close()
			back := r.outsider()
			back.Send(map[string]any{"action": "hello", "user_id": w.UserID, "token": w.Token})
			back.Expect("welcome")
		})
	}
}

// What the operator did is in the audit list, and dashboards are told by revisions.
func TestComingIn_IsNoted(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		for i := range 2 {
			c := r.outsider()
			c.Send(hello(fmt.Sprint("p", i), ""))
			c.Expect("waiting")
		}
		r.ask("let_in", map[string]any{"user_id": "p0"}, nil)
		r.ask("refuse", map[string]any{"user_id": "p1", "reason": "Full."}, nil)
		r.access("code")
		r.ask("new_code", nil, nil)
		r.ask("new_secret", nil, nil)
		r.ask("add_entry", map[string]any{"name": "Ana"}, nil)
		secrets := []string{r.told().Code, r.told().secret()}
		var audit wsserver.AuditAnswer
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
