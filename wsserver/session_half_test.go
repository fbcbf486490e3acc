package wsserver_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/auth"
	"belfry/wsserver/wstest"
)

// cookieOf is what any other program on the same host is sent by the browser.
func cookieOf(header http.Header) http.Header { return http.Header{"Cookie": header["Cookie"]} }

// Browsers send a cookie to every program on the host, whatever its port.
func TestSession_ACookieAloneDoesNothing(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		own := signIn(t, r, "127.0.0.1")
		d := dashboardAs(t, r, "127.0.0.1", own)
		thief := cookieOf(own)
		for _, half := range []string{"", "wrong", own.Get("Cookie"), strings.ToLower(own.Get(auth.HalfHeader)), own.Get(auth.HalfHeader) + "x"} {
			header := []string{"Cookie", own.Get("Cookie"), auth.HalfHeader, half}
			for _, req := range [][2]string{{"GET", "/export?format=csv"}, {"DELETE", "/session"}, {"GET", "/session"}, {"GET", "/ws/server"}} {
				if answer, body := r.do(request(t, req[0], req[1], header...)); answer.StatusCode != 401 {
					t.Errorf("%v with %q: %d %s", req, half, answer.StatusCode, body)
				}
			}
		}
		for _, req := range [][2]string{{"GET", "/export?format=csv"}, {"DELETE", "/session"}, {"POST", "/session"}} {
			answer, body := r.do(request(t, req[0], req[1], "Cookie", own.Get("Cookie")))
			if code, _ := refused(t, body); answer.StatusCode != 401 || code != "key_needed" {
				t.Errorf("%v: %d %s", req, answer.StatusCode, body)
			}
		}
		for _, first := range []map[string]any{
			{"action": "key"},
			{"action": "state"},
			{"action": "broadcast", "message": "from a thief"},
			{"action": "session"},
			{"action": "session", "half": "wrong"},
			{"action": "session", "half": strings.TrimPrefix(own.Get("Cookie"), "belfry_8000=")},
			{"action": "prove", "password": "wrong"},
			{},
		} {
			c := wstest.Dial(t, r.listen.Dial, "/ws/server", thief)
			first["id"] = "1"
			c.Send(first)
			c.ExpectError("key_needed")
			wantClose(t, c, 4003, "")
		}
		if last := r.State().Seq; last != 0 {
			t.Errorf("%d messages were written", last)
		}
		if e := d.Ask("state", nil, nil); e != nil || d.Closed() {
			t.Errorf("the operator's own dashboard: %v", e)
		}
	})
}

func TestSession_NothingIsSentBeforeTheHalfIsShown(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		own := signIn(t, r, "127.0.0.1")
		c := wstest.Dial(t, r.listen.Dial, "/ws/server", cookieOf(own))
		r.say("a secret")
		r.client()
		time.Sleep(3 * time.Second)
		if sent := c.Drain(); len(sent) > 0 {
			t.Errorf("sent before: %v", sent)
		}
		c.Send(map[string]any{"action": "session", "id": "1", "half": own.Get(auth.HalfHeader)})
		c.Expect("result")
		c.Expect("counts")
		r.say("live")
		if m := c.ExpectAfter("message", "event"); m.Message != "live" {
			t.Errorf("sent %s", m.Text)
		}
		if list := sessionsOf(t, c); len(list) != 1 || !list[0].This || list[0].Connected != 1 {
			t.Errorf("sessions %+v", list)
		}
		// A page says it on each connection, also where it was shown with the handshake.
		if e := dashboardAs(t, r, "127.0.0.1", own).Ask("session", map[string]any{"half": own.Get(auth.HalfHeader)}, nil); e != nil {
			t.Error(e.Text)
		}
	})
}

func TestSession_WhoNeverShowsTheHalfIsClosed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		own := signIn(t, r, "127.0.0.1")
		c := wstest.Dial(t, r.listen.Dial, "/ws/server", cookieOf(own))
		time.Sleep(11 * time.Second)
		c.ExpectError("key_needed")
		wantClose(t, c, 4003, "")
		// One whose session ends meanwhile gets nothing by the half either.
		late := wstest.Dial(t, r.listen.Dial, "/ws/server", cookieOf(own))
		if answer, _ := r.do(request(t, "DELETE", "/session", "Cookie", own.Get("Cookie"), auth.HalfHeader, own.Get(auth.HalfHeader))); answer.StatusCode != 204 {
			t.Fatal(answer.StatusCode)
		}
		late.Send(map[string]any{"action": "session", "half": own.Get(auth.HalfHeader)})
		late.ExpectError("key_needed")
		wantClose(t, late, 4003, "")
	})
}

// A server that stops ends those too.
func TestClose_EndsDashboardsThatHaveNotShownTheirHalf(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.Dial(t, r.listen.Dial, "/ws/server", cookieOf(signIn(t, r, "127.0.0.1")))
		r.stop()
		wantClose(t, c, 1001, "")
	})
}

func TestOperatorsRequests_OfOtherSitesAreRefused(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		own := signIn(t, r, "127.0.0.1")
		for site, want := range map[string]int{"same-origin": 200, "none": 200, "": 200, "same-site": 403, "cross-site": 403, "x": 403} {
			for _, with := range [][]string{
				{"Cookie", own.Get("Cookie"), auth.HalfHeader, own.Get(auth.HalfHeader)}, {"Authorization", "Bearer " + key},
			} {
				req := request(t, "GET", "/export?format=csv", append(with, "Sec-Fetch-Site", site)...)
				if answer, body := r.do(req); answer.StatusCode != want {
					t.Errorf("%q: %d %s", site, answer.StatusCode, body)
				}
			}
		}
	})
}

// One sign is not enough: tunnels and proxies on this machine have its address, and a liar on the network may point a name at
// it.
func TestThisMachine_IsToldByTheHostToo(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for host, allowed := range map[string]bool{
			"127.0.0.1:8000": true, "localhost:8000": true, "LOCALHOST.": true, "[::1]:8000": true, "127.9.8.7": true, "[::ffff:127.0.0.1]": true,
			"room.example": false, "belfry.local:8000": false, "192.168.1.24:8000": false, "[fe80::1]": false, "0.0.0.0:8000": false,
			"localhost.room.example": false,
		} {
			req := request(t, "GET", "/session", "Authorization", "Bearer "+key)
			req.Host = host
			if answer, body := r.do(req); (answer.StatusCode == 204) != allowed {
				t.Errorf("%s: %d %s", host, answer.StatusCode, body)
			}
		}
	}, func(c *wsserver.Config) { c.Window, c.Hosts = true, []string{"room.example", "belfry.local"} })
}
