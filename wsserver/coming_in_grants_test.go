package wsserver_test

import (
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
)

// This file tests grants: they admit on return across access modes and restarts, until the operator ends them.

// A token proves an identity and is no grant: a claim, also one made while the room was open, is asked like a newcomer.
func TestGrant_ATokenAloneIsNone(t *testing.T) {
	for _, mode := range notOpen {
		log := msglog.NewMemory()
		inRoom(t, func(t *testing.T, r *room) {
			r.person("ana").Close() // was connected while the room was open
			waitIdle()
			r.access(mode)
			for _, userID := range []string{"ana", "never-seen"} {
				c := r.pending()
				c.Send(hello(userID, ""))
				wantPending(c, mode)
			}
		}, withLog(log))
	}
}

// A grant admits its token without asking, until the person is removed or blocked.
func TestGrant_AdmitsOnReturn(t *testing.T) {
	for _, mode := range notOpen {
		log, dir := msglog.NewMemory(), t.TempDir()
		kept := func(c *wsserver.Config) { c.Dir = dir }
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			r.admit(t, mode, "ana").Close()
			wantAdmitted(r.pending(), "ana", "")
			forged := r.pending()
			forged.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("somebody-else")})
			if f := forged.Expect("error"); f.Code != "identity_taken" && f.Code != "code_needed" {
				t.Errorf("another token is answered by %s", f.Text)
			}
		}, withLog(log), kept)
		inRoom(t, func(t *testing.T, r *room) { // and after a restart
			r.wantAccess(t, mode)
			back := r.pending()
			wantAdmitted(back, "ana", "")
			r.ask("disconnect", map[string]any{"user_id": "ana", "reason": "Enough."}, nil)
			back.ExpectError("removed")
			wantClose(t, back, 4001, "")
			again := r.pending()
			again.Send(hello("ana", ""))
			wantPending(again, mode)
		}, withLog(log), kept)
	}
}

// Removing a person who is away ends the grant too.
func TestGrant_EndsByRemovalWhileAway(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			r.admit(t, mode, "ana").Close()
			waitIdle()
			r.ask("disconnect", map[string]any{"user_id": "ana"}, nil)
			again := r.pending()
			again.Send(hello("ana", ""))
			wantPending(again, mode)
		})
	}
}

// People inside when the access mode changes get a grant: a phone that slept comes back without being asked.
func TestGrant_IsGivenToPeopleInsideWhenTheModeChanges(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			phone := r.person("ana")
			r.access(mode)
			phone.Cut()
			waitIdle()
			wantAdmitted(r.pending(), "ana", "")
		})
	}
}

func TestComingIn_TheBlockedAreRefused(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			c := r.admit(t, mode, "ana")
			r.ask("block", map[string]any{"user_id": "ana", "reason": "No."}, nil)
			c.ExpectError("not_allowed")
			wantClose(t, c, 4003, "")
			back := r.pending()
			back.Send(hello("ana", ""))
			if f := back.ExpectError("not_allowed"); f.Message != "No." {
				t.Errorf("told %s", f.Text)
			}
			wantClose(t, back, 4003, "")
			r.ask("unblock", map[string]any{"user_id": "ana"}, nil)
			anew := r.pending()
			anew.Send(hello("ana", ""))
			wantPending(anew, mode)
		})
	}
}

// A hello without a user_id is given one with its token, which admits on return.
func TestComingIn_WithoutAUserIDOneIsMade(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.access(mode)
			c := r.pending()
			frame := map[string]any{"action": "hello", "name": "Ana"}
			switch mode {
			case "code":
				frame["code"] = r.accessState().secret()
			case "list":
				frame["code"] = r.card("Ana").Code
			}
			c.Send(frame)
			if mode == "approval" {
				c.Expect("waiting")
				r.ask("let_in", map[string]any{"all": true}, nil)
			}
			w := c.Expect("welcome")
			c.Expect("topics")
			if w.UserID == "" || w.Token == "" {
				t.Fatalf("%s: welcome %s", mode, w.Text)
			}
			c.Subscribe()
			c.Close()
			back := r.pending()
			back.Send(map[string]any{"action": "hello", "user_id": w.UserID, "token": w.Token})
			back.Expect("welcome")
		})
	}
}

// A grant of one access mode counts in every other, also after a restart, until the person is removed or blocked.
func TestGrant_CountsInEveryAccessMode(t *testing.T) {
	for _, first := range notOpen {
		for _, then := range notOpen {
			log, dir := msglog.NewMemory(), t.TempDir()
			kept := func(c *wsserver.Config) { c.Dir = dir }
			inRoom(t, func(t *testing.T, r *room) {
				r.access(first)
				r.admit(t, first, "ana").Close()
				r.admit(t, first, "ben").Close()
				r.access(then)
				wantAdmitted(r.pending(), "ana", "")
			}, withLog(log), kept)
			inRoom(t, func(t *testing.T, r *room) {
				r.access("open")
				r.access(then)
				ana := r.pending()
				wantAdmitted(ana, "ana", "")
				wantAdmitted(r.pending(), "ben", "")
				r.ask("block", map[string]any{"user_id": "ana"}, nil)
				r.ask("disconnect", map[string]any{"user_id": "ben"}, nil)
				r.ask("unblock", map[string]any{"user_id": "ana"}, nil)
				for _, userID := range []string{"ana", "ben"} {
					back := r.pending()
					back.Send(hello(userID, ""))
					wantPending(back, then)
				}
			}, withLog(log), kept)
		}
	}
}

// A place in the lobby keeps its identity, whatever other hellos its connection sends.
func TestLobby_ARefusedHelloKeepsThePlace(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		ana := r.enterLobby("ana")
		wantRefused(t, ana, hello("ben", ""), "not_allowed")
		taken := hello("ana", "")
		taken["name"] = "Operator"
		wantRefused(t, ana, taken, "name_refused")
		time.Sleep(11 * time.Minute)
		if ids := waitingIDs(r.lobby()); ana.Closed() || len(ids) != 1 || ids[0] != "ana" || !r.lobby()[0].Connected {
			t.Errorf("%v wait", ids)
		}
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		if w := ana.Expect("welcome"); w.UserID != "ana" {
			t.Errorf("welcome %s", w.Text)
		}
	})
}

// A token of the server that is not bound yet is refused for good too, once its person is freed.
func TestFree_ATokenThatIsNotBoundYet(t *testing.T) {
	log := msglog.NewMemory()
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

// The oldest clients, which prove nothing, read nothing of the conversation of a person who was freed.
func TestFree_ABareSubscribeReadsNothingOfIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana").Notify("1", "", "a secret")
		r.broadcast(operator.Broadcast{Message: "an answer", UserID: "ana"})
		r.ask("free", map[string]any{"user_id": "ana"}, nil)
		c := r.client()
		c.SendText(`{"action":"subscribe","user_id":"ana","since":0}`)
		readsNothing(t, c)
	})
}

// However a claim and unproved connections cross, none of them stays in the person.
func TestClaim_DemotesEveryUnprovedConnection(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 60 {
			id := "p" + itoa(uint64(i))
			owner, bare, early := r.client(), r.client(), r.client()
			go owner.SendText(`{"action":"hello","user_id":"` + id + `","token":"` + tokenOf(id) + `"}`)
			go bare.SendText(`{"action":"subscribe","user_id":"` + id + `"}`)
			go early.SendText(`{"action":"hello","user_id":"` + id + `"}`)
			waitIdle()
			n := 0
			for _, c := range r.Clients(operator.ClientsQuery{}).Clients {
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
