package wsserver_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/wstest"
)

// silentClients connects n clients from an address each, which send nothing.
func (r *room) silentClients(n int) (list []*wstest.Client) {
	for i := range n {
		list = append(list, wstest.Dial(r.t, from(r, fmt.Sprintf("10.1.%d.%d", i/250, 1+i%250)), "/ws/client", nil))
		time.Sleep(100 * time.Millisecond) // evicted clients are gone by then
	}
	return list
}

// countOpen counts the open clients.
func countOpen(list []*wstest.Client) (n int) {
	synctest.Wait()
	for _, c := range list {
		if !c.Closed() {
			n++
		}
	}
	return n
}

// Pending connections of many addresses cannot use up all connections: they have a quarter, and beyond it the one silent
// for longest is evicted, to connect again.
func TestPending_IsBoundedAcrossAddresses(t *testing.T) {
	for _, mode := range notOpen {
		inRoom(t, func(t *testing.T, r *room) {
			r.ask("set_settings", map[string]any{"max_connections": 40}, nil)
			r.access(mode)
			ana := r.admit(t, mode, "ana")
			asked := r.pending()
			asked.Send(hello("ben", ""))
			silent := r.silentClients(100)
			if f := silent[0].ExpectError("full"); f.Message == "" || f.Action != "" {
				t.Errorf("%s: told %s", mode, f.Text)
			}
			wantClose(t, silent[0], 4002, "")
			if n, first := countOpen(silent), countOpen(silent[:90]); n > 10 || n < 9 || first != 0 {
				t.Errorf("%s: %d silent clients stay, %d of them among the first", mode, n, first)
			}
			if asked.Closed() || ana.Closed() {
				t.Errorf("%s: one that has said hello was sent away for silent ones", mode)
			}
			ana.Cut()
			time.Sleep(3 * time.Second)
			wantAdmitted(r.pending(), "ana", "")
			r.admit(t, mode, "cleo")
		})
	}
}

// Hellos do not help: then the oldest hello is evicted.
func TestPending_RefusedHellosAreBoundedToo(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.ask("set_settings", map[string]any{"max_connections": 40}, nil)
		r.access("code")
		var list []*wstest.Client
		for i := range 30 {
			list = append(list, r.pending())
			wantRefused(t, list[i], hello(fmt.Sprint("p", i), ""), "code_needed")
			wantRefused(t, list[0], hello("p0", ""), "code_needed") // helloNamed again and again
			time.Sleep(300 * time.Millisecond)
		}
		if n, last := countOpen(list), countOpen(list[21:]); n != 10 || last != 9 || list[0].Closed() {
			t.Errorf("%d stay, %d of the last", n, last)
		}
	})
}

// The lobby has the same bound on connections, on however few places.
func TestPending_TheLobbyIsBoundedToo(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.ask("set_settings", map[string]any{"max_connections": 40}, nil)
		r.access("approval")
		for range 10 {
			r.enterLobby("ana")
		}
		late := r.pending()
		wantRefused(t, late, hello("ben", ""), "full")
		r.ask("let_in", map[string]any{"all": true}, nil)
		late.Send(hello("ben", "")) // the connection lives
		late.Expect("waiting")
	})
}

// An open room has no pending connections, and the oldest clients may be silent for ever.
func TestPending_NoneWhereTheRoomIsOpen(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.ask("set_settings", map[string]any{"max_connections": 40}, nil)
		list := r.silentClients(35)
		r.access("code")
		if n := countOpen(list); n != 35 {
			t.Errorf("%d stay", n)
		}
	})
}

// An admitted client whose hello is refused has the usual time to say another one.
func TestPending_EndsInTimeWhereAnAdmittedHelloIsRefused(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ben := r.person("ben")
		r.access("approval")
		ana := r.enterLobby("ana") // under the name ana
		ben.Send(map[string]any{"action": "hello", "user_id": "ben", "name": "ana"})
		ben.Expect("welcome")
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		if f := ana.ExpectError("identity_taken"); f.Field != "name" {
			t.Errorf("told %s", f.Text)
		}
		time.Sleep(9 * time.Minute)
		if ana.Closed() {
			t.Fatal("it was not given its time")
		}
		time.Sleep(2 * time.Minute)
		wantClose(t, ana, 1001, "")
	})
}

// So has one that is over a limit by then, which is found before it is admitted.
func TestPending_EndsInTimeWhereALimitRefusesTheHello(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		r.access("approval")
		ana := r.pending()
		ana.Send(map[string]any{"action": "hello", "user_id": "ana", "topics": []string{"general", "kitchen"}})
		ana.Expect("waiting")
		r.ask("set_settings", map[string]any{"max_topics": 1}, nil)
		r.ask("let_in", map[string]any{"user_id": "ana"}, nil)
		ana.ExpectError("too_large")
		time.Sleep(11 * time.Minute)
		wantClose(t, ana, 1001, "")
	})
}
