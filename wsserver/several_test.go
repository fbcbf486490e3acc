package wsserver_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// Several servers whose logs are views of one order are one room.

// server is one of several.
type server struct {
	*room
	view *wstest.View
}

// inRooms runs a test in a bubble with so many servers.
func inRooms(t *testing.T, n int, test func(t *testing.T, s []server)) {
	t.Helper()
	inRoomsOf(t, n, func(t *testing.T, _ *wstest.SharedLog, s []server) { test(t, s) })
}

// inRoomsOf is inRooms with the order that the servers share.
func inRoomsOf(t *testing.T, n int, test func(t *testing.T, shared *wstest.SharedLog, s []server)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		list := make([]server, n)
		for i := range list {
			list[i].view = shared.View(msglog.NewMemory())
			list[i].room = newRoom(t, onView(list[i].view))
		}
		test(t, shared, list)
	})
}

func onView(v *wstest.View) func(*wsserver.Config) {
	return func(c *wsserver.Config) { c.OpenLog = func(string) (msglog.Log, error) { return v, nil } }
}

// heard returns what a connection was sent live since the last call, a seq and a text each.
func heard(c *wstest.Client) (list []string) {
	synctest.Wait()
	for _, f := range c.Drain() {
		switch f.Type {
		case "message":
			list = append(list, fmt.Sprint(f.Seq, " ", f.Message))
		case "withdrawn":
			list = append(list, fmt.Sprint(f.Seq, " withdraws ", f.Of))
		}
	}
	return list
}

// history returns what a server's log has, in the same words.
func (s *server) history(t *testing.T) (list []string) {
	t.Helper()
	page, err := s.History(t.Context(), operator.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range page.Messages {
		list = append(list, fmt.Sprint(m.Seq, " ", m.Message))
	}
	return list
}

func wantHeard(t *testing.T, c *wstest.Client, want ...string) {
	t.Helper()
	if got := heard(c); !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// Whoever writes where, everybody reads the same in one order, and so does who asks for the history.
func TestSeveral_ReadTheSameInOneOrder(t *testing.T) {
	for _, n := range []int{2, 3} {
		inRooms(t, n, func(t *testing.T, s []server) {
			people, dashboards := make([]*wstest.Client, n), make([]*wstest.Client, n)
			for i := range s {
				people[i], dashboards[i] = s[i].person(fmt.Sprint("person", i), "general"), s[i].dashboard()
				s[i].view.SetDelay(time.Duration(i*7) * time.Millisecond)
				s[i].view.SetTwice(i == 1)
			}
			waitIdle()
			for i := range 10 {
				for j, p := range people {
					p.Send(map[string]any{"action": "notify", "id": fmt.Sprint(i), "topic": "general", "message": fmt.Sprint(i, " of ", j)})
				}
				time.Sleep(time.Duration(i) * time.Millisecond)
			}
			waitIdle()
			first := heard(people[0])
			if len(first) != 10*n {
				t.Fatalf("%d messages heard, want %d: %q", len(first), 10*n, first)
			}
			for i := range s {
				if got := heard(people[i]); i > 0 && !slices.Equal(got, first) {
					t.Errorf("person %d heard %q, want %q", i, got, first)
				}
				wantHeard(t, dashboards[i], first...)
				if got := s[i].history(t); !slices.Equal(got, first) {
					t.Errorf("the history of %d is %q, want %q", i, got, first)
				}
			}
		})
	}
}

// What the operator says at one is heard at the other, also privately; so is a withdrawal from there.
func TestSeveral_EveryAudienceAndWithdrawals(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana, there, ben := s[0].person("ana"), s[1].person("ana"), s[1].person("ben", "general")
		waitIdle()
		heard(ana)
		heard(ben)
		s[0].broadcast(operator.Broadcast{Message: "to Ana", UserID: "ana"})
		s[0].say("to all")
		s[1].broadcast(operator.Broadcast{Message: "to a topic", Topic: "general"})
		waitIdle()
		wantHeard(t, ana, "1 to Ana", "2 to all")
		wantHeard(t, there, "1 to Ana", "2 to all")
		wantHeard(t, ben, "2 to all", "3 to a topic")
		if _, err := s[1].Withdraw(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		waitIdle()
		wantHeard(t, ana, "4 withdraws 2")
		wantHeard(t, ben, "4 withdraws 2")
		for i := range s {
			if got := s[i].history(t); !slices.Equal(got, []string{"1 to Ana", "3 to a topic"}) {
				t.Errorf("the history of %d is %q", i, got)
			}
		}
	})
}

// A page that was at one server goes on at the other: it is sent what it missed, and nothing twice.
func TestSeveral_WhoReturnsElsewhereMissesNothing(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana := s[0].client()
		welcome := ana.HelloAs("ana", tokenOf("ana"), "general")
		last := s[0].say("1").Seq
		ana.Close()
		s[0].say("2")
		s[1].say("3")
		waitIdle()
		there := s[1].client()
		missed, f := there.Return("ana", tokenOf("ana"), welcome.Epoch, last, "general")
		wantRecovered(t, missed, f, []uint64{2, 3}, 2, 3, true, false)
		s[0].say("4")
		waitIdle()
		wantHeard(t, there, "4 4")
	})
}

// A page that has more than the server where it comes back waits for that, and is not sent again what it has.
func TestSeveral_WhoIsAheadOfAServerWaitsForIt(t *testing.T) {
	for _, action := range []string{"hello", "subscribe"} {
		inRooms(t, 2, func(t *testing.T, s []server) {
			s[1].view.SetDelay(3 * time.Second)
			epoch := s[0].State().Epoch
			s[0].say("1")
			s[0].say("2")
			ahead, back := s[1].client(), time.Now()
			ahead.Send(map[string]any{"action": action, "since": 2, "epoch": epoch, "topics": []string{"general"}})
			missed, f := ahead.Recovery()
			if took := time.Since(back); took < 2900*time.Millisecond || took > 3100*time.Millisecond {
				t.Errorf("%s: answered after %v", action, took)
			}
			for _, f := range missed {
				if f.Type == "message" {
					t.Errorf("%s: sent again: %s", action, f.Text)
				}
			}
			wantRecovered(t, nil, f, nil, 3, 2, true, false)
			s[0].say("3")
			time.Sleep(4 * time.Second)
			wantHeard(t, ahead, "3 3")
		})
	}
}

func TestSeveral_WhoIsTooFarAheadIsSentAway(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetCut(true)
		s[0].say("1")
		ahead, back := s[1].client(), time.Now()
		ahead.Send(map[string]any{"action": "hello", "since": 1, "epoch": s[0].State().Epoch})
		wantClose(t, ahead, wire.CloseGoingAway, "retry_ms=")
		if took := time.Since(back); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("sent away after %v", took)
		}
		// Another log's place is none to wait for.
		stranger := s[1].client()
		stranger.Send(map[string]any{"action": "hello", "since": 1, "epoch": "another"})
		stranger.Expect("welcome")
		stranger.Expect("topics")
		missed, f := stranger.Recovery()
		wantRecovered(t, missed, f, nil, 1, 0, false, true)
		s[1].view.SetCut(false)
	})
}

// A server that stops does not wait for who is ahead of it.
func TestSeveral_WhoIsAheadEndsWithTheServer(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(time.Minute)
		s[0].say("1")
		ahead := s[1].client()
		ahead.Send(map[string]any{"action": "hello", "since": 1, "epoch": s[0].State().Epoch})
		time.Sleep(time.Second)
		began := time.Now()
		go s[1].stop()
		wantClose(t, ahead, wire.CloseGoingAway, "retry_ms=")
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("ended after %v", took)
		}
		s[1].view.SetDelay(0)
	})
}

// A page without an answer sends its message again, elsewhere: it is one message, whichever came first.
func TestSeveral_OneIDIsOneMessage(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		here, there, ben := s[0].person("ana", "general"), s[1].person("ana", "general"), s[1].person("ben", "general")
		waitIdle()
		heard(ben)
		s[1].view.SetDelay(20 * time.Millisecond)
		for _, c := range []*wstest.Client{here, there} {
			c.Send(map[string]any{"action": "notify", "id": "x", "topic": "general", "message": "once"})
		}
		if a, b := here.ExpectAfter("accepted", "message"), there.ExpectAfter("accepted", "message"); a.Seq != 1 || b.Seq != 1 {
			t.Errorf("accepted as %d and %d", a.Seq, b.Seq)
		}
		there.Send(map[string]any{"action": "notify", "id": "x", "topic": "general", "message": "something else"})
		there.ExpectError("id_conflict")
		waitIdle()
		wantHeard(t, ben, "1 once")
		for i := range s {
			if got := s[i].history(t); !slices.Equal(got, []string{"1 once"}) {
				t.Errorf("the history of %d is %q", i, got)
			}
		}
	})
}

// A server that is cut off refuses what is written there, and shows what it has. When it is back it goes on.
func TestSeveral_CutOffAndBack(t *testing.T) {
	inRooms(t, 3, func(t *testing.T, s []server) {
		ana, ben := s[0].person("ana", "general"), s[1].person("ben", "general")
		s[0].say("before")
		waitIdle()
		heard(ben)
		s[1].view.SetCut(true)
		ben.Send(map[string]any{"action": "notify", "id": "1", "topic": "general", "message": "lost?"})
		ben.ExpectError("not_kept")
		_, err := s[1].Broadcast(t.Context(), operator.Broadcast{Message: "lost?"})
		wantCode(t, err, "not_kept")
		if trouble := s[1].State().Trouble; trouble == nil || trouble.Code != "not_kept" {
			t.Errorf("the operator is told %+v", trouble)
		}
		ana.Notify("1", "general", "meanwhile")
		s[2].say("and elsewhere")
		waitIdle()
		wantHeard(t, ben)
		if got := s[1].history(t); !slices.Equal(got, []string{"1 before"}) {
			t.Errorf("cut off, its history is %q", got)
		}
		s[1].view.SetCut(false)
		waitIdle()
		wantHeard(t, ben, "2 meanwhile", "3 and elsewhere")
		if seq := ben.Notify("1", "general", "lost?"); seq != 4 {
			t.Errorf("sent again: %d", seq)
		}
		time.Sleep(6 * time.Second) // the log is probed where nobody writes
		synctest.Wait()
		if trouble := s[1].State().Trouble; trouble != nil {
			t.Errorf("back, the operator is told %+v", trouble)
		}
		for i := range s {
			if got := strings.Join(s[i].history(t), ", "); got != "1 before, 2 meanwhile, 3 and elsewhere, 4 lost?" {
				t.Errorf("the history of %d is %s", i, got)
			}
		}
	})
}

// A server that begins later has what was before it, and what comes while it starts.
func TestSeveral_OneThatBeginsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		first := newRoom(t, onView(shared.View(msglog.NewMemory())))
		first.say("1")
		first.person("ana").Notify("x", "", "2")
		own, err := sqlite.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		view := shared.View(own)
		first.say("3") // it has been opened, and has not started
		second := server{newRoom(t, onView(view)), view}
		eve := second.person("eve")
		first.say("4")
		waitIdle()
		if got := strings.Join(second.history(t), ", "); got != "1 1, 2 2, 3 3, 4 4" {
			t.Errorf("its history is %s", got)
		}
		if got := heard(eve); !slices.Equal(got[max(0, len(got)-1):], []string{"4 4"}) {
			t.Errorf("heard %q", got)
		}
	})
}
