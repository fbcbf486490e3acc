package cluster

import (
	"context"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/peers"
)

// Each machine says of itself whether it leads. Who is cut off does not know.
func TestToldOf_WhoLeads(t *testing.T) {
	b, c := beat{Node: "b"}, beat{Node: "c", Leads: true}
	for _, one := range []struct {
		leads, cutOff bool
		present       []beat
		leader        string
	}{
		{present: []beat{b}},
		{present: []beat{b, c}, leader: "c"},
		{leads: true, present: []beat{b}, leader: "a"},
		{leads: true, present: []beat{b, c}, leader: "a"}, // c led until a moment ago
		{leads: true, cutOff: true},
		{cutOff: true, present: []beat{c}},
	} {
		got := toldOf("a", peers.Status{CutOff: one.cutOff}, one.leads, one.present)
		if got.leader != one.leader || len(got.present) != len(one.present) {
			t.Errorf("%+v: %+v", one, got)
		}
	}
}

// All machines name the same one as the leader, and another one soon after that has stopped.
func TestState_NamesTheLeader(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list)
	first := awaitLeader(t, list, "")
	i := slices.IndexFunc(list, func(e *Engine) bool { return e.o.Node == first })
	if err := logs[i].Close(); err != nil {
		t.Fatal(err)
	}
	if next := awaitLeader(t, slices.Delete(list, i, i+1), first); next == first {
		t.Errorf("%s leads, which has stopped", next)
	}
}

// awaitLeader waits until all name the same machine, which is not the one that led.
func awaitLeader(t *testing.T, list []*Engine, led string) string {
	t.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var names []string
		for _, e := range list {
			s, err := ReadState(e.o.Dir)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, s.Leader)
		}
		if names[0] != "" && names[0] != led && len(slices.Compact(slices.Clone(names))) == 1 {
			return names[0]
		}
		if time.Now().After(late) {
			t.Fatalf("the leader is %q", names)
		}
	}
}

// A machine that waits for the others when it starts says so to whoever asks: it is not one that was cut off.
func TestState_SaysThatItWaits(t *testing.T) {
	list := machines(t, 3, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := list[0].OpenLog(ctx, list[0].o.Dir)
		ended <- err
	}()
	waits := func() bool { s, err := ReadState(list[0].o.Dir); return err == nil && s.Waiting }
	until(t, "it waits", waits)
	cancel()
	if err := <-ended; err == nil {
		t.Error("it has opened its log alone")
	}
	openAll(t, list)
	until(t, "it waits no more", func() bool { return !waits() })
}
