package wsserver_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

// A name is given once in a room, however many servers it has.

// helloSlow is helloNamed at a server that is some time behind.
func helloSlow(c *wstest.Client, userID, name string) wstest.Frame {
	c.Send(map[string]any{"action": "hello", "user_id": userID, "token": tokenOf(userID), "name": name})
	time.Sleep(time.Second)
	return answered(c)
}

// answered returns the answer to a hello.
func answered(c *wstest.Client) wstest.Frame {
	synctest.Wait()
	for _, f := range c.Drain() {
		if f.Type == "welcome" || f.Type == "error" {
			return f
		}
	}
	return wstest.Frame{}
}

// Two people ask for names that look the same, each at a server of their own, at the same moment: one has it, the other is offered
// another, and has claimed nothing.
func TestSeveral_OneOfTwoHasTheName(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		both := []*wstest.Client{s[0].client(), s[1].client()}
		for i, c := range both {
			name := []string{"Ana Lima", "ANA  lima"}[i]
			userID := []string{"ana", "eve"}[i]
			c.Send(map[string]any{"action": "hello", "user_id": userID, "token": tokenOf(userID), "name": name})
		}
		time.Sleep(time.Second)
		first, second := answered(both[0]), answered(both[1])
		if second.Type == "welcome" {
			first, second, both = second, first, []*wstest.Client{both[1], both[0]}
		}
		wantWelcome(t, first)
		if second.Code != "identity_taken" || second.Field != "name" || second.Free == "" {
			t.Fatalf("the second is answered %s", second.Text)
		}
		for i := range s {
			if f := helloSlow(s[i].client(), "x", "Ana Lima"); f.Code != "identity_taken" {
				t.Errorf("server %d gives it a third: %s", i, f.Text)
			}
		}
		userID := "eve"
		if both[1] != nil && first.UserID == "eve" {
			userID = "ana"
		}
		wantWelcome(t, helloSlow(both[1], userID, second.Free))
	})
}

// A device says hello without a name at a server that has not heard yet which one the person has just taken at another: it has that.
func TestSeveral_ASecondDeviceHasTheNameOfTheFirst(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(300 * time.Millisecond)
		phone, laptop := s[0].client(), s[1].client()
		phone.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "name": "Ana"})
		phone.Expect("welcome")
		laptop.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		time.Sleep(2 * time.Second)
		wantWelcome(t, answered(laptop))
		for i := range s {
			if name := nameOfPerson(s[i], "ana"); name != "Ana" {
				t.Errorf("server %d calls her %q", i, name)
			}
		}
	})
}

// The name of somebody who is at one server is taken at the other, while they are there and hours after; once they have left, or
// have another, it is free.
func TestSeveral_NamesAreOnes(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana := s[0].client()
		wantWelcome(t, helloSlow(ana, "ana", "Ana"))
		wantTaken(t, helloSlow(s[1].client(), "ben", "Ana"), "Ana 2")
		phone := s[1].client()
		wantWelcome(t, helloSlow(phone, "ana", "Ana")) // the same person
		wantWelcome(t, helloSlow(ana, "ana", "Ana Maria"))
		if name := nameOfPerson(s[1], "ana"); name != "Ana Maria" {
			t.Errorf("her other device is called %q", name)
		}
		ben := s[1].client()
		wantWelcome(t, helloSlow(ben, "ben", "Ana"))
		wantTaken(t, helloSlow(s[0].client(), "cid", "Ana"), "Ana 2")
		ben.SendText(`{"action":"leave"}`)
		ben.ExpectClosed()
		time.Sleep(time.Second)
		wantWelcome(t, helloSlow(s[0].client(), "cid", "Ana"))
		if err := s[1].Free(t.Context(), "cid"); err != nil {
			t.Fatal(err)
		}
		wantWelcome(t, helloSlow(s[1].client(), "dan", "Ana"))
	})
}

func nameOfPerson(s server, userID string) string {
	for _, c := range s.Clients(operator.ClientsQuery{}).Clients {
		if c.UserID == userID {
			return c.Name
		}
	}
	return ""
}

// Whoever comes back to their name, at whichever server, writes nothing, and a hello that claims a user_id and a name is one change.
func TestSeveral_AHelloIsOneCommit(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		wantWelcome(t, helloSlow(s[0].client(), "ana", "Ana Lima"))
		var claims, alone int
		_ = s[0].view.Records(t.Context(), "name", func(string, []byte) error { alone++; return nil })
		before := s[1].view.Appended()
		c := s[1].client()
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "name": "Ana Lima"})
		wantWelcome(t, answered(c))
		if n := s[1].view.Appended() - before; n != 0 {
			t.Errorf("coming back wrote %d groups", n)
		}
		before = s[1].view.Appended()
		c = s[1].client()
		c.Send(map[string]any{"action": "hello", "user_id": "ben", "token": tokenOf("ben"), "name": "Ben"})
		wantWelcome(t, answered(c))
		if claims = s[1].view.Appended() - before; claims != 1 || alone == 0 {
			t.Errorf("a new person wrote %d groups; there were %d records of names", claims, alone)
		}
	})
}

// A name that has run out goes to whoever asks first, at any server, also where two ask at once.
func TestSeveral_ANameThatHasRunOut(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana := s[0].client()
		wantWelcome(t, helloSlow(ana, "ana", "Ana"))
		ana.Close()
		time.Sleep(11*time.Hour + 50*time.Minute)
		wantTaken(t, helloSlow(s[1].client(), "ben", "Ana"), "Ana 2")
		time.Sleep(20 * time.Minute)
		s[0].view.SetDelay(10 * time.Millisecond)
		both := []*wstest.Client{s[0].client(), s[1].client()}
		for i, c := range both {
			userID := []string{"cid", "dan"}[i]
			c.Send(map[string]any{"action": "hello", "user_id": userID, "token": tokenOf(userID), "name": "Ana"})
		}
		time.Sleep(time.Second)
		n := 0
		for _, c := range both {
			if answered(c).Type == "welcome" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d have it", n)
		}
	})
}

// The operator takes a name, or somebody on the list comes with it: whoever has it, at another server, is given another and told.
func TestSeveral_ANameIsTakenAway(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana := s[1].client()
		wantWelcome(t, helloSlow(ana, "ana", "Ana"))
		name := "Ana"
		if _, err := s[0].SetSettings(t.Context(), settings.Change{OperatorName: &name}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if f := answered(ana); f.Code != "identity_taken" || f.Free != "Ana 2" || !strings.Contains(f.Message, "operator") {
			t.Errorf("told %s", f.Text)
		}
		if name := nameOfPerson(s[1], "ana"); name != "Ana 2" {
			t.Errorf("called %q", name)
		}
		for i := range s {
			wantTaken(t, helloSlow(s[i].client(), "x", "Ana 2"), "Ana 3")
		}
	})
}

// Guests' names end with their connection, at all servers.
func TestSeveral_NamesAreForgotten(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana := s[0].client()
		wantWelcome(t, helloSlow(ana, "ana", "Ana"))
		ana.Close()
		time.Sleep(15 * time.Hour)
		n := 0
		_ = s[1].view.Records(t.Context(), "name", func(string, []byte) error { n++; return nil })
		if n > 0 {
			t.Errorf("%d records of names are left", n)
		}
	})
}

// The names of a room that was one server's are those of the room when it has several, and again when it has one.
func TestSeveral_NamesOfAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	open := func() *sqlite.Log {
		own, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return own
	}
	names := func(log msglog.Log) (n int) {
		_ = log.Records(context.Background(), "name", func(string, []byte) error { n++; return nil })
		return n
	}
	one := open()
	inRoom(t, func(t *testing.T, r *room) {
		wantWelcome(t, helloNamed(r.client(), "ana", "Ana"))
		wantWelcome(t, helloNamed(r.client(), "ben", "Ben"))
		if n := names(one); n != 0 {
			t.Errorf("one server alone has %d records of names", n)
		}
	}, withLog(one))
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		first := shared.View(open())
		one := newRoom(t, onView(first))
		two := newRoom(t, onView(shared.View(msglog.NewMemory())))
		for _, r := range []*room{one, two} {
			wantTaken(t, helloSlow(r.client(), "eve", "Ana"), "Ana 2")
		}
		if err := one.Free(t.Context(), "ben"); err != nil {
			t.Fatal(err)
		}
		wantWelcome(t, helloSlow(one.client(), "ana", "Ana Maria"))
		one.stop()
		again := newRoom(t, onView(first.Reopen(open())))
		wantWelcome(t, helloSlow(again.client(), "fay", "Ana")) // what was let go stays so
		wantTaken(t, helloSlow(again.client(), "eve", "Ana Maria"), "Ana Maria 2")
	})
	one = open()
	inRoom(t, func(t *testing.T, r *room) {
		wantTaken(t, helloNamed(r.client(), "x", "Ana"), "Ana 2")
		wantTaken(t, helloNamed(r.client(), "x", "Ana Maria"), "Ana Maria 2")
		wantWelcome(t, helloNamed(r.client(), "x", "Ben"))
	}, withLog(one))
	one = open()
	defer func() { _ = one.Close() }()
	if n := names(one); n != 0 {
		t.Errorf("one server again has %d records of names", n)
	}
}
