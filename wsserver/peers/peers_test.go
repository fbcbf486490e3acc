package peers_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/peers"
	"belfry/wsserver/wstest"
)

// part is one machine under test.
type part struct {
	*peers.Peers
	node *wstest.Node
	stop context.CancelFunc

	mu    sync.Mutex // guards what follows
	about peers.About
	ended []string // runs that it has written as ended
	away  int
}

// inRoom runs a test in a bubble with machines of these names.
func inRoom(t *testing.T, names string, test func(t *testing.T, network *wstest.SharedNetwork, m map[string]*part)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network, all := wstest.NewSharedNetwork(), map[string]*part{}
		for _, name := range strings.Fields(names) {
			all[name] = join(t, network, name)
		}
		time.Sleep(2 * time.Second)
		test(t, network, all)
	})
}

func join(t *testing.T, network *wstest.SharedNetwork, name string) *part {
	m := &part{node: network.Node(name)}
	m.about.URL = "http://" + name + ":8000/"
	m.Peers = peers.New(peers.Options{
		Engine: m.node, Logger: slog.New(slog.DiscardHandler),
		Own: func() peers.About {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.about
		},
		Changed: func(bool) {}, Moved: func([]string, bool) {},
		SendAway: func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.away++
		},
		EndRun: func(run string) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.ended = append(m.ended, run)
		},
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { m.Run(ctx) })
	m.stop = func() { stop(); running.Wait() }
	t.Cleanup(m.stop)
	return m
}

func (m *part) wantEnded(t *testing.T, want ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Equal(m.ended, want) {
		t.Errorf("%s has ended %q, want %q", m.node.Node(), m.ended, want)
	}
}

// The run of a machine that is silent for ten seconds is ended by the lowest of those that live, and by nobody else.
func TestPeers_TheLowestEndsARun(t *testing.T) {
	inRoom(t, "a b c", func(t *testing.T, _ *wstest.SharedNetwork, m map[string]*part) {
		m["a"].stop()
		time.Sleep(9 * time.Second)
		m["b"].wantEnded(t)
		time.Sleep(5 * time.Second)
		m["b"].wantEnded(t, m["a"].node.Run())
		m["c"].wantEnded(t)
	})
}

// Where the lowest dies before it is written, the next one does it.
func TestPeers_TheNextEndsARunIfTheLowestDies(t *testing.T) {
	inRoom(t, "a b c", func(t *testing.T, _ *wstest.SharedNetwork, m map[string]*part) {
		m["a"].stop()
		time.Sleep(5 * time.Second)
		m["b"].stop()
		time.Sleep(20 * time.Second)
		m["c"].wantEnded(t, m["a"].node.Run(), m["b"].node.Run())
	})
}

// A machine that starts again is another run: the one before has ended.
func TestPeers_AStartEndsTheRunBefore(t *testing.T) {
	inRoom(t, "a b", func(t *testing.T, network *wstest.SharedNetwork, m map[string]*part) {
		m["b"].stop()
		join(t, network, "b")
		time.Sleep(3 * time.Second)
		m["a"].wantEnded(t, m["b"].node.Run())
	})
}

// Who is cut off ends nobody's run, and neither does who does not hear a machine that another one hears.
func TestPeers_NobodyEndsARunThatLives(t *testing.T) {
	inRoom(t, "a b c", func(t *testing.T, _ *wstest.SharedNetwork, m map[string]*part) {
		m["a"].node.SetStatus(func(s *peers.Status) { s.CutOff, s.Since = true, time.Now() })
		m["a"].node.SetCut(true)
		time.Sleep(20 * time.Second)
		m["a"].node.SetCut(false)
		m["a"].node.SetStatus(func(s *peers.Status) { s.CutOff = false })
		time.Sleep(5 * time.Second)
		m["a"].wantEnded(t)
		m["b"].wantEnded(t, m["a"].node.Run())
	})
	inRoom(t, "a b c", func(t *testing.T, _ *wstest.SharedNetwork, m map[string]*part) {
		m["a"].node.Handle("about", func(from string, data []byte) []byte { // c is not heard by a, and is by b
			if from != "c" {
				return m["a"].Hear(from, data)
			}
			return nil
		})
		time.Sleep(30 * time.Second)
		m["a"].wantEnded(t)
	})
}

// Clients are sent away once each time that a machine was cut off for ten seconds.
func TestPeers_SendsAwayOnce(t *testing.T) {
	inRoom(t, "a b", func(t *testing.T, _ *wstest.SharedNetwork, m map[string]*part) {
		for i := range 2 {
			m["a"].node.SetStatus(func(s *peers.Status) { s.CutOff, s.Since = true, time.Now() })
			time.Sleep(30 * time.Second)
			m["a"].mu.Lock()
			if m["a"].away != i+1 {
				t.Errorf("sent away %d times, want %d", m["a"].away, i+1)
			}
			m["a"].mu.Unlock()
			m["a"].node.SetStatus(func(s *peers.Status) { s.CutOff = false })
			time.Sleep(time.Second)
		}
	})
}

// What changes is told at most ten times a second, and what does not once a second.
func TestPeers_AnnouncesRarely(t *testing.T) {
	inRoom(t, "a", func(t *testing.T, network *wstest.SharedNetwork, m map[string]*part) {
		var heard atomic.Int64
		network.Node("z").Handle("about", func(string, []byte) []byte { heard.Add(1); return nil })
		for i := range 1000 {
			m["a"].mu.Lock()
			m["a"].about.Clients = i
			m["a"].mu.Unlock()
			m["a"].Wake()
			time.Sleep(2 * time.Millisecond)
		}
		synctest.Wait()
		if n := heard.Swap(0); n < 15 || n > 22 {
			t.Errorf("%d announcements in two seconds of changes", n)
		}
		for range 100 {
			m["a"].Wake()
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if n := heard.Load(); n < 9 || n > 11 {
			t.Errorf("%d announcements in ten seconds without a change", n)
		}
	})
}

// An address that is none, or is more than one, is not told to anybody: pages go there with what proves who they are.
func TestPeers_OnlyOriginsAreTold(t *testing.T) {
	for address, want := range map[string]string{
		"http://10.0.0.2:8000": "http://10.0.0.2:8000/", "https://Hall.local/": "https://hall.local/", "http://[fd00::1]:80/": "http://[fd00::1]:80/",
		"javascript:alert(1)": "", "http://a:1/x": "", "http://u@a/": "", "http://a/?q": "", "http://a/#f": "", "http://a; script-src *": "", "": "", "a:8000": "",
	} {
		inRoom(t, "a b", func(t *testing.T, _ *wstest.SharedNetwork, m map[string]*part) {
			m["b"].mu.Lock()
			m["b"].about.URL = address
			m["b"].mu.Unlock()
			time.Sleep(3 * time.Second)
			if got := strings.Join(m["a"].URLs(), " "); got != want {
				t.Errorf("%q is told as %q, want %q", address, got, want)
			}
		})
	}
}

// A revision of the whole stands for one of each machine. Who was told it first misses nothing; it is forgotten with a run.
func TestRevised_RemembersPlaces(t *testing.T) {
	var r peers.Revised
	both := map[string]bool{"x": true, "y": true}
	if _, ok := r.At(7, both); ok {
		t.Error("nothing was noted")
	}
	r.Note(7, map[string]uint64{"x": 3, "y": 5})
	r.Note(7, map[string]uint64{"x": 3, "y": 6})
	if at, ok := r.At(7, both); !ok || at["x"] != 3 || at["y"] != 5 {
		t.Errorf("at %v", at)
	}
	if _, ok := r.At(7, map[string]bool{"x": true}); ok {
		t.Error("a run has ended")
	}
	for i := range uint64(300) {
		r.Note(100+i, map[string]uint64{"x": i})
	}
	if _, ok := r.At(7, both); ok {
		t.Error("it is remembered for ever")
	}
	n := r.Number("y", 12)
	if n <= 1<<40 || n >= 1<<53 || r.Number("x", 12) == n || r.Number("y", 12) != n {
		t.Errorf("the number is %d", n)
	}
	if rows := r.Split([]uint64{5, n, 6}); !slices.Equal(rows[""], []uint64{5, 6}) || !slices.Equal(rows["y"], []uint64{12}) {
		t.Errorf("split: %v", rows)
	}
}
