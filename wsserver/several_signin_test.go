package wsserver_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/auth"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

// Who is signed in at one server of a room is so at all of them, and what ends at one ends at all.

// isIn reports whether a browser is signed in at a server, with all that it shows.
func isIn(t *testing.T, r *room, header http.Header) bool {
	t.Helper()
	answer, _ := r.do(request(t, "GET", "/session", "Cookie", header.Get("Cookie"), auth.HalfHeader, header.Get(auth.HalfHeader)))
	return answer.StatusCode == http.StatusNoContent
}

// opens reports whether a key, or a password, opens a session at a server.
func opens(t *testing.T, r *room, what, secret string) (http.Header, bool) {
	t.Helper()
	req := request(t, "POST", "/session", "Authorization", "Bearer "+secret)
	if what == "password" {
		req = request(t, "POST", "/session")
		body := strings.NewReader(`{"password":"` + secret + `"}`)
		again, err := http.NewRequest("POST", req.URL.String(), body)
		if err != nil {
			t.Fatal(err)
		}
		req = again
	}
	answer, _ := r.do(req)
	if answer.StatusCode != http.StatusNoContent {
		return nil, false
	}
	return shown(answer), true
}

func sessionID(t *testing.T, s server) string {
	t.Helper()
	list := s.Sessions(t.Context()).Sessions
	if len(list) == 0 {
		t.Fatal("nobody is signed in")
	}
	return list[0].ID
}

func TestSeveral_ASignInIsOneAtAll(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(20 * time.Millisecond)
		browser := signIn(t, s[0].room, "10.0.0.7")
		time.Sleep(time.Second)
		d := dashboardAs(t, s[1].room, "10.0.0.7", browser)
		if !isIn(t, s[1].room, browser) {
			t.Fatal("at the other server it is not signed in")
		}
		if err := s[0].EndSession(t.Context(), sessionID(t, s[1])); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		wantClose(t, d, 4003, "")
		browser = signIn(t, s[0].room, "10.0.0.7")
		time.Sleep(time.Second)
		d = dashboardAs(t, s[0].room, "10.0.0.7", browser)
		half := []string{"Cookie", browser.Get("Cookie"), auth.HalfHeader, browser.Get(auth.HalfHeader)}
		if answer, _ := s[1].do(request(t, "DELETE", "/session", half...)); answer.StatusCode != 204 {
			t.Errorf("signing out: %d", answer.StatusCode)
		}
		time.Sleep(time.Second)
		wantClose(t, d, 4003, "")
		for i := range s {
			if isIn(t, s[i].room, browser) {
				t.Errorf("still signed in at server %d", i)
			}
		}
	})
}

// inFolders is inRooms with a folder for each server, in which it has this key.
func inFolders(t *testing.T, keys []string, test func(t *testing.T, shared *wstest.SharedLog, s []server, dirs []string)) {
	dirs := make([]string, len(keys))
	for i, k := range keys {
		dirs[i] = t.TempDir()
		if err := os.WriteFile(filepath.Join(dirs[i], "operator-token"), []byte(k+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		s := make([]server, len(keys))
		for i := range s {
			s[i].view = shared.View(msglog.NewMemory())
			s[i].room = newRoom(t, keyInFolder, inFolder(dirs[i], s[i].view))
		}
		test(t, shared, s, dirs)
	})
}

func keyInFolder(c *wsserver.Config) { c.Token = "" }

// A new key ends the old one, and what it has opened, at every server. The new one opens at all of them, also where the file has
// the old one, which is said.
func TestSeveral_ANewKey(t *testing.T) {
	inFolders(t, []string{key, key}, func(t *testing.T, shared *wstest.SharedLog, s []server, dirs []string) {
		lost := signIn(t, s[1].room, "10.0.0.7")
		stolen, program := dashboardAs(t, s[1].room, "10.0.0.7", lost), s[1].dashboard()
		own := signIn(t, s[0].room, "10.0.0.8")
		d := dashboardAs(t, s[0].room, "10.0.0.8", own)
		var answer operator.KeyAnswer
		if e := d.Ask("new_key", nil, &answer); e != nil {
			t.Fatal(e.Text)
		}
		time.Sleep(time.Second)
		wantClose(t, stolen, 4003, "")
		wantClose(t, program, 4003, "")
		check := func(when string, r *room) {
			t.Helper()
			_, old := opens(t, r, "key", key)
			_, renewed := opens(t, r, "key", answer.Key)
			if isIn(t, r, lost) || old || !renewed || !isIn(t, r, own) {
				t.Errorf("%s: the old session holds: %v, the old key: %v, the new one: %v, the session that asked: %v",
					when, isIn(t, r, lost), old, renewed, isIn(t, r, own))
			}
		}
		check("here", s[0].room)
		check("there", s[1].room)
		if n := s[1].State().Notice; n == nil || n.Code != "key_differs" {
			t.Errorf("there the operator is told %+v", n)
		}
		if n := s[0].State().Notice; n != nil {
			t.Errorf("here the operator is told %+v", n)
		}
		again := newRoom(t, keyInFolder, func(c *wsserver.Config) { c.Token = key }, onView(shared.View(msglog.NewMemory())))
		check("at another start with the old key", again)
		if err := s[1].DismissNotice(t.Context()); err != nil || s[1].State().Notice != nil {
			t.Errorf("dismissed: %v, %+v", err, s[1].State().Notice)
		}
	})
}

// Servers of different keys say so, and sign in their own people alone.
func TestSeveral_DifferentKeys(t *testing.T) {
	inFolders(t, []string{key, "another-operators-key"}, func(t *testing.T, _ *wstest.SharedLog, s []server, _ []string) {
		time.Sleep(time.Second)
		browser := signIn(t, s[0].room, "10.0.0.7")
		time.Sleep(time.Second)
		if n := s[0].State().Notice; n == nil || n.Code != "key_differs" {
			t.Errorf("told %+v", n)
		}
		_, theirs := opens(t, s[1].room, "key", key)
		if isIn(t, s[1].room, browser) || theirs {
			t.Error("the key of one opens the other")
		}
	})
}

// A password that is set at one server opens at the other; another one ends what it has opened, at both.
func TestSeveral_APassword(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		if err := s[0].SetPassword(t.Context(), "correct horse battery"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		browser, ok := opens(t, s[1].room, "password", "correct horse battery")
		if !ok {
			t.Fatal("it does not open at the other server")
		}
		time.Sleep(time.Second)
		if !isIn(t, s[0].room, browser) {
			t.Error("who signed in there is not signed in here")
		}
		if err := s[1].SetPassword(t.Context(), "another horse battery"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for i := range s {
			_, old := opens(t, s[i].room, "password", "correct horse battery")
			_, now := opens(t, s[i].room, "password", "another horse battery")
			if isIn(t, s[i].room, browser) || old || !now {
				t.Errorf("server %d: the old session: %v, the old password: %v, the new one: %v", i, isIn(t, s[i].room, browser), old, now)
			}
		}
	})
}

// A server that is cut off signs in by itself; once it is back, it is so everywhere, unless what opened it has ended meanwhile. What
// was ended there has ended.
func TestSeveral_SignInWhileCutOff(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		if err := s[0].SetPassword(t.Context(), "correct horse battery"); err != nil {
			t.Fatal(err)
		}
		before := signIn(t, s[0].room, "10.0.0.6")
		time.Sleep(time.Second)
		s[1].view.SetCut(true)
		byKey := signIn(t, s[1].room, "10.0.0.7")
		byPassword, ok := opens(t, s[1].room, "password", "correct horse battery")
		half := []string{"Cookie", before.Get("Cookie"), auth.HalfHeader, before.Get(auth.HalfHeader)}
		s[1].do(request(t, "DELETE", "/session", half...))
		if !ok || !isIn(t, s[1].room, byKey) || !isIn(t, s[1].room, byPassword) || isIn(t, s[1].room, before) {
			t.Error("cut off, nobody can sign in or out")
		}
		if err := s[0].SetPassword(t.Context(), "another horse battery"); err != nil {
			t.Fatal(err)
		}
		s[1].view.SetCut(false)
		time.Sleep(time.Minute)
		for i := range s {
			if !isIn(t, s[i].room, byKey) || isIn(t, s[i].room, byPassword) || isIn(t, s[i].room, before) {
				t.Errorf("server %d: by the key: %v, by the old password: %v, who signed out: %v", i,
					isIn(t, s[i].room, byKey), isIn(t, s[i].room, byPassword), isIn(t, s[i].room, before))
			}
		}
	})
}

// The sign-ins of a folder in use are the room's, and back on one machine they are in its files.
func TestSeveral_SignInOfAFolderInUse(t *testing.T) {
	dir := t.TempDir()
	alone := func(test func(t *testing.T, r *room)) {
		inRoom(t, test, func(c *wsserver.Config) {
			c.Dir = dir
			c.OpenLog = func(dir string) (msglog.Log, error) { return sqlite.Open(dir) }
		})
	}
	var first, second http.Header
	alone(func(t *testing.T, r *room) {
		first = signIn(t, r, "10.0.0.7")
		if err := r.SetPassword(t.Context(), "correct horse battery"); err != nil {
			t.Fatal(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		own, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		newRoom(t, inFolder(dir, shared.View(own)))
		two := newRoom(t, onView(shared.View(msglog.NewMemory())))
		time.Sleep(time.Second)
		if _, ok := opens(t, two, "password", "correct horse battery"); !ok || !isIn(t, two, first) {
			t.Errorf("at a second machine: the password %v, the session %v", ok, isIn(t, two, first))
		}
		second = signIn(t, two, "10.0.0.8")
		if err := two.SetPassword(t.Context(), "another horse battery"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	})
	for range 2 {
		alone(func(t *testing.T, r *room) {
			_, ok := opens(t, r, "password", "another horse battery")
			if !ok || !isIn(t, r, first) || !isIn(t, r, second) {
				t.Errorf("alone again: the password %v, the sessions %v and %v", ok, isIn(t, r, first), isIn(t, r, second))
			}
		})
	}
}
