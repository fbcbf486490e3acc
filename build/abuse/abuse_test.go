package abuse

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/wstest"
)

// arena is where the attacks take place.
type arena struct {
	*server
	t    *testing.T // of the attack that runs
	all  *testing.T // of all: what it opens stays until the end
	long bool
	time int      // which round this is
	rest []func() // what is asked of attacks that go on in the background, at the end
}

// scale is how much of something: some in make test, all in make soak.
func (a *arena) scale(short, long int) int {
	if a.long {
		return long
	}
	return short
}

// sockets is how many of so many connections the limits of descriptors leave room for, here and in the program.
func (a *arena) sockets(want int) int {
	for _, file := range []string{"/proc/self/limits", a.proc("limits")} {
		b, err := os.ReadFile(file)
		if err != nil {
			a.t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(b), "Max open files")
		var most int
		if _, err := fmt.Sscan(rest, &most); err != nil {
			continue // unlimited
		}
		if room := max(0, most-1_000); room < want {
			a.t.Logf("only %d of %d connections: %s allows %d descriptors", room, want, file, most)
			want = room
		}
	}
	return want
}

// later asks something once all attacks have run.
func (a *arena) later(check func()) { a.rest = append(a.rest, check) }

var attacks = []struct {
	name string
	run  func(*arena)
}{
	{"half-open handshakes", halfOpen},
	{"slow requests", slowRequests},
	{"slow frames", slowFrames},
	{"readers that never read", neverReads},
	{"bad frames", badFrames},
	{"monsters in every field", monsters},
	{"pings without end", pingFlood},
	{"messages as fast as they go", messageFlood},
	{"joins and leaves", joins},
	{"foreign hosts and origins", foreigners},
	{"paths to elsewhere", paths},
	{"smuggled requests", smuggling},
	{"forged tokens", forgedTokens},
	{"forged keys", forgedKeys},
	{"guessed codes", guessedCodes},
}

// TestAbuse does the program harm while honest people talk, who should notice nothing. In its short form it takes seconds
// and asserts no time; BELFRY_ABUSE is for how long the whole is repeated at full size, 200 people strong.
func TestAbuse(t *testing.T) {
	if testing.Short() {
		t.Skip("does the program harm")
	}
	if runtime.GOOS != "linux" {
		t.Skip("not checked: it needs addresses of its own, and /proc, which Linux has")
	}
	a := &arena{server: start(t), t: t, all: t}
	var length time.Duration
	if s := os.Getenv("BELFRY_ABUSE"); s != "" {
		var err error
		if length, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
		a.long = true
	}
	people := gather(t, a.server, a.scale(40, 200))
	files := a.files()
	for end := time.Now().Add(length); ; {
		a.round(t)
		if !time.Now().Before(end) {
			break
		}
	}
	a.calm(t, people, files)
}

// round is each attack once.
func (a *arena) round(t *testing.T) {
	for _, attack := range attacks {
		t.Run(attack.name, func(t *testing.T) {
			a.t = t
			began := time.Now()
			attack.run(a)
			now, _ := a.memory()
			t.Logf("%v, then %d MiB and %d descriptors", time.Since(began).Round(time.Millisecond), now>>20, a.files())
		})
	}
	a.t = t
	for _, check := range a.rest {
		check()
	}
	a.rest = nil
	a.time++
}

// calm asks what is left of it all.
func (a *arena) calm(t *testing.T, people *crowd, files int) {
	// What may live at once: 10,000 connections of 12 KiB, what may wait for all of them together (256 MiB), the program
	// itself (50 MiB). Go's collector lets that grow to twice as much. The short form has a fifth of the connections.
	bound := int64(a.scale(400, 860)) << 20
	_, most := a.memory()
	if most > bound {
		t.Errorf("%d MiB at the most, want at most %d", most>>20, bound>>20)
	}
	// Who comes now is served, and nobody is left who went.
	if f := a.client(t, "127.0.200.1").Hello("late", "Late", "general"); f.Type != "welcome" {
		t.Errorf("then: %s", f.Text)
	}
	c := a.client(t, "127.0.200.2")
	if !a.sent(c, func(f wstest.Frame) bool { return f.Type == "counts" && f.Count() == len(people.people)+2 }) {
		t.Errorf("who has left is still counted")
	}
	const spare = 16 // two who came just now, and files of the log
	if !eventually(func() bool { return a.files() <= files+spare }) {
		t.Errorf("%d descriptors, %d before", a.files(), files)
	}
	now, _ := a.memory()
	t.Logf("memory: %d MiB at the most, %d now; descriptors: %d before, %d now", most>>20, now>>20, files, a.files())
	var latest time.Duration
	if a.long {
		latest = 250 * time.Millisecond
	}
	people.finish(latest)
}

// wants fails where an answer is of another status; 0 stands for none at all.
func (a *arena) wants(what string, got int, want ...int) {
	a.t.Helper()
	if !slices.Contains(want, got) {
		a.t.Errorf("%s: answered %d, want %v", what, got, want)
	}
}

// addresses of this machine's own, another one for each number.
func address(net, n int) string { return fmt.Sprintf("127.%d.%d.%d", net, n/250, 1+n%250) }

// sent reports whether a frame comes that fits; what comes before it is passed over.
func (a *arena) sent(c *wstest.Client, fits func(wstest.Frame) bool) bool {
	found := false
	eventually(func() bool {
		found = slices.ContainsFunc(c.Drain(), fits)
		return found || c.Closed()
	})
	return found
}
