package wsserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/peers"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// Several servers that share a log and a network are the machines of one room.

// machine is one of them.
type machine struct {
	server
	node *wstest.Node
}

// inMachines runs a test in a bubble with machines of these names, once they have heard of one another.
func inMachines(t *testing.T, names []string, test func(t *testing.T, m []machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		shared, network := wstest.NewSharedLog(), wstest.NewSharedNetwork()
		list := make([]machine, len(names))
		for i, name := range names {
			m := &list[i]
			m.node, m.view = network.Node(name), shared.View(msglog.NewMemory())
			m.room = newRoom(t, onView(m.view), func(c *wsserver.Config) {
				c.Cluster, c.PublicURL, c.Version = m.node, "http://"+name+":8000/", "1"
			})
		}
		time.Sleep(2 * time.Second)
		test(t, list)
	})
}

var two, three = []string{"a", "b"}, []string{"a", "b", "c"}

// cut cuts a machine off, and has its engine say so as it does after two seconds.
func (m *machine) cut() {
	m.view.SetCut(true)
	m.node.SetCut(true)
	time.Sleep(2 * time.Second)
	m.node.SetStatus(func(s *peers.Status) { s.CutOff, s.Since = true, time.Now() })
	waitIdle()
}

func (m *machine) reconnect() {
	m.view.SetCut(false)
	m.node.SetCut(false)
	m.node.SetStatus(func(s *peers.Status) { s.CutOff, s.Since = false, time.Time{} })
	time.Sleep(2 * time.Second)
}

// named are the people of a list of clients, each with the machine where they are.
func named(a operator.ClientsAnswer) (list []string) {
	for _, c := range a.Clients {
		list = append(list, strings.TrimSuffix(c.UserID+"@"+c.Machine, "@"))
	}
	slices.Sort(list)
	return list
}

func wantNamed(t *testing.T, a operator.ClientsAnswer, full bool, want ...string) {
	t.Helper()
	if got := named(a); !slices.Equal(got, want) || a.Full != full || len(a.Missing) > 0 {
		t.Errorf("%q (full %v, missing %q), want %q", got, a.Full, a.Missing, want)
	}
}

// Everybody is told how many are in the room, whichever machine they are at. Who has fallen silent is counted for three seconds.
func TestMachines_CountsAreOfTheWholeRoom(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		ana := m[0].person("ana")
		waitIdle()
		ana.Drain()
		m[1].person("ben", "general")
		m[2].person("eve", "general")
		waitIdle()
		frames := ana.Drain()
		if last := frames[len(frames)-1]; last.Text != `{"type":"counts","subscribers":2,"clients":3}` {
			t.Errorf("the last counts are %s", last.Text)
		}
		if s := m[0].State(); s.Clients != 3 || s.Subscribers != 2 {
			t.Errorf("state: %d and %d", s.Clients, s.Subscribers)
		}
		m[0].dashboard().Expect("event")
		m[2].node.SetCut(true)
		time.Sleep(2500 * time.Millisecond)
		if s := m[0].State(); s.Clients != 3 {
			t.Errorf("silent for less than three seconds: %d", s.Clients)
		}
		time.Sleep(2 * time.Second)
		if s := m[0].State(); s.Clients != 2 || s.Subscribers != 1 {
			t.Errorf("silent for more: %d and %d", s.Clients, s.Subscribers)
		}
		m[2].node.SetCut(false)
		time.Sleep(2 * time.Second)
		if s := m[0].State(); s.Clients != 3 {
			t.Errorf("heard again: %d", s.Clients)
		}
	})
}

// A machine alone does nothing of all this, and its answers have none of it.
func TestMachines_OneIsAlone(t *testing.T) {
	inRooms(t, 1, func(t *testing.T, s []server) {
		ana := s[0].client()
		welcome := ana.HelloAs("ana", tokenOf("ana"))
		if strings.Contains(welcome.Text, "nodes") {
			t.Errorf("welcome is %s", welcome.Text)
		}
		for _, answer := range []any{s[0].State(), s[0].Clients(operator.ClientsQuery{}), s[0].Lobby(), s[0].Sessions(t.Context())} {
			if b, _ := json.Marshal(answer); strings.Contains(string(b), "machine") || strings.Contains(string(b), "missing") {
				t.Errorf("%s", b)
			}
		}
		if status, _ := s[0].get("/ws/here?epoch=" + s[0].State().Epoch); status != http.StatusNotFound {
			t.Errorf("/ws/here answers %d", status)
		}
	})
}

// get is a plain request.
func (r *room) get(path string) (status int, body string) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:8000"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	answer, body := r.do(req)
	return answer.StatusCode, body
}

// The list of people is that of all machines, by one revision: who asks again is told what has changed since, wherever.
func TestMachines_ListOfPeople(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		ana, ben := m[0].person("ana"), m[1].person("ben")
		waitIdle()
		first := m[0].Clients(operator.ClientsQuery{})
		wantNamed(t, first, true, "ana", "ben@b")
		if e := <-m[0].Events(t.Context()); e.ClientsRev != first.Rev {
			t.Errorf("the event's revision is %d, the list's %d", e.ClientsRev, first.Rev)
		}
		wantNamed(t, m[0].Clients(operator.ClientsQuery{Since: first.Rev}), false)
		m[2].person("eve")
		waitIdle()
		second := m[0].Clients(operator.ClientsQuery{Since: first.Rev})
		wantNamed(t, second, false, "eve@c")
		var conns []uint64
		for _, c := range append(first.Clients, second.Clients...) {
			if !slices.Contains(conns, c.Conn) {
				conns = append(conns, c.Conn)
			}
		}
		wantNamed(t, m[0].Clients(operator.ClientsQuery{Conns: conns}), false, "ana", "ben@b", "eve@c")
		ben.Close()
		waitIdle()
		third := m[0].Clients(operator.ClientsQuery{Since: second.Rev})
		wantNamed(t, third, false)
		if len(third.Gone) != 1 || third.Gone[0] != first.Clients[1].Conn {
			t.Errorf("gone: %d, want %d", third.Gone, first.Clients[1].Conn)
		}
		ana.Close()
		m[2].node.SetCut(true)
		waitIdle()
		began := time.Now()
		fourth := m[0].Clients(operator.ClientsQuery{Since: third.Rev})
		if took := time.Since(began); !slices.Equal(fourth.Missing, []string{"c"}) || took > 1100*time.Millisecond {
			t.Errorf("one does not answer: missing %q after %v", fourth.Missing, took)
		}
		time.Sleep(12 * time.Second)
		wantNamed(t, m[0].Clients(operator.ClientsQuery{Since: fourth.Rev}), true)
	})
}

// An answer that is too long for one message of the network comes in parts.
func TestMachines_ALongListComesInParts(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		const n = 1500
		for i := range n {
			c := m[1].client()
			c.HelloAs(fmt.Sprint("someone-with-a-long-user-id-", i), tokenOf(fmt.Sprint("x", i)))
		}
		waitIdle()
		if a := m[0].Clients(operator.ClientsQuery{}); len(a.Clients) != n || len(a.Missing) > 0 {
			t.Errorf("%d people, missing %q", len(a.Clients), a.Missing)
		}
	})
}

// Verbs act on whoever is connected to another machine, guests and people who have shown nothing among them.
func TestMachines_VerbsOnPeopleElsewhere(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		guest := m[1].client()
		guest.Subscribe()
		waitIdle()
		userID := m[0].Clients(operator.ClientsQuery{}).Clients[0].UserID
		guest.Drain()
		if err := m[0].Mute(t.Context(), userID); err != nil {
			t.Fatal(err)
		}
		if f := guest.Expect("muted"); !strings.Contains(f.Text, "true") {
			t.Errorf("told %s", f.Text)
		}
		if err := m[0].Unmute(t.Context(), userID); err != nil {
			t.Fatal(err)
		}
		if f := guest.Expect("muted"); !strings.Contains(f.Text, "false") {
			t.Errorf("told %s", f.Text)
		}
		m[0].broadcast(operator.Broadcast{Message: "To you.", UserID: userID})
		if f := guest.Expect("message"); f.Message != "To you." {
			t.Errorf("heard %s", f.Text)
		}
		if err := m[0].Disconnect(t.Context(), userID, "Enough."); err != nil {
			t.Fatal(err)
		}
		wantClose(t, guest, wire.CloseRemoved, "removed")
		wantCode(t, m[0].Disconnect(t.Context(), "nobody", ""), "unknown_user")
		wantCode(t, m[0].Mute(t.Context(), "nobody"), "unknown_user")
		_, err := m[0].Broadcast(t.Context(), operator.Broadcast{Message: "x", UserID: "nobody"})
		wantCode(t, err, "unknown_user")
	})
}

// Who waits at one machine is let in, or refused, at another: with a token or without one.
func TestMachines_LobbiesAreOne(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		for i := range m {
			m[i].access("approval")
		}
		waitIdle() // a change that arrives later has who waits say hello again
		bare := map[string]any{"action": "hello", "user_id": "eve", "name": "Eve"}
		waits := func(at int, frame map[string]any) *wstest.Client {
			c := m[at].pending()
			c.Send(frame)
			c.Expect("waiting")
			time.Sleep(time.Second)
			return c
		}
		ana, again, eve, ben := waits(1, hello("ana", "")), waits(0, hello("ana", "")), waits(1, bare), waits(1, hello("ben", ""))
		var names []string
		for _, w := range m[0].Lobby().Waiting {
			names = append(names, w.UserID)
		}
		if want := []string{"ana", "eve", "ben"}; !slices.Equal(names, want) || m[0].State().Waiting != 4 {
			t.Errorf("in the lobby: %q, and %d", names, m[0].State().Waiting)
		}
		for _, userID := range []string{"ana", "eve"} {
			if err := m[0].LetIn(t.Context(), userID, false); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []*wstest.Client{ana, again, eve} {
			c.Expect("welcome")
		}
		if err := m[0].Refuse(t.Context(), "ben", false, "Full."); err != nil {
			t.Fatal(err)
		}
		if f := ben.ExpectError("not_allowed"); f.Message != "Full." {
			t.Errorf("told %s", f.Text)
		}
		wantClose(t, ben, wire.CloseNotAllowed, "refused")
		wantCode(t, m[0].LetIn(t.Context(), "nobody", false), "unknown_user")
		wantCode(t, m[0].Refuse(t.Context(), "nobody", false, ""), "unknown_user")
		dan, kim := waits(0, hello("dan", "")), waits(1, hello("kim", ""))
		if err := m[0].LetIn(t.Context(), "", true); err != nil {
			t.Fatal(err)
		}
		dan.Expect("welcome")
		kim.Expect("welcome")
		time.Sleep(time.Second)
		if n := m[0].State().Waiting + len(m[1].Lobby().Waiting); n != 0 {
			t.Errorf("%d still wait", n)
		}
	})
}

// Who is in when the room is closed may come back, whichever machine they are at.
func TestMachines_WhoIsInsideElsewhereIsGranted(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		m[1].person("ana")
		waitIdle()
		m[0].access("code")
		m[1].access("code")
		waitIdle()
		if g := m[0].Grants().Grants; len(g) != 1 || g[0].UserID != "ana" || !g[0].Connected {
			t.Errorf("grants: %+v", g)
		}
	})
}

// Dashboards of all machines are counted, and that of a program is ended from another one.
func TestMachines_Sessions(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		there := m[1].dashboard()
		time.Sleep(2 * time.Second)
		list := m[0].Sessions(t.Context()).Sessions
		if len(list) != 1 || list[0].Connected != 1 {
			t.Fatalf("sessions: %+v", list)
		}
		if err := m[0].EndSession(t.Context(), list[0].ID); err != nil {
			t.Fatal(err)
		}
		wantClose(t, there, wire.CloseNotAllowed, "session ended")
	})
}

// Who was at a machine that has died is away, and here again where they come back.
func TestMachines_WhoWasWhereOneDied(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		m[1].person("ana", "general")
		time.Sleep(2 * time.Second)
		here := func() (here, away int) {
			a := m[0].Clients(operator.ClientsQuery{})
			return len(a.Clients), a.AwayTotal
		}
		if n, away := here(); n != 1 || away != 0 {
			t.Errorf("before: %d here, %d away", n, away)
		}
		m[1].node.SetCut(true)
		m[1].view.SetCut(true)
		time.Sleep(15 * time.Second)
		if n, away := here(); n != 0 || away != 1 {
			t.Errorf("after it has died: %d here, %d away", n, away)
		}
		m[2].person("ana", "general")
		time.Sleep(2 * time.Second)
		if n, away := here(); n != 1 || away != 0 {
			t.Errorf("back: %d here, %d away", n, away)
		}
		m[1].reconnect()
	})
}

// A grant that nobody uses ends after a while, but not that of who is connected all the time, at another machine.
func TestMachines_WhoIsInsideElsewhereIsInside(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		m[1].person("ana")
		time.Sleep(2 * time.Second)
		for userID, want := range map[string]bool{"ana": true, "nobody": false} {
			if got := m[0].IsInside(userID); got != want {
				t.Errorf("%s is inside: %v", userID, got)
			}
		}
	})
}
