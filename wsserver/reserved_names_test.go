package wsserver_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/wstest"
)

// helloNamed says hello under a name and returns the answer: welcome, or an error.
func helloNamed(c *wstest.Client, userID, name string) wstest.Frame {
	c.Send(map[string]any{"action": "hello", "user_id": userID, "token": tokenOf(userID), "name": name})
	synctest.Wait()
	for _, f := range c.Drain() {
		if f.Type == "welcome" || f.Type == "error" {
			return f
		}
	}
	return wstest.Frame{}
}

func wantTaken(t *testing.T, f wstest.Frame, free string) {
	t.Helper()
	if f.Code != "identity_taken" || f.Field != "name" || f.Action != "hello" || f.Free != free {
		t.Errorf("got %s, want the name taken and %q offered", f.Text, free)
	}
}

func wantWelcome(t *testing.T, f wstest.Frame) {
	t.Helper()
	if f.Type != "welcome" {
		t.Errorf("got %s, want welcome", f.Text)
	}
}

func TestName_IsReservedAndAnotherOffered(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.client(), r.client()
		wantWelcome(t, helloNamed(ana, "ana", "Ana Lima"))
		for _, like := range []string{"Ana Lima", "  ana  LIMA ", "Ana L\u200bima", "Ana Iima", "Ａna Lima"} {
			f := helloNamed(ben, "ben", like)
			if f.Code != "identity_taken" || f.Field != "name" || f.Free == "" {
				t.Errorf("%q: %s", like, f.Text)
			}
		}
		wantTaken(t, helloNamed(ben, "ben", "Ana Lima"), "Ana Lima 2")
		if got := r.Clients(operator.ClientsQuery{}).Clients; len(got) != 2 || got[1].Name == "Ana Lima" && got[0].Name == "Ana Lima" {
			t.Errorf("a refused hello changed %+v", got)
		}
		wantWelcome(t, helloNamed(ben, "ben", "Ana Lima 2"))
		cid := r.client()
		wantTaken(t, helloNamed(cid, "cid", "Ana Lima"), "Ana Lima 3")
		wantTaken(t, helloNamed(cid, "cid", "Ana Lima 2"), "Ana Lima 3")
		long := strings.Repeat("n", 64)
		wantWelcome(t, helloNamed(cid, "cid", long))
		wantTaken(t, helloNamed(r.client(), "dan", long), strings.Repeat("n", 62)+" 2")
	})
}

func TestName_OfAnyPeopleIsTaken(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i, name := range []string{
			"迪丽热巴·迪力木拉提", "Gal·la", "Bank แบงค์", "Иван Smith", "Ana (アナ)", "Kim, Jr.", "Ke‘ala", "葛\U000e0100城", "ǃXuun ǂToma", "Bernd", "Bemd",
		} {
			id := "p" + itoa(uint64(i))
			wantWelcome(t, helloNamed(r.client(), id, name))
			if list := r.Clients(operator.ClientsQuery{}).Clients; !slices.ContainsFunc(list, func(c operator.ClientInfo) bool { return c.UserID == id && c.Name == name }) {
				t.Errorf("%q is not called so: %+v", name, list)
			}
		}
		f := helloNamed(r.client(), "x", "Bеrnd")
		if f.Code != "name_refused" || f.Field != "name" || !strings.Contains(f.Message, "Cyrillic") {
			t.Errorf("got %s", f.Text)
		}
	})
}

// Many reserved names of one form are not searched one by one: another is offered all the same.
func TestName_ManyAreReservedAndAnotherIsOffered(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		wantWelcome(t, helloNamed(r.client(), "p1", "Ana"))
		for i := 2; i <= 40; i++ {
			wantWelcome(t, helloNamed(r.client(), "p"+itoa(uint64(i)), "Ana "+itoa(uint64(i))))
		}
		c := r.client()
		f := helloNamed(c, "late", "Ana")
		if f.Code != "identity_taken" || !strings.HasPrefix(f.Free, "Ana ") {
			t.Fatalf("got %s", f.Text)
		}
		wantWelcome(t, helloNamed(c, "late", f.Free))
	})
}

func TestName_ChangesAndIsReleased(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, phone, ben := r.client(), r.client(), r.client()
		wantWelcome(t, helloNamed(ana, "ana", "Ana"))
		wantWelcome(t, helloNamed(phone, "ana", "Ana")) // the same person
		wantWelcome(t, helloNamed(ana, "ana", "Ana Maria"))
		wantWelcome(t, helloNamed(ben, "ben", "Ana")) // released, on every device
		for _, c := range r.Clients(operator.ClientsQuery{}).Clients {
			if c.UserID == "ana" && c.Name != "Ana Maria" {
				t.Errorf("a device is still called %q", c.Name)
			}
		}
		phone.SendText(`{"action":"leave"}`)
		phone.ExpectClosed()
		cid := r.client()
		wantTaken(t, helloNamed(cid, "cid", "Ana Maria"), "Ana Maria 2") // another device is there
		ana.SendText(`{"action":"leave"}`)
		ana.ExpectClosed()
		wantWelcome(t, helloNamed(cid, "cid", "Ana Maria"))
	})
}

func TestName_IsReservedForHoursAndOverRestarts(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.client()
		wantWelcome(t, helloNamed(ana, "ana", "Ana"))
		ana.Close()
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		time.Sleep(11 * time.Hour)
		wantTaken(t, helloNamed(r.client(), "ben", "Ana"), "Ana 2")
		time.Sleep(time.Hour)
		wantWelcome(t, helloNamed(r.client(), "ben", "Ana"))
	}, withLog(log))
}

func TestName_IsReservedAsLongAsIsSet(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		none := 0
		if _, err := r.SetSettings(t.Context(), settings.Change{NameHours: &none}); err != nil {
			t.Fatal(err)
		}
		ana := r.client()
		wantWelcome(t, helloNamed(ana, "ana", "Ana"))
		wantTaken(t, helloNamed(r.client(), "ben", "Ana"), "Ana 2")
		ana.Close()
		synctest.Wait()
		wantWelcome(t, helloNamed(r.client(), "ben", "Ana"))
	})
}

// A demoted guest keeps no name: it may be somebody else's by now.
func TestName_IsThePersonsNotTheGuests(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		early := r.client()
		early.Hello("x", "Boss")
		wantWelcome(t, helloNamed(r.client(), "x", "Xenia"))
		synctest.Wait()
		wantWelcome(t, helloNamed(r.client(), "boss", "Boss"))
		n := 0
		for _, c := range r.Clients(operator.ClientsQuery{}).Clients {
			if c.Name == "Boss" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d are called Boss", n)
		}
	})
}

func TestFree_NameAndIdentity(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		d, ana, phone := r.dashboard(), r.client(), r.client()
		wantWelcome(t, helloNamed(ana, "ana", "Ana"))
		wantWelcome(t, helloNamed(phone, "ana", "Ana"))
		ana.Notify("1", "", "a secret")
		waitIdle()
		ana.Drain()
		phone.Drain()
		d.Drain()
		if f := d.Ask("free", map[string]any{"user_id": "nobody"}, nil); f == nil || f.Code != "unknown_user" {
			t.Errorf("answered %+v", f)
		}
		if f := d.Ask("free", map[string]any{"user_id": "ana"}, nil); f != nil {
			t.Fatalf("answered %s", f.Text)
		}
		for _, c := range []*wstest.Client{ana, phone} {
			c.ExpectError("removed")
			if code, _ := c.ExpectClosed(); code != 4001 {
				t.Errorf("closed with %d", code)
			}
		}
		wantWelcome(t, helloNamed(r.client(), "ben", "Ana")) // the name alone
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // and after a restart
		c := r.client()
		for _, h := range []map[string]any{
			{"user_id": "ana", "token": tokenOf("ana")},
			{"user_id": "other", "token": tokenOf("ana")},
			{"user_id": "ana", "token": "another-token-0123456789", "since": 0},
			{"user_id": "ana", "since": 0},
		} {
			h["action"] = "hello"
			c.Send(h)
			if f := c.ExpectError("identity_taken"); f.Field != "user_id" {
				t.Errorf("told %s", f.Text)
			}
		}
	}, withLog(log))
}

// Nobody gets what the operator writes to the row of a person who was freed: not under the old user_id, which is retired.
func TestFree_RetiresTheUserID(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		d, ana := r.dashboard(), r.person("ana", "general")
		asked := r.broadcast(operator.Broadcast{Message: "All well?", Ack: "Yes"})
		waitIdle()
		ana.Drain()
		if f := d.Ask("free", map[string]any{"user_id": "ana"}, nil); f != nil {
			t.Fatal(f.Text)
		}
		ana.ExpectError("removed")
		thief := r.client()
		thief.Send(map[string]any{"action": "subscribe", "user_id": "ana"})
		if f := thief.ExpectError("identity_taken"); f.Field != "user_id" {
			t.Errorf("told %s", f.Text)
		}
		thief.Send(map[string]any{"action": "hello", "user_id": "ana", "token": "another-token-0123456789", "since": 0})
		thief.ExpectError("identity_taken")
		if e := d.Ask("broadcast", map[string]any{"message": "for you", "user_id": "ana"}, nil); e == nil || e.Code != "unknown_user" {
			t.Errorf("answered %+v", e)
		}
		var again struct{ Sent int }
		if e := d.Ask("write_again", map[string]any{"seq": asked.Seq, "missing": "ack"}, &again); e != nil || again.Sent != 0 {
			t.Errorf("written again to %d, %+v", again.Sent, e)
		}
		waitIdle()
		for _, f := range thief.Drain() {
			if f.Type == "message" {
				t.Errorf("was sent %s", f.Text)
			}
		}
	}, withLog(log))
}

// A user_id that was freed and claimed again in a room of an older version stays its owner's, and is sent no copies of what
// the person before it was asked.
func TestFree_KeepsWhoClaimedItInAnOlderRoom(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana", "general")
		r.broadcast(operator.Broadcast{Message: "All well?", Ack: "Yes"})
		waitIdle()
		ana.Close()
	}, withLog(log))
	floor := msglog.Record{Kind: "floor", Key: "ana", Value: binary.BigEndian.AppendUint64(nil, log.Last())}
	if _, err := log.Append(t.Context(), msglog.OfRecords(floor)); err != nil {
		t.Fatal(err)
	}
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		d := r.dashboard()
		var again struct{ Sent int }
		if e := d.Ask("write_again", map[string]any{"seq": 1, "missing": "ack"}, &again); e != nil || again.Sent != 0 {
			t.Errorf("written again to %d, %+v", again.Sent, e)
		}
	}, withLog(log))
}

// readsNothing fails where a client's recovery or history has any message.
func readsNothing(t *testing.T, c *wstest.Client) {
	t.Helper()
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
}
