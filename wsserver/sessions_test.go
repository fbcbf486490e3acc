package wsserver_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/auth"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/wstest"
)

// signIn opens a session from an address, and returns the headers that a browser sends with it.
func signIn(t *testing.T, r *room, ip string) http.Header {
	t.Helper()
	answer, body := do(t, from(r, ip), request(t, "POST", "/session", "Authorization", "Bearer "+key, "User-Agent", firefox))
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("sign in: %d %s", answer.StatusCode, body)
	}
	return shown(answer)
}

// shown is what the browser of a sign-in shows from then on: the cookie, and the half that its page keeps.
func shown(answer *http.Response) http.Header {
	c := answer.Cookies()[0]
	return http.Header{"Cookie": {c.Name + "=" + c.Value}, auth.HalfHeader: {answer.Header.Get(auth.HalfHeader)}, "User-Agent": {firefox}}
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

func dashboardAs(t *testing.T, r *room, ip string, header http.Header) *wstest.Client {
	t.Helper()
	d := wstest.Dial(t, from(r, ip), "/ws/server", header)
	d.Expect("counts")
	return d
}

func sessionsOf(t *testing.T, d *wstest.Client) []operator.SessionInfo {
	t.Helper()
	var answer operator.SessionsAnswer
	if e := d.Ask("sessions", nil, &answer); e != nil {
		t.Fatalf("sessions: %s", e.Text)
	}
	return answer.Sessions
}

func signedIn(t *testing.T, r *room, header http.Header) bool {
	t.Helper()
	answer, _ := r.do(request(t, "GET", "/session", "Cookie", header.Get("Cookie")))
	return answer.StatusCode == http.StatusNoContent
}

func TestSessions_AreListed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		tablet := signIn(t, r, "10.0.0.7")
		time.Sleep(time.Minute)
		desk := signIn(t, r, "127.0.0.1")
		d := dashboardAs(t, r, "127.0.0.1", desk)
		dashboardAs(t, r, "127.0.0.1", desk)
		program := r.dashboard()
		time.Sleep(time.Minute)
		list := sessionsOf(t, d)
		if len(list) != 3 {
			t.Fatalf("%d sessions: %+v", len(list), list)
		}
		one, two, three := list[0], list[1], list[2]
		if !one.This || !one.Lasting || one.Connected != 2 || one.How != "key" || one.Browser != "Linux, Firefox" {
			t.Errorf("the asker's own: %+v", one)
		}
		if two.This || two.Lasting || two.Connected != 1 {
			t.Errorf("a program with the key: %+v", two)
		}
		if three.This || three.Connected != 0 || three.Address != "10.0.0.7" || three.Since != three.Used || three.Since >= one.Since {
			t.Errorf("the tablet: %+v", three)
		}
		if own := sessionsOf(t, program); !own[0].This || own[0].ID != two.ID {
			t.Errorf("the program asks: %+v", own[0])
		}
		if r.Sessions(context.Background()).Sessions[0].This {
			t.Error("a session is taken for the window")
		}
		if !signedIn(t, r, tablet) {
			t.Error("the tablet is not signed in")
		}
	})
}

func TestSession_IsEndedWithItsDashboards(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		lost, own := signIn(t, r, "10.0.0.7"), signIn(t, r, "10.0.0.8")
		stolen := dashboardAs(t, r, "10.0.0.7", lost)
		d := dashboardAs(t, r, "10.0.0.8", own)
		for _, s := range sessionsOf(t, d) {
			if !s.This {
				if e := d.Ask("end_session", map[string]any{"session": s.ID}, nil); e != nil {
					t.Fatal(e.Text)
				}
			}
		}
		stolen.ExpectAfter("error", "event")
		wantClose(t, stolen, 4003, "")
		if signedIn(t, r, lost) || !signedIn(t, r, own) || len(sessionsOf(t, d)) != 1 {
			t.Error("the wrong one was ended")
		}
		if e := d.Ask("end_session", map[string]any{"session": "nonsense"}, nil); e == nil || e.Code != "not_allowed" {
			t.Errorf("one that is not there: %v", e)
		}
		program := r.dashboard()
		if e := d.Ask("end_session", map[string]any{"session": sessionsOf(t, program)[0].ID}, nil); e != nil {
			t.Error(e.Text)
		}
		program.ExpectAfter("error", "result")
		wantClose(t, program, 4003, "")
	})
}

func TestSession_SigningOutEndsIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		header := signIn(t, r, "127.0.0.1")
		d := dashboardAs(t, r, "127.0.0.1", header)
		if answer, _ := r.do(request(t, "DELETE", "/session", "Cookie", header.Get("Cookie"), "Origin", "http://evil.example")); answer.StatusCode != 403 {
			t.Errorf("from another page: %d", answer.StatusCode)
		}
		half := []string{"Cookie", header.Get("Cookie"), auth.HalfHeader, header.Get(auth.HalfHeader)}
		if answer, _ := r.do(request(t, "DELETE", "/session", half...)); answer.StatusCode != 204 {
			t.Errorf("status %d", answer.StatusCode)
		}
		d.ExpectAfter("error", "event")
		wantClose(t, d, 4003, "")
		if signedIn(t, r, header) { // a cookie that was copied is worth nothing either
			t.Error("still signed in")
		}
	})
}

// A browser that signs in again has another session; all that the one before has open ends, since its cookie may be in other
// hands. A cookie alone gives no new one.
func TestSession_SigningInAgainEndsTheOneBefore(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		header := signIn(t, r, "127.0.0.1")
		d := dashboardAs(t, r, "127.0.0.1", header)
		id := sessionsOf(t, d)[0].ID
		answer, _ := r.do(request(t, "POST", "/session", "Cookie", header.Get("Cookie"), "Authorization", "Bearer "+key))
		again := shown(answer)
		d.ExpectAfter("error", "event")
		wantClose(t, d, 4003, "")
		if signedIn(t, r, header) || !signedIn(t, r, again) {
			t.Error("the old cookie holds, or the new one does not")
		}
		if list := sessionsOf(t, dashboardAs(t, r, "127.0.0.1", again)); len(list) != 1 || list[0].ID == id || !list[0].This {
			t.Errorf("sessions %+v", list)
		}
		for _, auth := range []string{"", "Bearer wrong"} {
			answer, _ := r.do(request(t, "POST", "/session", "Cookie", again.Get("Cookie"), "Authorization", auth))
			if answer.StatusCode != 401 {
				t.Errorf("with a cookie and %q: %d", auth, answer.StatusCode)
			}
		}
	})
}

func TestNewKey_EndsEveryOtherSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, func(c *wsserver.Config) { c.Dir, c.Token = dir, "" })
		file := filepath.Join(dir, "operator-token")
		read := func() string {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(string(b))
		}
		old := read()
		open := func(key string) (http.Header, int) {
			answer, _ := r.do(request(t, "POST", "/session", "Authorization", "Bearer "+key))
			if answer.StatusCode != 204 {
				return nil, answer.StatusCode
			}
			return shown(answer), 204
		}
		own, _ := open(old)
		other, _ := open(old)
		d, e := dashboardAs(t, r, "127.0.0.1", own), dashboardAs(t, r, "127.0.0.1", other)
		program := wstest.Dial(t, r.listen.Dial, "/ws/server", http.Header{"Authorization": {"Bearer " + old}})
		var made operator.KeyAnswer
		if e := d.Ask("new_key", nil, &made); e != nil {
			t.Fatal(e.Text)
		}
		if made.Key == old || made.Key != read() || !strings.HasSuffix(made.URL, "/server#token="+made.Key) || made.QR.Size == 0 {
			t.Errorf("made %+v, the file has %s", made, read())
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("kept as %v, %v", info.Mode(), err)
		}
		wantClose(t, e, 4003, "")
		wantClose(t, program, 4003, "")
		if !signedIn(t, r, own) || signedIn(t, r, other) || len(sessionsOf(t, d)) != 1 {
			t.Error("the wrong sessions have ended")
		}
		if _, status := open(old); status != 401 {
			t.Errorf("the old key: %d", status)
		}
		if _, status := open(made.Key); status != 204 {
			t.Errorf("the new key: %d", status)
		}
		r.stop()
		r = newRoom(t, func(c *wsserver.Config) { c.Dir, c.Token = dir, "" })
		if !signedIn(t, r, own) || signedIn(t, r, other) {
			t.Error("and after a restart")
		}
	})
}

func TestNewKey_TheFlagRules(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		if e := d.Ask("new_key", nil, nil); e == nil || e.Code != "not_allowed" || !strings.Contains(e.Message, "-operator-token") {
			t.Errorf("answered %+v", e)
		}
		var shown operator.KeyAnswer
		if e := d.Ask("key", nil, &shown); e != nil || shown.Key != key {
			t.Errorf("the key is shown as %+v", shown)
		}
		if ruled := r.Settings().Ruled["operator_key"]; ruled != "-operator-token" {
			t.Errorf("settings say %q", ruled)
		}
	})
}

// The operator must be able to sign in also when the disk is full.
func TestSession_IsValidWhereItCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		if err := os.Mkdir(filepath.Join(dir, "sessions.json"), 0o700); err != nil { // where the file should go
			t.Fatal(err)
		}
		header := signIn(t, r, "127.0.0.1")
		if !signedIn(t, r, header) {
			t.Error("not signed in")
		}
		if err := os.Remove(filepath.Join(dir, "sessions.json")); err != nil {
			t.Fatal(err)
		}
	})
}

// Off by default where there is a window: then only this machine can open a dashboard, whatever proxies say.
func TestRemoteDashboards_CanBeSwitchedOff(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("127.9.9.9/32"), netip.MustParsePrefix("10.0.0.0/8")}
	inRoom(t, func(t *testing.T, r *room) {
		for _, row := range []struct {
			ip      string
			header  []string
			allowed bool
		}{
			{"127.0.0.1", nil, true},
			{"127.8.9.10", nil, true},
			{"::1", nil, true},
			{"::ffff:127.0.0.1", nil, true},
			{"192.168.1.7", nil, false},
			{"10.0.0.1", nil, false},
			// A proxy on this machine that says nothing; on the way through one it could be anybody.
			{"127.9.9.9", nil, false},
			{"127.0.0.1", []string{"X-Forwarded-For", "127.0.0.1"}, false},
			{"127.0.0.1", []string{"X-Forwarded-Proto", "http"}, false},
			{"127.0.0.1", []string{"Via", "1.1 tunnel"}, false},
			{"127.0.0.1", []string{"X-Forwarded-For", "192.168.1.7"}, false},
			{"127.0.0.1", []string{"X-Forwarded-For", "127.0.0.1, 10.0.0.7"}, false}, // from a proxy trusted too widely
			{"127.0.0.1", []string{"X-Forwarded-For", "127.0.0.1", "X-Forwarded-For", "10.0.0.7"}, false},
			{"127.0.0.1", []string{"X-Forwarded-For", ""}, false},
			{"127.0.0.1", []string{"X-Forwarded-For", "nonsense"}, false},
			{"127.0.0.1", []string{"Forwarded", "for=127.0.0.1"}, false},
			{"127.0.0.1", []string{"X-Real-IP", "192.168.1.7"}, false},
			{"10.0.0.1", []string{"X-Forwarded-For", "127.0.0.1"}, false},
			{"192.168.1.7", []string{"X-Forwarded-For", "127.0.0.1"}, false},
		} {
			for _, path := range []string{"/server", "/index.html", "/session", "/ws/server", "/export?format=csv"} {
				req := request(t, "GET", path, append(row.header, "Authorization", "Bearer "+key)...)
				answer, body := do(t, from(r, row.ip), req)
				if (answer.StatusCode != http.StatusForbidden) != row.allowed {
					t.Errorf("%s %v, %s: %d %s", row.ip, row.header, path, answer.StatusCode, body)
				}
				if !row.allowed {
					if code, _ := refused(t, body); code != "not_allowed" {
						t.Errorf("%s: %s", path, body)
					}
				}
			}
			if answer, _ := do(t, from(r, row.ip), request(t, "GET", "/")); answer.StatusCode != 200 {
				t.Errorf("%s: the page for clients: %d", row.ip, answer.StatusCode)
			}
		}
		if _, url := r.URLs(); !strings.HasPrefix(url, "http://127.0.0.1:8000/server#token=") {
			t.Errorf("the line names %s", url)
		}
	}, withPages, func(c *wsserver.Config) { c.Window, c.TrustedProxies = true, trusted })
}

// elsewhere is a listener that claims to be on every address of this machine.
type elsewhere struct{ net.Listener }

func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero, Port: 8000} }

func TestRemoteDashboards_OffThePrintedLineNamesThisMachine(t *testing.T) {
	everywhere := func(c *wsserver.Config) { c.Listener = elsewhere{Listener: c.Listener} }
	inRoom(t, func(t *testing.T, r *room) {
		client, dashboard := r.URLs()
		host := strings.TrimSuffix(client, "/")
		if !strings.HasPrefix(dashboard, host+"/server#token=") {
			t.Errorf("on: %s and %s", client, dashboard)
		}
		set(t, r, settings.Change{RemoteDashboards: new(false)})
		if again, dashboard := r.URLs(); again != client || dashboard != "http://127.0.0.1:8000/server#token="+key {
			t.Errorf("off: %s and %s", again, dashboard)
		}
	}, everywhere)
}

func TestRemoteDashboards_EndWhenSwitchedOff(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		far, near := dashboardAs(t, r, "192.168.1.7", signIn(t, r, "192.168.1.7")), r.dashboard()
		if e := near.Ask("set_settings", map[string]any{"remote_dashboards": false}, nil); e != nil {
			t.Fatal(e.Text)
		}
		far.ExpectAfter("error", "event")
		wantClose(t, far, 4003, "")
		if near.Closed() {
			t.Error("the one on this machine has ended")
		}
		if answer, _ := do(t, from(r, "192.168.1.7"), request(t, "POST", "/session", "Authorization", "Bearer "+key)); answer.StatusCode != 403 {
			t.Errorf("and from there: %d", answer.StatusCode)
		}
	})
}
