package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"net"
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
	wstest.TestLog(t, func(t *testing.T) msglog.Log { return openAll(t, machines(t, 1, nil))[0] })
}

// One cluster serves all tests of the contract, each with an order of its own: it takes its time to find a leader.
func TestLog_OfThreeMachines(t *testing.T) {
	list := machines(t, 3, nil)
	openAll(t, list)
	n := 0
	wstest.TestLog(t, func(t *testing.T) msglog.Log {
		n++
		e := New(Options{Node: "m4", Name: fmt.Sprint("test", n), External: "nats://in-this-process", Dir: t.TempDir(), Logger: testLogger(t), using: list[n%3].parts.server})
		e.secret = list[n%3].secret
		l := openAll(t, []*Engine{e})[0]
		t.Cleanup(func() { _ = list[0].parts.js.DeleteStream(context.WithoutCancel(t.Context()), e.o.streamName()) }) // its room is for the next
		return l
	})
}

func TestLog_OfAllMachinesIsOne(t *testing.T) {
	first := openAll(t, machines(t, 3, nil))
	for _, l := range first {
		l.Follow(func(msglog.Committed) {})
	}
	for i, l := range first {
		r, err := l.Append(t.Context(), msglog.OfEntries(&msglog.Entry{Audience: msglog.AudienceEveryone, Text: fmt.Sprint(i), From: wire.Sender{UserID: "ana"}}))
		if err != nil {
			t.Fatal(err)
		}
		t.Log(r)
	}
}

func testLogger(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}
