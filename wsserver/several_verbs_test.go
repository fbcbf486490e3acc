package wsserver_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// What the operator does at one of several servers to people who are at the other.

// inModes is inRooms with two servers, both in an access mode.
func inModes(t *testing.T, mode string, test func(t *testing.T, here, there server)) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		for i := range s {
			s[i].access(mode)
		}
		s[1].view.SetDelay(20 * time.Millisecond)
		test(t, s[0], s[1])
	})
}

func TestSeveral_MutedElsewhere(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana := s[1].person("ana", "general")
		waitIdle()
		for _, muted := range []bool{true, false} {
			ana.Drain()
			verb := s[0].Mute
			if !muted {
				verb = s[0].Unmute
			}
			if err := verb(t.Context(), "ana"); err != nil {
				t.Fatal(err)
			}
			if f := ana.ExpectAfter("muted", "counts"); strings.Contains(f.Text, `"muted":true`) != muted {
				t.Errorf("told %s", f.Text)
			}
			ana.Send(map[string]any{"action": "notify", "id": "x", "topic": "general", "message": "x"})
			if muted {
				ana.ExpectError("not_allowed")
			} else {
				ana.ExpectAfter("accepted", "message")
			}
		}
	})
}

// Who is removed with their grant is out everywhere, and so is who is removed from a room that is open.
func TestSeveral_RemovedElsewhere(t *testing.T) {
	inModes(t, "code", func(t *testing.T, here, there server) {
		admit := func() *wstest.Client {
			c := there.pending()
			wantAdmitted(c, "ana", there.accessState().Code)
			time.Sleep(time.Second)
			c.Drain()
			return c
		}
		stays := admit()
		if _, err := here.EndGrants(t.Context(), "ana", false, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if frames := stays.Drain(); slices.ContainsFunc(frames, func(f wstest.Frame) bool { return f.Type == "error" }) {
			t.Errorf("who was to stay is told %v", frames)
		}
		wantRefused(t, there.pending(), hello("ana", ""), "code_needed")
		stays.Close()
		for name, remove := range map[string]func() error{
			"ended":        func() error { _, err := here.EndGrants(t.Context(), "ana", false, true); return err },
			"ended of all": func() error { _, err := here.EndGrants(t.Context(), "", true, true); return err },
			"disconnected": func() error { return here.Disconnect(t.Context(), "ana", "") },
		} {
			c := admit()
			if err := remove(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			wantClose(t, c, wire.CloseRemoved, "removed")
			wantRefused(t, there.pending(), hello("ana", ""), "code_needed")
		}
		n := 0
		_ = here.view.Records(t.Context(), "put_out", func(string, []byte) error { n++; return nil })
		if n != 0 {
			t.Errorf("%d orders are left in the log", n)
		}
	})
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[0].person("ana")
		there := s[1].person("ana")
		if err := s[0].Disconnect(t.Context(), "ana", "Enough."); err != nil {
			t.Fatal(err)
		}
		if f := there.ExpectError("removed"); f.Message != "Enough." {
			t.Errorf("told %s", f.Text)
		}
	})
}

// A card is renewed or removed at one server: nobody comes in by the old one at the other, and whoever was to be put out is.
func TestSeveral_CardsElsewhere(t *testing.T) {
	inModes(t, "list", func(t *testing.T, here, there server) {
		ana, ben := here.card("Ana"), here.card("Ben")
		time.Sleep(time.Second)
		anas, bens := there.pending(), there.pending()
		wantAdmitted(anas, "ana", ana.Code)
		wantAdmitted(bens, "ben", ben.Code)
		time.Sleep(time.Second)
		if list := here.List().Entries; list[0].Used == "" || list[1].Used == "" {
			t.Errorf("used there, and here: %+v", list)
		}
		if answer, err := here.RenewEntry(t.Context(), ana.ID, true); err != nil || answer.PutOut != 1 {
			t.Errorf("renewed: %+v, %v", answer, err)
		}
		wantClose(t, anas, wire.CloseRemoved, "removed")
		if err := here.RemoveEntry(t.Context(), ben.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		bens.Close()
		wantRefused(t, there.pending(), hello("ana", ana.Code), "code_wrong")
		wantRefused(t, there.pending(), hello("ben", ben.Code), "code_wrong")
		wantRefused(t, there.pending(), hello("ben", ""), "code_needed")
	})
}

// Who waits at two servers, since a phone came back to another one, comes in wherever they wait; who shows another token waits on.
func TestSeveral_LetInElsewhere(t *testing.T) {
	inModes(t, "approval", func(t *testing.T, here, there server) {
		waiting := []*wstest.Client{here.pending(), there.pending()}
		for _, c := range waiting {
			c.Send(hello("ana", ""))
			c.Expect("waiting")
		}
		waits := there.pending()
		waits.Send(hello("ben", ""))
		waits.Expect("waiting")
		if err := here.LetIn(t.Context(), "ana", false); err != nil {
			t.Fatal(err)
		}
		for _, c := range waiting {
			c.Expect("welcome")
		}
		waitIdle()
		if list := there.Lobby().Waiting; len(list) != 1 || list[0].UserID != "ben" {
			t.Errorf("in the lobby: %+v", list)
		}
		other := hello("ben", "")
		other["token"] = tokenOf("another")
		c := here.pending()
		c.Send(other)
		c.Expect("waiting")
		if err := here.LetIn(t.Context(), "ben", false); err != nil {
			t.Fatal(err)
		}
		c.Expect("welcome")
		wantSilence(t, waits)
	})
}

// Who is blocked does not wait on in the lobby of another server.
func TestSeveral_BlockedWhileWaitingElsewhere(t *testing.T) {
	inModes(t, "approval", func(t *testing.T, here, there server) {
		for _, s := range []server{here, there} {
			c := s.pending()
			c.Send(hello("ana", ""))
			c.Expect("waiting")
			defer wantClose(t, c, wire.CloseNotAllowed, "refused")
		}
		if err := here.Block(t.Context(), "ana", "", ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if list := there.Lobby(); len(list.Waiting) != 0 {
			t.Errorf("in the lobby: %+v", list)
		}
	})
}

// An answer is withdrawn at one server: at the other, too, the person waits for one again.
func TestSeveral_AnswerWithdrawnElsewhere(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[0].person("ana").Notify("1", "", "Where?")
		answer := s[0].broadcast(operator.Broadcast{Message: "Here.", UserID: "ana"}).Seq
		waitIdle()
		if _, err := s[0].Withdraw(t.Context(), answer); err != nil {
			t.Fatal(err)
		}
		waitIdle()
		for i := range s {
			s[i].person("ana") // whom the operator can answer
			waitIdle()
			a, err := s[i].Conversations(t.Context(), operator.ConversationsQuery{})
			if err != nil || len(a.Conversations) != 1 || a.Conversations[0].Text != "Where?" || a.Waiting != 1 {
				t.Errorf("server %d: %+v, error %v", i, a, err)
			}
		}
	})
}
