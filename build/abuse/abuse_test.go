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

// arena is the program under attack, with the state that all attacks share.
type arena struct {
	*server
	t    *testing.T // of the present attack
	all  *testing.T // of the whole test: connections that it opens stay until the end
	long bool
	time int      // the number of the present round
	rest []func() // the final checks of attacks that run in the background
}

// scale chooses an amount: a small one in make test, the full one in make soak.
func (a *arena) scale(short, long int) int {
	if a.long {
		return long
	}
	return short
}

// sockets reduces a number of connections to the limits of descriptors, here and in the program.
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

// later adds a check that runs after all attacks.
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
	{"wrong keys beside the right one", wrongKeysBeside},
	{"remembered hellos", rememberedHellos},
	{"strangers who come and go", comeAndGo},
	{"guessed passwords", guessedPasswords},
	{"doors without a token", doorless},
	{"bodies at the doors", hostileBodies},
	{"streams that nobody reads", deafStreams},
}

// TestAbuse attacks the program while honest clients talk, who should notice nothing. The short form takes seconds and
// asserts no times; BELFRY_ABUSE is how long the attacks are repeated at full size, beside 200 honest clients.
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

// round runs each attack once.
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

// calm checks what the attacks have left behind.
func (a *arena) calm(t *testing.T, people *crowd, files int) {
	// Live memory is at most 10,000 connections of 12 KiB, the queues of all connections (256 MiB) and the program itself
	// (50 MiB). Go's collector lets the heap grow to twice that. The short form has a fifth of the connections.
	bound := int64(a.scale(400, 860)) << 20
	_, most := a.memory()
	if most > bound {
		t.Errorf("%d MiB at the most, want at most %d", most>>20, bound>>20)
	}
	// A new client is served, and no connection is left that has ended.
	if f := a.client(t, "127.0.200.1").Hello("late", "Late", "general"); f.Type != "welcome" {
		t.Errorf("then: %s", f.Text)
	}
	c := a.client(t, "127.0.200.2")
	if !a.sent(c, func(f wstest.Frame) bool { return f.Type == "counts" && f.Count() == len(people.people)+2 }) {
		t.Errorf("who has left is still counted")
	}
	const spare = 16 // two new connections, and files of the log
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

// wants fails where the status of an answer is another; 0 is no answer at all.
func (a *arena) wants(what string, got int, want ...int) {
	a.t.Helper()
	if !slices.Contains(want, got) {
		a.t.Errorf("%s: answered %d, want %v", what, got, want)
	}
}

// address is a loopback address, another one for each number.
func address(net, n int) string { return fmt.Sprintf("127.%d.%d.%d", net, n/250, 1+n%250) }

// sent reports whether a frame arrives that fits; earlier ones are skipped.
func (a *arena) sent(c *wstest.Client, fits func(wstest.Frame) bool) bool {
	found := false
	eventually(func() bool {
		found = slices.ContainsFunc(c.Drain(), fits)
		return found || c.Closed()
	})
	return found
}
