package wsserver_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/peers"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// A machine that is cut off from the others, what it says of them, and to whom.

// A machine that is cut off is not ready, so that a proxy in front of all of them sends nobody there.
func TestMachines_WhoIsCutOffIsNotReady(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		secret := m[0].watcher()
		wantReady(t, m[0].room, http.StatusOK, `{"ready":true}`)
		m[0].cut()
		wantReady(t, m[0].room, http.StatusServiceUnavailable, `{"ready":false,"why":["cut_off"]}`)
		wantReady(t, m[1].room, http.StatusOK, `{"ready":true}`)
		if got := m[0].samples(secret)["log_writable"]; got != 0 {
			t.Errorf("log_writable is %v", got)
		}
		m[0].reconnect()
		wantReady(t, m[0].room, http.StatusOK, `{"ready":true}`)
	})
}

// Clients know where the other machines are, as it changes; pages may ask them by a picture.
func TestMachines_ClientsKnowTheOthers(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		ana := m[0].client()
		welcome := ana.HelloAs("ana", tokenOf("ana"))
		if !strings.Contains(welcome.Text, `"nodes":["http://b:8000/","http://c:8000/"]`) {
			t.Errorf("welcome is %s", welcome.Text)
		}
		waitIdle()
		ana.Drain()
		m[2].node.SetCut(true)
		time.Sleep(9 * time.Second)
		for _, f := range ana.Drain() {
			if f.Type == "nodes" {
				t.Errorf("told too soon: %s", f.Text)
			}
		}
		time.Sleep(3 * time.Second)
		if f := ana.ExpectAfter("nodes", "counts"); f.Text != `{"type":"nodes","nodes":["http://b:8000/"]}` {
			t.Errorf("told %s", f.Text)
		}
		m[1].stop()
		waitIdle()
		if f := ana.ExpectAfter("nodes", "counts"); f.Text != `{"type":"nodes","nodes":[]}` {
			t.Errorf("told %s", f.Text)
		}
	})
}

func TestMachines_PagesAskByAPicture(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		epoch := m[0].State().Epoch
		req, _ := http.NewRequest(http.MethodGet, "http://127.0.0.1:8000/ws/here?epoch="+epoch, nil)
		answer, body := m[1].do(req)
		if answer.StatusCode != 200 || answer.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" || http.DetectContentType([]byte(body)) != "image/gif" {
			t.Errorf("%d %v %q", answer.StatusCode, answer.Header, body)
		}
		if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src 'self' http://a:8000/ data:;") || !strings.Contains(policy, "connect-src 'self';") {
			t.Errorf("the policy is %s", policy)
		}
		if status, _ := m[1].get("/ws/here?epoch=another"); status != http.StatusNotFound {
			t.Errorf("who does not know the log is answered %d", status)
		}
		m[1].cut()
		if status, _ := m[1].get("/ws/here?epoch=" + epoch); status != http.StatusNotFound {
			t.Errorf("cut off, it answers %d", status)
		}
	})
}

// A machine that is cut off says so, keeps who is there for ten seconds, sends them away once, and takes those back that can
// reach no other. When it is back, it is a machine as before.
func TestMachines_CutOff(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		ana := m[1].person("ana", "general")
		m[1].say("before")
		m[1].cut()
		if trouble := m[1].State().Trouble; trouble == nil || trouble.Code != "cut_off" {
			t.Errorf("the operator is told %+v", trouble)
		}
		time.Sleep(time.Second)
		ana.Expect("message")
		if f := ana.ExpectAfter("nodes", "counts"); f.Text != `{"type":"nodes","nodes":["http://a:8000/","http://c:8000/"],"cut_off":true}` {
			t.Errorf("cut off, people are told %s", f.Text)
		}
		ana.Drain()
		ana.Send(map[string]any{"action": "notify", "id": "1", "topic": "general", "message": "lost?"})
		if f := ana.ExpectError("not_kept"); !strings.Contains(f.Text, `"retry_ms":2000`) {
			t.Errorf("refused with %s", f.Text)
		}
		ana.Send(map[string]any{"action": "history", "topic": "general"})
		ana.Expect("history")
		status, body := m[1].get("/ws/client")
		if want := fmt.Sprintf(`"nodes":["http://a:8000/","http://c:8000/"],"epoch":"%s"`, m[1].State().Epoch); status != 503 || !strings.Contains(body, want) {
			t.Errorf("a newcomer is answered %d %s", status, body)
		}
		time.Sleep(6 * time.Second)
		if ana.Closed() {
			t.Error("sent away too soon")
		}
		time.Sleep(3 * time.Second)
		wantClose(t, ana, wire.CloseGoingAway, "retry_ms=2000")
		back := wstest.Dial(t, m[1].listen.Dial, "/ws/client?stay=1", nil)
		back.Expect("counts")
		welcome := back.HelloAs("ana", tokenOf("ana"), "general")
		if !strings.Contains(welcome.Text, `"nodes":["http://a:8000/","http://c:8000/"],"cut_off":true`) {
			t.Errorf("who stays is told %s", welcome.Text)
		}
		time.Sleep(time.Minute)
		if back.Closed() {
			t.Error("who stays is sent away again")
		}
		m[0].say("meanwhile")
		back.Drain()
		m[1].reconnect()
		time.Sleep(time.Second)
		var news []string
		told := ""
		for _, f := range back.Drain() {
			switch f.Type {
			case "message":
				news = append(news, fmt.Sprint(f.Seq, " ", f.Message))
			case "nodes":
				if told = f.Text; strings.Contains(told, "cut_off") {
					t.Errorf("back, people are told %s", told)
				}
			}
		}
		if !slices.Equal(news, []string{"2 meanwhile"}) {
			t.Errorf("back, people hear %q", news)
		}
		if told != `{"type":"nodes","nodes":["http://a:8000/","http://c:8000/"]}` {
			t.Errorf("back, people are told at last %s", told)
		}
		if seq := back.Notify("1", "general", "lost?"); seq != 3 {
			t.Errorf("sent again: %d", seq)
		}
		if trouble := m[1].State().Trouble; trouble != nil && trouble.Code == "cut_off" {
			t.Errorf("back, the operator is told %+v", trouble)
		}
		m[1].client()
	})
}

// The last machine that is stopped is cut off: it stops as ever, although what happened there last cannot be written.
func TestMachines_CutOffOneStops(t *testing.T) {
	inMachines(t, two, func(t *testing.T, m []machine) {
		m[0].person("ana", "general")
		m[0].cut()
		if err := m[0].Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// The operator sees each machine, how it is and what is wrong with it.
func TestMachines_StateHasThem(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		m[1].person("ana")
		m[0].node.SetStatus(func(s *peers.Status) { s.Applied, s.Digest, s.Trouble = 7, "x", "One copy is missing." })
		m[1].node.SetStatus(func(s *peers.Status) { s.Applied, s.Digest, s.Behind = 7, "y", 3 })
		m[2].node.SetCut(true)
		m[0].node.SetStatus(func(s *peers.Status) { s.Missing = []string{"c", "d"} })
		time.Sleep(5 * time.Second)
		want := []peers.Machine{
			{Node: "a", This: true, State: peers.Working, URL: "http://a:8000/", Version: "1", Trouble: "One copy is missing."},
			{Node: "b", State: peers.Working, URL: "http://b:8000/", Version: "1", Clients: 1, Behind: 3, Differs: true},
			{Node: "c", State: peers.Silent, URL: "http://c:8000/", Version: "1"},
			{Node: "d", State: peers.Missing},
		}
		if got := m[0].State().Machines; !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		m[2].node.SetCut(false)
		m[2].cut()
		time.Sleep(10 * time.Second)
		if got := m[0].State().Machines; got[2] != (peers.Machine{Node: "c", State: peers.Missing}) {
			t.Errorf("gone for longer: %+v", got[2])
		}
	})
}

// Who is signed out while a machine is cut off must not go on seeing the room there: after ten seconds it has no dashboards on
// other computers. Its own computer has one, which says what is wrong.
func TestMachines_CutOffEndsDashboards(t *testing.T) {
	inMachines(t, three, func(t *testing.T, m []machine) {
		const there = "192.168.1.7"
		session := signIn(t, m[1].room, there)
		far, near := dashboardAs(t, m[1].room, there, session), m[1].dashboard()
		m[1].cut()
		time.Sleep(7 * time.Second)
		if far.Closed() {
			t.Error("ended too soon")
		}
		time.Sleep(3 * time.Second)
		far.Drain()
		wantClose(t, far, wire.CloseGoingAway, "retry_ms=2000")
		if near.Closed() {
			t.Error("the one on this computer has ended")
		}
		answer, body := do(t, from(m[1].room, there), request(t, "GET", "/ws/server", "Authorization", "Bearer "+key,
			"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
		if answer.StatusCode != 503 || !strings.Contains(body, `"nodes":["http://a:8000/","http://c:8000/"]`) {
			t.Errorf("another one is answered %d %s", answer.StatusCode, body)
		}
		m[1].reconnect()
		dashboardAs(t, m[1].room, there, session).Drain()
	})
}
