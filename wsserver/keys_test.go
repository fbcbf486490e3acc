package wsserver

import (
	"strings"
	"testing"
	"time"
)

func TestSession_EndsAfterItsTime(t *testing.T) {
	k, now := &keys{token: "key"}, time.Now()
	value := k.session(now)
	for after, valid := range map[time.Duration]bool{0: true, sessionAge - time.Minute: true, sessionAge + time.Minute: false} {
		if got := k.validSession(value, now.Add(after)); got != valid {
			t.Errorf("after %v: valid %v", after, got)
		}
	}
}

func TestSession_CannotBeMadeUp(t *testing.T) {
	k, now := &keys{token: "key"}, time.Now()
	value := k.session(now)
	ends, rest, _ := strings.Cut(value, ".")
	forged := []string{
		"", ".", "..", value + "x", "x" + value, "9" + value, ends, rest, ends + "." + rest[:len(rest)-1],
		(&keys{token: "other"}).session(now), (&keys{}).session(now), "nonsense." + k.sign("nonsense"),
	}
	for _, v := range forged {
		if k.validSession(v, now) {
			t.Errorf("%q is taken for a session", v)
		}
	}
	if k.session(now) == value {
		t.Error("two sessions are the same")
	}
}

func TestKey_IsRightOrNot(t *testing.T) {
	k := &keys{token: "key"}
	for token, want := range map[string]bool{"key": true, "": false, "ke": false, "keys": false, "KEY": false} {
		if got := k.right(token); got != want {
			t.Errorf("%q: %v", token, got)
		}
	}
}
