package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// addresses are free ones on this machine's loopback.
func addresses(t *testing.T, n int) (list []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // so that no two are the same
		list = append(list, l.Addr().String())
	}
	return list
}

// machines are engines of one room in this process.
func machines(t *testing.T, n int, change func(i int, o *Options)) (list []*Engine) {
	t.Helper()
	key, at := NewKey(), addresses(t, n)
	for i := range n {
		o := Options{Node: fmt.Sprintf("m%d", i+1), Name: "test", Listen: at[i], Key: key, Dir: t.TempDir(), Logger: testLogger(t), Failed: func(p *wire.Problem) { t.Log("failed:", p) }}
		for j := range n {
			if j != i {
				o.Others = append(o.Others, at[j])
			}
		}
		if change != nil {
			change(i, &o)
		}
		list = append(list, New(o))
	}
	return list
}

// openAll opens the logs of machines at once.
func openAll(t *testing.T, list []*Engine) []*Log {
	t.Helper()
	logs := make([]*Log, len(list))
	errs := make([]error, len(list))
	var all sync.WaitGroup
	for i, e := range list {
		all.Go(func() {
			var l msglog.Log
			if l, errs[i] = e.OpenLog(t.Context(), e.o.Dir); errs[i] == nil {
				logs[i] = l.(*Log)
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("machine %d: %v", i+1, err)
		}
		t.Cleanup(func() { _ = logs[i].Close() }) // a test may have closed it
	}
	return logs
}

func TestLog_OfOneMachine(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("what runs is the same as with three, which takes long enough with the race detector")
	}
	testLog(t, 1)
}

func TestLog_OfThreeMachines(t *testing.T) { testLog(t, 3) }

// testLog tests the contract. One cluster serves all of it, each log with an order of its own: a cluster takes its time to find a
// leader.
func testLog(t *testing.T, size int) {
	list := machines(t, size, nil)
	openAll(t, list)
	n := 0
	wstest.TestLog(t, func(t *testing.T) msglog.Log {
		n++
		with := list[n%size]
		e := New(Options{Node: "m4", Name: fmt.Sprint("test", n), External: "nats://in-this-process", Dir: t.TempDir(), Logger: testLogger(t), using: with.parts.server})
		e.secret = with.secret
		l := openAll(t, []*Engine{e})[0]
		t.Cleanup(func() { _ = with.parts.js.DeleteStream(context.WithoutCancel(t.Context()), e.o.streamName()) }) // its room is for the next
		return l
	})
}

// What is written on any machine is the same on all of them, also what is larger than a message of NATS's may be.
func TestLog_OfAllMachinesIsOne(t *testing.T) {
	logs := openAll(t, machines(t, 3, nil))
	var told [3][]string // unguarded until the logs are at one place: each log calls for one group after another
	var own [3]int
	for i, l := range logs {
		l.Follow(func(c msglog.Committed) {
			told[i] = append(told[i], fmt.Sprint(c.Results))
			if c.Own {
				own[i]++
			}
		})
	}
	for n, l := range logs {
		say(t, l, fmt.Sprint(n))
	}
	large := strings.Repeat("x", maxPart*2+1)
	if _, err := logs[1].Append(t.Context(), append(said(large), said("and more")...)); err != nil {
		t.Fatal(err)
	}
	await(t, logs...)
	for i, l := range logs {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if len(told[i]) != 4 || !slices.Equal(told[i], told[0]) || own[i] != []int{1, 2, 1}[i] {
			t.Errorf("machine %d was told %v, %d of its own", i+1, told[i], own[i])
		}
	}
}

func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}
