package wsserver_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// This file tests that nothing of those who left nothing stays, and that what counts does.

// rows counts the records of these kinds in a log.
func rows(t *testing.T, log msglog.Log, kinds ...string) (n int) {
	t.Helper()
	for _, kind := range kinds {
		if err := log.Records(t.Context(), kind, func(string, []byte) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// ofPersons are the kinds of records that are made of persons.
var ofPersons = []string{"person", "member", "cursor", "steps", "let_in", "freed", "floor", "ban"}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// forgetLater lets memberships end, and has the server forget as if some time more had passed.
func (r *room) forgetLater(after time.Duration) {
	r.t.Helper()
	waitIdle()
	time.Sleep(12*time.Hour + time.Minute)
	if err := r.ForgetAfter(r.t.Context(), after); err != nil {
		r.t.Fatal(err)
	}
	time.Sleep(time.Second) // for the records to be written
}

// passing is a test that keeps no client until its end.
type passing struct{ testing.TB }

func (passing) Cleanup(func()) {}

// visit is a stranger who comes from an address of a large network, says hello with a claim, and goes.
func visit(r *room, i int) {
	c := wstest.Dial(passing{r.t}, from(r, fmt.Sprintf("10.%d.%d.%d", i>>12&255, i>>4&255, i&15)), "/ws/client", nil)
	c.HelloAs(fmt.Sprintf("stranger-%d", i), tokenOf(fmt.Sprint(i)), "general")
	c.Close()
}

// Strangers who come and go leave nothing: not in memory, not in the folder. The first crowd is for what grows once.
func TestForget_NothingIsLeftOfThoseWhoComeAndGo(t *testing.T) {
	const many = 1500
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		var before int64
		for crowd := range 2 {
			for i := range many {
				visit(r, crowd*many+i)
			}
			waitIdle()
			time.Sleep(time.Second)
			if n := rows(t, log, "person"); n != many {
				t.Fatalf("%d claims, want %d", n, many)
			}
			if a := r.Clients(operator.ClientsQuery{}); a.AwayTotal != many || len(a.Away) != 500 {
				t.Errorf("%d of %d are listed as away", len(a.Away), a.AwayTotal)
			}
			if a := r.Clients(operator.ClientsQuery{AwayRev: 1 << 40, AwaySkip: many - 10}); len(a.Away) != 10 {
				t.Errorf("the last page has %d", len(a.Away))
			}
			r.forgetLater(0)
			if n := rows(t, log, "member", "cursor", "steps"); n != 0 {
				t.Errorf("after a day %d rows are left of members and cursors", n)
			}
			r.forgetLater(31 * day)
			if n := rows(t, log, ofPersons...); n != 0 {
				t.Errorf("after a month %d rows are left", n)
			}
			if a := r.Clients(operator.ClientsQuery{}); a.AwayTotal != 0 {
				t.Errorf("%d are still away", a.AwayTotal)
			}
			if now := heap(); crowd == 0 {
				before = now
			} else if now-before > many*200 {
				t.Errorf("%d bytes more are in use than before", now-before)
			}
		}
	}, withLog(log))
}

// Who wrote, was written to, was to be told something, was admitted or is banned, keeps claim and name, also after a restart.
func TestForget_KeepsWhoeverLeftSomething(t *testing.T) {
	log := msglog.NewMemory()
	left := map[string]func(r *room, c *wstest.Client){
		"wrote": func(_ *room, c *wstest.Client) { c.Notify("1", "general", "I was here") },
		"asked": func(_ *room, c *wstest.Client) { c.Notify("1", "", "a question") },
		"was-asked": func(r *room, _ *wstest.Client) {
			r.broadcast(operator.Broadcast{Message: "hello", UserID: "was-asked"})
		},
		"muted":   func(r *room, _ *wstest.Client) { _ = r.Mute(background, "muted") },
		"blocked": func(r *room, _ *wstest.Client) { _ = r.Block(background, "blocked", "", "") },
	}
	inRoom(t, func(t *testing.T, r *room) {
		for userID, leave := range left {
			c := r.person(userID, "general")
			leave(r, c)
			waitIdle()
			if userID != "blocked" { // it was closed then
				c.Close()
			}
		}
		r.person("nothing", "general").Close()
		r.forgetLater(40 * day)
		heard := r.person("heard", "general")
		r.say("to all")
		waitIdle()
		heard.Close()
		r.access("code")
		wantAdmitted(r.pending(), "admitted", r.accessState().Code)
		r.access("open")
		r.forgetLater(40 * day)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		for _, userID := range []string{"wrote", "asked", "was-asked", "heard", "admitted", "muted"} {
			c := r.client()
			c.Send(map[string]any{"action": "hello", "user_id": userID, "token": "another-token-0123456789"})
			if f := c.ExpectError("identity_taken"); f.Field != "user_id" {
				t.Errorf("%s: %s", userID, f.Text)
			}
		}
		if _, missed := r.client(), rows(t, log, "person"); missed != len(left)+2 {
			t.Errorf("%d claims are kept, want %d", missed, len(left)+2)
		}
		r.person("nothing") // its token is taken again
	}, withLog(log))
}

// A claim is kept for thirty days from when its person was last here, across restarts.
func TestForget_AClaimIsKeptForThirtyDays(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(_ *testing.T, r *room) {
		r.person("ana").Close()
		r.forgetLater(29 * day)
		r.person("ana").Close()
		r.forgetLater(29 * day)
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		r.forgetLater(29 * day)
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": "another-token-0123456789"})
		c.ExpectError("identity_taken")
		r.forgetLater(31 * day)
		if n := rows(t, log, ofPersons...); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		r.client().HelloAs("ana", "another-token-0123456789")
	}, withLog(log))
}

// From one address as many new persons come as it may have connections; further ones are guests, of whom nothing is kept, until they may be persons.
func TestNewcomers_BeyondTheBoundAreGuests(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 70 {
			r.person(fmt.Sprint("one-", i)).Close()
		}
		time.Sleep(10 * time.Second) // handshakes are allowed again
		c := r.client()
		c.Send(map[string]any{"action": "hello", "user_id": "late", "name": "Late", "token": tokenOf("late"), "topics": []string{"general"}})
		if w := c.Expect("welcome"); w.UserID == "late" || w.Token != "" {
			t.Errorf("welcome %s", w.Text)
		}
		c.Expect("topics")
		if f := c.ExpectError("not_allowed"); f.Field != "user_id" {
			t.Errorf("told %s", f.Text)
		}
		c.Notify("1", "general", "I am here")
		r.say("to all")
		c.Expect("message")
		r.person("one-7") // known persons come as ever
		if n := rows(t, log, "person"); n != 70 {
			t.Errorf("%d claims", n)
		}
		c.Close()
		waitIdle()
		time.Sleep(2 * time.Minute)
		r.person("late") // its name is free by now
	}, withLog(log), func(c *wsserver.Config) { c.MaxPerAddress = 70 })
}

// What is remembered of pruned conversations is forgotten with their people.
func TestForget_ThePrunedConversations(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		guest := r.client()
		guest.Notify("1", "", "from a guest")
		ana := r.person("ana")
		ana.Notify("1", "", "from Ana")
		guest.Close()
		ana.Close()
		if _, err := log.Prune(t.Context(), msglog.Age{Now: time.Now()}, 1); err != nil {
			t.Fatal(err)
		}
		stream := []msglog.Stream{{Audience: msglog.AudiencePrivate, Name: "ana"}}
		r.forgetLater(0)
		if log.Pruned(stream) == 0 {
			t.Error("Ana is not told that something is gone")
		}
		r.forgetLater(40 * day)
		if n := log.Pruned(stream); n != 0 || rows(t, log, "person") != 0 {
			t.Errorf("pruned to %d, %d claims", n, rows(t, log, "person"))
		}
	}, withLog(log))
}
