package wsserver_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// What is decided at one of several servers holds at the others; of two that decide at once, one is first.

// Two people claim a user_id at once, each at a server of their own. One has it everywhere.
func TestSeveral_OneOfTwoClaims(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		both := []*wstest.Client{s[0].client(), s[1].client()}
		for i, c := range both {
			c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": fmt.Sprint("token-of-server-000", i)})
		}
		waitIdle()
		first := slices.IndexFunc(both, func(c *wstest.Client) bool {
			return slices.ContainsFunc(c.Drain(), func(f wstest.Frame) bool { return f.Type == "welcome" })
		})
		if first < 0 {
			t.Fatal("nobody has it")
		}
		both[1-first].Drain()
		both[1-first].Send(map[string]any{"action": "hello", "user_id": "ben", "token": tokenOf("ben")}) // and no more
		both[1-first].Expect("welcome")
		for i := range s {
			thief, owner := s[i].client(), s[i].client()
			thief.Send(map[string]any{"action": "hello", "user_id": "ana", "token": fmt.Sprint("token-of-server-000", 1-first)})
			thief.ExpectError("identity_taken")
			owner.Send(map[string]any{"action": "hello", "user_id": "ana", "token": fmt.Sprint("token-of-server-000", first)})
			owner.Expect("welcome")
		}
	})
}

// Two devices of one person come to two servers at once: both are that person.
func TestSeveral_TwoDevicesClaimAtOnce(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		both := []*wstest.Client{s[0].client(), s[1].client()}
		for _, c := range both {
			c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		}
		for _, c := range both {
			c.Expect("welcome")
		}
		s[0].broadcast(operator.Broadcast{Message: "for Ana", UserID: "ana"})
		waitIdle()
		for _, c := range both {
			wantHeard(t, c, "1 for Ana")
		}
	})
}

// Who has a token that binds later, and is late, is a guest, and does not read what is for the person.
func TestSeveral_ATokenThatBindsTooLate(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		late := s[1].client()
		late.Hello("ana", "")
		s[0].person("ana")
		waitIdle()
		late.Send(map[string]any{"action": "subscribe", "topics": []string{"general"}})
		late.ExpectError("identity_taken")
		waitIdle()
		late.Drain()
		s[0].broadcast(operator.Broadcast{Message: "for Ana", UserID: "ana"})
		s[0].say("for all")
		waitIdle()
		wantHeard(t, late, "2 for all")
	})
}

// The operator frees a user_id at one server while somebody claims it at the other.
func TestSeveral_AFreedOneIsNotClaimed(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[0].client().Hello("ana", "")
		waitIdle()
		s[1].view.SetDelay(30 * time.Millisecond)
		if err := s[0].Free(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		late := s[1].client()
		late.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		late.ExpectError("identity_taken")
	})
}

// A topic that is created at one server is at the other. Of two of one name, one is made.
func TestSeveral_Topics(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		errs := make([]error, 2)
		var running sync.WaitGroup
		for i := range s {
			running.Go(func() { _, errs[i] = s[i].CreateTopic(t.Context(), "kitchen", fmt.Sprint("of ", i), "open") })
		}
		running.Wait()
		exists := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, wire.ErrTopicExists) })
		if exists < 0 || errs[1-exists] != nil {
			t.Fatalf("created at once: %v", errs)
		}
		waitIdle()
		for i := range s {
			p := s[i].client()
			p.Send(map[string]any{"action": "hello", "topics": []string{"kitchen"}})
			p.Expect("welcome")
			if f := p.Expect("topics"); len(f.Topics) != 2 || f.Topics[1].Title != fmt.Sprint("of ", 1-exists) {
				t.Errorf("server %d has %s", i, f.Text)
			}
		}
		// One renames it while the other archives it: both hold.
		running.Go(func() { _, errs[0] = s[0].RenameTopic(t.Context(), "kitchen", "The kitchen") })
		running.Go(func() { _, errs[1] = s[1].ArchiveTopic(t.Context(), "kitchen", true) })
		running.Wait()
		waitIdle()
		for i := range s {
			topics := s[i].State().Topics
			if k := topics[1]; errs[i] != nil || k.Title != "The kitchen" || !k.Archived {
				t.Errorf("server %d has %+v, error %v", i, topics, errs[i])
			}
		}
	})
}

// Who is blocked at one server is refused at the other, and who was let in there is admitted here.
func TestSeveral_WhoMayComeIn(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[0].person("eve")
		there, other := s[1].person("eve"), s[1].person("ana")
		waitIdle()
		if err := s[0].Block(t.Context(), "eve", "", ""); err != nil {
			t.Fatal(err)
		}
		wantClose(t, there, wire.CloseNotAllowed, "not_allowed")
		again := s[1].client()
		again.Send(map[string]any{"action": "hello", "user_id": "eve", "token": tokenOf("eve")})
		wantClose(t, again, wire.CloseNotAllowed, "")
		if err := s[0].Block(t.Context(), "", "127.0.0.1", ""); err != nil {
			t.Fatal(err)
		}
		wantClose(t, other, wire.CloseNotAllowed, "blocked")
	})
}

// What is decided at one server is told to the connections of the other: who has joined without a token is a guest once
// somebody claims the user_id, who was released is put out, and everybody has the topics.
func TestSeveral_ConnectionsElsewhereAreTold(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		unproved, released := s[1].client(), s[1].person("ben")
		unproved.SendText(`{"action":"subscribe","user_id":"ana"}`)
		unproved.Expect("counts")
		waitIdle()
		released.Drain()
		s[0].person("ana")
		unproved.ExpectError("identity_taken")
		s[0].topic("kitchen", "open")
		if f := released.Expect("topics"); len(f.Topics) != 2 || f.Topics[1].Topic != "kitchen" {
			t.Errorf("told %s", f.Text)
		}
		if err := s[0].Free(t.Context(), "ben"); err != nil {
			t.Fatal(err)
		}
		wantClose(t, released, wire.CloseRemoved, "removed")
		waitIdle()
		s[0].broadcast(operator.Broadcast{Message: "for Ana", UserID: "ana"})
		s[0].say("for all")
		waitIdle()
		if got := heard(unproved); !slices.Equal(got, []string{"2 for all"}) {
			t.Errorf("a guest heard %q", got)
		}
	})
}

// Of two that put a name on the list at once, one makes a card.
func TestSeveral_OneCard(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		made := make(chan error, 2)
		for i := range s {
			go func() {
				_, err := s[i].AddEntry(t.Context(), []string{"Ana Lima", "ANA lima"}[i])
				made <- err
			}()
		}
		errs := []error{<-made, <-made}
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("answered %v", errs)
		}
		time.Sleep(time.Second)
		for i := range s {
			if list := s[i].List().Entries; len(list) != 1 {
				t.Errorf("server %d has %+v", i, list)
			}
		}
	})
}

// Of two tables with some names in common, imported at once, each name makes one card, and each answer says which it has made.
func TestSeveral_TwoImportsAtOnce(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		made := make(chan admission.ImportAnswer, 2)
		for i := range s {
			var table strings.Builder
			for n := range 1200 {
				fmt.Fprintf(&table, "Person %d\n", n+i*600)
			}
			go func() {
				answer, err := s[i].ImportEntries(t.Context(), admission.ImportQuery{CSV: table.String()})
				if err != nil {
					t.Error(err)
				}
				made <- answer
			}()
		}
		a, b := <-made, <-made
		if n := len(a.Added) + len(b.Added); n != 1800 || len(a.Skipped)+len(b.Skipped) != 600 {
			t.Errorf("%d cards were made, %d rows skipped", n, len(a.Skipped)+len(b.Skipped))
		}
		time.Sleep(time.Second)
		for i := range s {
			if n := len(s[i].List().Entries); n != 1800 {
				t.Errorf("server %d has %d", i, n)
			}
		}
	})
}
