package wsserver_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

// This file is who comes back, and who must not: across ways, restarts and what the operator decided meanwhile.

// Who was let in by one way comes back by every other, also after a restart, until removed or blocked.
func TestComingIn_WhoWasLetInComesBackWhateverTheWay(t *testing.T) {
	for _, first := range notOpen {
		for _, then := range notOpen {
			log, dir := wsserver.NewMemoryLog(), t.TempDir()
			kept := func(c *wsserver.Config) { c.Dir = dir }
			inRoom(t, func(t *testing.T, r *room) {
				r.access(first)
				r.client0(t, first, "ana").Close()
				r.client0(t, first, "ben").Close()
				r.access(then)
				comesIn(r.outsider(), "ana", "")
			}, withLog(log), kept)
			inRoom(t, func(t *testing.T, r *room) {
				r.access("open")
				r.access(then)
				ana := r.outsider()
				comesIn(ana, "ana", "")
				comesIn(r.outsider(), "ben", "")
				r.ask("block", map[string]any{"user_id": "ana"}, nil)
				r.ask("disconnect", map[string]any{"user_id": "ben"}, nil)
				r.ask("unblock", map[string]any{"user_id": "ana"}, nil)
				for _, userID := range []string{"ana", "ben"} {
					back := r.outsider()
					back.Send(hello(userID, ""))
					if then == "approval" {
						back.Expect("waiting")
					} else {
						back.ExpectError("code_needed")
					}
				}
			}, withLog(log), kept)
		}
	}
}

// What a seat was taken as holds, whatever else is said on its connection.
func TestLobby_ASeatIsNotLostByARefusedHello(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("cleo")
		r.access("approval")
		ana := r.waits("ana")
		isAsked(t, ana, hello("ben", ""), "not_allowed")
		taken := hello("ana", "")
		taken["name"] = "cleo"
		isAsked(t, ana, taken, "identity_taken")
		taken["name"] = "Operator"
		isAsked(t, ana, taken, "name_refused")
		time.Sleep(11 * time.Minute)
		if ids := whoWaits(r.lobby()); ana.Closed() || len(ids) != 1 || ids[0] != "ana" || !r.lobby()[0].Connected {
			t.Errorf("%v wait", ids)
		}
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		if w := ana.Expect("welcome"); w.UserID != "ana" {
			t.Errorf("welcome %s", w.Text)
		}
	})
}

// A token that the server made and that nothing has bound yet is refused for good too, once its person is freed.
func TestFree_ATokenThatIsNotBoundYet(t *testing.T) {
	log := wsserver.NewMemoryLog()
	var token string
	refused := func(r *room) {
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": token})
		if f := c.ExpectError("identity_taken"); f.Field != "user_id" {
			r.t.Errorf("told %s", f.Text)
		}
	}
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.client()
		token = ana.Hello("ana", "Ana").Token
		r.ask("free", map[string]any{"user_id": "ana"}, nil)
		ana.ExpectError("removed")
		wantClose(t, ana, 4001, "")
		refused(r)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { refused(r) }, withLog(log))
}

// The oldest clients, who prove nothing, read nothing of a conversation of somebody who was freed.
func TestFree_ABareSubscribeReadsNothingOfIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana").Notify("1", "", "a secret")
		r.broadcast(wsserver.Broadcast{Message: "an answer", UserID: "ana"})
		r.ask("free", map[string]any{"user_id": "ana"}, nil)
		c := r.client()
		c.SendText(`{"action":"subscribe","user_id":"ana","since":0}`)
		missed, _ := c.Recovery()
		for _, f := range missed {
			if f.Type == "message" {
				t.Errorf("was sent %s", f.Text)
			}
		}
		c.SendText(`{"action":"history","id":"h"}`)
		if h := c.Expect("history"); len(h.Messages) != 0 {
			t.Errorf("reads %s", h.Text)
		}
	})
}

// However a claim and those who prove nothing cross, nobody else stays in the person.
func TestClaim_NobodySlipsInBesideIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 60 {
			id := "p" + itoa(uint64(i))
			owner, bare, early := r.client(), r.client(), r.client()
			go owner.SendText(`{"action":"hello","user_id":"` + id + `","token":"` + tokenOf(id) + `"}`)
			go bare.SendText(`{"action":"subscribe","user_id":"` + id + `"}`)
			go early.SendText(`{"action":"hello","user_id":"` + id + `"}`)
			settle()
			n := 0
			for _, c := range r.Clients(wsserver.ClientsQuery{}).Clients {
				if c.UserID == id {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%d connections are one person", n)
			}
			owner.Close()
			bare.Close()
			early.Close()
		}
	})
}

// A plain GET is answered as a handshake is, whatever stands against it.
func TestPlainGet_SaysWhyAHandshakeIsRefused(t *testing.T) {
	evil := http.Header{"Origin": {"http://evil.example"}}
	for name, row := range map[string]struct {
		status int
		code   string
		retry  bool
		header http.Header
		before func(r *room)
	}{
		"another page": {403, "not_allowed", false, evil, func(*room) {}},
		"blocked": {403, "not_allowed", false, nil, func(r *room) {
			r.ask("block", map[string]any{"address": "127.0.0.1"}, nil)
		}},
		"too many": {429, "too_many_connections", true, nil, func(r *room) { r.client(); r.client() }},
		"too fast": {429, "rate_limited", true, nil, func(r *room) {
			r.client().Close()
			r.client().Close()
			synctest.Wait()
		}},
		"full": {503, "full", true, nil, func(r *room) {
			r.ask("set_settings", map[string]any{"max_connections": 1}, nil)
			r.client()
		}},
	} {
		inRoom(t, func(t *testing.T, r *room) {
			row.before(r)
			_, answer, err := wstest.TryDial(t, r.listen.Dial, "/ws/client", row.header)
			if err == nil || answer.StatusCode != row.status {
				t.Fatalf("%s: a handshake is answered by %v", name, err)
			}
			q := request(t, "GET", "/ws/client")
			for k, v := range row.header {
				q.Header[k] = v
			}
			plain, body := r.do(q)
			code, retry := refused(t, body)
			if plain.StatusCode != row.status || code != row.code || (retry > 0) != row.retry {
				t.Errorf("%s: a plain GET is answered by %d %s", name, plain.StatusCode, body)
			}
			if (plain.Header.Get("Retry-After") != "") != row.retry {
				t.Errorf("%s: Retry-After %q", name, plain.Header.Get("Retry-After"))
			}
		}, func(c *wsserver.Config) { c.MaxPerAddress = 2 })
	}
}

// The operator is told of digits that changed by themselves until they say that they have read it.
func TestComingInByCode_TheOperatorIsToldThatItChanged(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		c, wrong := r.outsider(), r.told().wrong()
		for range 200 {
			isAsked(t, c, hello("eve", wrong), "code_wrong")
		}
		if n := r.State().Notice; n == nil || n.Code != "code_changed" || n.Message == "" || n.Since == "" {
			t.Errorf("told %+v", n)
		}
		if err := r.DismissNotice(context.Background()); err != nil || r.State().Notice != nil {
			t.Errorf("dismissed: %v, %+v", err, r.State().Notice)
		}
	})
}
