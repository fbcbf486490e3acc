package wsserver_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

// waiting is a person in the lobby, as dashboards are sent it.
type waiting struct {
	UserID    string `json:"user_id"`
	Name      string `json:"name"`
	Address   string `json:"address"`
	Browser   string `json:"browser"`
	Since     string `json:"since"`
	Connected bool   `json:"connected"`
}

func (r *room) lobby() []waiting {
	r.t.Helper()
	var a struct{ Waiting []waiting }
	r.ask("lobby", nil, &a)
	if a.Waiting == nil {
		r.t.Error("the lobby is null")
	}
	if n := r.accessState().Waiting; n != len(a.Waiting) {
		r.t.Errorf("%d wait, but the state says %d", len(a.Waiting), n)
	}
	return a.Waiting
}

func waitingIDs(list []waiting) (ids []string) {
	for _, p := range list {
		ids = append(ids, p.UserID)
	}
	return ids
}

// enterLobby says hello and expects waiting.
func (r *room) enterLobby(userID string) *wstest.Client {
	r.t.Helper()
	c := r.pending()
	c.Send(hello(userID, ""))
	c.Expect("waiting")
	return c
}

func TestLobby_AdmitsOrRefuses(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		ana, ben := r.enterLobby("ana"), r.enterLobby("ben")
		list := r.lobby()
		if ids := waitingIDs(list); !slices.Equal(ids, []string{"ana", "ben"}) {
			t.Fatalf("%v wait", ids)
		}
		if p := list[0]; p.Name != "ana" || p.Address != "127.0.0.1" || p.Since == "" || !p.Connected {
			t.Errorf("listed %+v", p)
		}
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		if w := ana.Expect("welcome"); w.UserID != "ana" {
			t.Errorf("welcome %s", w.Text)
		}
		ana.Expect("topics")
		ana.ExpectCounts(0, 1)
		r.ask("refuse", map[string]any{"user_id": "ben", "reason": "Staff only."}, nil)
		if f := ben.ExpectError("not_allowed"); f.Message != "Staff only." {
			t.Errorf("told %s", f.Text)
		}
		wantClose(t, ben, 4003, "")
		if list := r.lobby(); len(list) != 0 {
			t.Errorf("%v still wait", list)
		}
		for _, verb := range []string{"let_in", "refuse"} {
			if e := r.dashboard().Ask(verb, map[string]any{"user_id": "nobody"}, nil); e == nil || e.Code != "unknown_user" {
				t.Errorf("%s of nobody: %v", verb, e)
			}
		}
	})
}

func TestLobby_AllAtOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		var in, out []*wstest.Client
		for i := range 5 {
			in = append(in, r.enterLobby(fmt.Sprint("in", i)))
		}
		r.ask("let_in", map[string]any{"all": true}, nil)
		for _, c := range in {
			c.Expect("welcome")
		}
		for i := range 5 {
			out = append(out, r.enterLobby(fmt.Sprint("out", i)))
		}
		r.ask("refuse", map[string]any{"all": true}, nil)
		for _, c := range out {
			if f := c.ExpectError("not_allowed"); f.Message == "" {
				t.Errorf("told %s", f.Text)
			}
			wantClose(t, c, 4003, "")
		}
		if s := r.accessState(); s.Clients != 5 || s.Waiting != 0 {
			t.Errorf("told %+v", s)
		}
	})
}

// A client in the lobby belongs to nothing: its frames are refused, and it goes on waiting.
func TestLobby_WaitingIsNotAdmitted(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		inside := r.person("cleo", "general")
		r.access("approval")
		c := r.enterLobby("ana")
		c.Send(map[string]any{"action": "notify", "message": "let me in", "id": "1"})
		c.ExpectError("not_allowed")
		waitIdle()
		inside.Drain()
		r.say("for those inside")
		if e := r.dashboard().Ask("broadcast", map[string]any{"message": "private", "user_id": "ana"}, nil); e == nil || e.Code != "unknown_user" {
			t.Errorf("who waits can be written to: %v", e)
		}
		wantSilence(t, c)
		if r.accessState().Clients != 1 || len(r.lobby()) != 1 {
			t.Errorf("told %+v", r.accessState())
		}
		c.Send(hello("ana", "")) // again
		c.Expect("waiting")
		if len(r.lobby()) != 1 {
			t.Errorf("%v wait", r.lobby())
		}
	})
}

// The place in the lobby is kept for that user_id and token for ten minutes without a connection.
func TestLobby_ThePlaceIsKept(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		ana := r.enterLobby("ana")
		r.enterLobby("ben")
		since := r.lobby()[0].Since
		ana.Close()
		waitIdle()
		if list := r.lobby(); len(list) != 2 || list[0].Connected || !list[1].Connected {
			t.Errorf("listed %+v", list)
		}
		time.Sleep(9 * time.Minute)
		stranger := r.pending()
		stranger.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("not-ana")})
		if f := stranger.Expect("error"); f.Code != "identity_taken" {
			t.Errorf("the place is open to others: %s", f.Text)
		}
		ana = r.enterLobby("ana")
		if list := r.lobby(); len(list) != 2 || list[0].UserID != "ana" || list[0].Since != since || !list[0].Connected {
			t.Errorf("listed %+v", list)
		}
		ana.Cut()
		time.Sleep(11 * time.Minute)
		if ids := waitingIDs(r.lobby()); !slices.Equal(ids, []string{"ben"}) {
			t.Errorf("%v wait", ids)
		}
		r.enterLobby("ana")
		if ids := waitingIDs(r.lobby()); !slices.Equal(ids, []string{"ben", "ana"}) {
			t.Errorf("%v wait", ids)
		}
	})
}

func TestLobby_AdmittedWhileAway(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		r.enterLobby("ana").Close()
		waitIdle()
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		if len(r.lobby()) != 0 {
			t.Errorf("%v wait", r.lobby())
		}
		forged := r.pending()
		forged.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("not-ana")})
		synctest.Wait()
		for _, f := range forged.Drain() {
			if f.Type == "welcome" {
				t.Error("another token comes in in its place")
			}
		}
		wantAdmitted(r.pending(), "ana", "")
	})
}

// A refusal while away is answered on return, and the next hello asks again.
func TestLobby_RefusedWhileAway(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		r.enterLobby("ana").Close()
		waitIdle()
		r.ask("refuse", map[string]any{"all": true, "reason": "Full."}, nil)
		if len(r.lobby()) != 0 {
			t.Errorf("%v wait", r.lobby())
		}
		back := r.pending()
		back.Send(hello("ana", ""))
		if f := back.ExpectError("not_allowed"); f.Message != "Full." {
			t.Errorf("told %s", f.Text)
		}
		wantClose(t, back, 4003, "")
		r.enterLobby("ana")
	})
}

// A person blocked in the lobby, by user_id or address, gets the refusal.
func TestLobby_Blocked(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		ana, ben := r.enterLobby("ana"), r.enterLobby("ben")
		r.ask("block", map[string]any{"user_id": "ana", "reason": "No."}, nil)
		if f := ana.ExpectError("not_allowed"); f.Message != "No." {
			t.Errorf("told %s", f.Text)
		}
		wantClose(t, ana, 4003, "")
		if ids := waitingIDs(r.lobby()); !slices.Equal(ids, []string{"ben"}) {
			t.Errorf("%v wait", ids)
		}
		r.ask("block", map[string]any{"address": "127.0.0.1"}, nil)
		ben.ExpectError("not_allowed")
		wantClose(t, ben, 4003, "")
	})
}

// A connection waits as one person.
func TestLobby_WaitsAsOnePerson(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		phone, laptop := r.enterLobby("ana"), r.enterLobby("ana") // two devices of hers
		if list := r.lobby(); len(list) != 1 {
			t.Errorf("%v wait", list)
		}
		guest := r.pending()
		guest.Send(map[string]any{"action": "hello", "user_id": "guest-1", "token": tokenOf("g")})
		guest.ExpectError("identity_taken")
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		phone.Expect("welcome")
		laptop.Expect("welcome")
	})
}

// When the access mode changes, clients in the lobby are asked anew.
func TestLobby_AccessModeChanges(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		c := r.enterLobby("ana")
		r.access("code")
		c.ExpectError("code_needed")
		if len(r.lobby()) != 0 {
			t.Errorf("%v wait", r.lobby())
		}
		wantAdmitted(c, "ana", r.accessState().Code)
	})
}

// The lobby is bounded, per address and in all.
func TestLobby_IsBounded(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		n := 0
		for i := range 300 {
			c := wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil)
			c.Send(hello(fmt.Sprint("p", i), ""))
			synctest.Wait()
			f := c.Drain()[0]
			switch {
			case f.Type == "waiting":
				n++
			case f.Type != "error" || f.Code != "full" || f.Action != "hello" || f.Message == "" || f.RetryMS != 60_000:
				t.Fatalf("answered by %s", f.Text)
			}
			c.Close()                          // the places are kept
			time.Sleep(100 * time.Millisecond) // handshakes are bounded too
		}
		if n < 10 || n > 260 {
			t.Errorf("%d wait from one address", n)
		}
		honest := wstest.Dial(t, from(r, "10.0.0.2"), "/ws/client", nil)
		honest.Send(hello("ana", ""))
		honest.Expect("waiting")
	}, func(c *wsserver.Config) { c.MaxPerAddress = 256 })
}

// Dashboards are told when somebody waits, and when nobody does any more.
func TestLobby_DashboardsAreTold(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("approval")
		d := r.dashboard()
		rev := func() (n int) {
			waitIdle()
			for _, f := range d.Drain() {
				if f.Type == "event" {
					n = numberIn(t, f.Text, "lobby_rev")
				}
			}
			return n
		}
		rev()
		c := r.enterLobby("ana")
		first := rev()
		c.Close()
		second := rev()
		time.Sleep(11 * time.Minute)
		if third := rev(); first == 0 || second <= first || third <= second {
			t.Errorf("revisions %d, %d, %d", first, second, third)
		}
	})
}

// Nobody waits in the lobby with a freed token. That a name is somebody's is told the operator at once, and whoever waits only
// once they are let in: outsiders do not learn who is inside.
func TestLobby_TellsNobodyWhoIsInside(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		freed := r.person("freed")
		r.person("Ana")
		if err := r.Free(t.Context(), "freed"); err != nil {
			t.Fatal(err)
		}
		freed.ExpectError("removed")
		r.access("approval")
		c := r.pending()
		c.Send(map[string]any{"action": "hello", "user_id": "freed", "token": tokenOf("freed")})
		if f := c.ExpectError("identity_taken"); f.Field != "user_id" {
			t.Errorf("answered by %s", f.Text)
		}
		c.Send(map[string]any{"action": "hello", "user_id": "ben", "token": tokenOf("ben"), "name": "ANA"})
		c.Expect("waiting")
		if w := r.Lobby().Waiting; len(w) != 1 || !w[0].NameTaken {
			t.Errorf("%+v wait", w)
		}
		r.ask("let_in", map[string]any{"user_id": "ben"}, nil)
		if f := c.ExpectError("identity_taken"); f.Field != "name" || f.Free != "ANA 2" {
			t.Errorf("answered by %s", f.Text)
		}
		c.Send(map[string]any{"action": "hello", "user_id": "ben", "token": tokenOf("ben"), "name": "ANA 2"})
		c.Expect("welcome") // it was let in
	})
}
