package auth

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestSession_EndsAfterItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Sessions
		shown, _, err := l.Open("10.0.0.1", "Linux, Firefox", ByKey)
		value := shown.Cookie
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(SessionAge - time.Minute)
		if _, ok := l.Find(value); !ok || len(l.All()) != 1 {
			t.Error("it ended before its time")
		}
		time.Sleep(2 * time.Minute)
		if _, ok := l.Find(value); ok || len(l.All()) != 0 {
			t.Error("it holds after its time")
		}
	})
}

func TestSession_CannotBeMadeUp(t *testing.T) {
	var l Sessions
	shown, s, _ := l.Open("10.0.0.1", "", ByKey)
	other, _, _ := l.Open("10.0.0.1", "", ByKey)
	value := shown.Cookie
	if value == other.Cookie || shown.Half == other.Half || len(value) < 40 || len(shown.Half) < 26 {
		t.Errorf("two sessions: %q and %q", value, other)
	}
	for _, v := range []string{"", ".", value + "x", "x" + value, value[1:], strings.ToLower(value), s.ID, string(s.Hash), shown.Half} {
		if _, ok := l.Find(v); ok {
			t.Errorf("%q is taken for a session", v)
		}
	}
}

// A hundred are enough; the one that was used longest ago goes first.
func TestSession_TheOldestEndsWhenThereAreTooMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Sessions
		first, _, _ := l.Open("10.0.0.1", "", ByKey)
		time.Sleep(time.Minute)
		second, _, _ := l.Open("10.0.0.1", "", ByKey)
		time.Sleep(time.Minute)
		l.Find(first.Cookie)
		for range maxSessions - 1 {
			if _, _, err := l.Open("10.0.0.1", "", ByKey); err != nil {
				t.Fatal(err)
			}
		}
		_, one := l.Find(first.Cookie)
		_, two := l.Find(second.Cookie)
		if !one || two || len(l.All()) != maxSessions {
			t.Errorf("first %v, second %v, %d in all", one, two, len(l.All()))
		}
	})
}

// The file has no cookie, is for nobody else to read, and is of one key.
func TestSessions_AreKeptByTheirHash(t *testing.T) {
	path, print := filepath.Join(t.TempDir(), "sessions.json"), []byte("one key")
	l := Sessions{path: path, fingerprint: print}
	shown, _, err := l.Open("10.0.0.1", "Linux, Firefox", ByKey)
	value := shown.Cookie
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(path)
	if err != nil || bytes.Contains(kept, []byte(value)) || bytes.Contains(kept, []byte(shown.Half)) {
		t.Errorf("kept as %s, %v", kept, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for key, want := range map[string]bool{"one key": true, "another": false} {
		var again Sessions
		if err := again.Load(path, []byte(key)); err != nil {
			t.Fatal(err)
		}
		if _, ok := again.Find(value); ok != want {
			t.Errorf("under %q: %v", key, ok)
		}
	}
}

// Sessions that cannot be read have ended, and do not keep the server from starting.
func TestSessions_ThatCannotBeReadHaveEnded(t *testing.T) {
	path, print := filepath.Join(t.TempDir(), "sessions.json"), []byte("one key")
	l := Sessions{path: path, fingerprint: print}
	shown, _, err := l.Open("10.0.0.1", "Linux, Firefox", ByKey)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{
		"", "null", "[]", string(whole[:len(whole)/2]), strings.Replace(string(whole), `"hash":"`, `"hash":"!`, 1),
		strings.Replace(string(whole), `"half":"`, `"half":"","was":"`, 1), `{"print":"b25lIGtleQ==","sessions":[null]}`,
	} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		var again Sessions
		if err := again.Load(path, print); err != nil {
			t.Errorf("%q: %v", damaged, err)
		}
		if _, ok := again.Find(shown.Cookie); ok {
			t.Errorf("%q: the session is valid", damaged)
		}
	}
}

func TestKey_IsRightOrNot(t *testing.T) {
	k := &Key{token: "key"}
	for token, want := range map[string]bool{"key": true, "": false, "ke": false, "keys": false, "KEY": false} {
		if got := k.Matches(token); got != want {
			t.Errorf("%q: %v", token, got)
		}
	}
}

func TestPassword_IsRightOrNot(t *testing.T) {
	hash := hashPassword("käse und brot")
	for text, want := range map[string]bool{
		"ka\u0308se und brot": true, " käse und brot\t": true, "": false, "käse  und brot": false,
	} {
		if got := verifyPassword(hash, text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	if hash == hashPassword("käse und brot") {
		t.Error("two hashes of one password are the same")
	}
	parts := strings.Split(hash, "$")
	for _, damaged := range []string{
		"", "$", "$argon2id$v=19$m=1,t=0,p=0$$", strings.Replace(hash, "argon2id", "argon2i", 1), strings.Join(parts[:5], "$") + "$",
		hash[:len(hash)-8], "nonsense", strings.Replace(hash, "m=", "m=9999999", 1),
	} {
		if verifyPassword(damaged, "käse und brot") {
			t.Errorf("%q is taken for a hash", damaged)
		}
	}
}
