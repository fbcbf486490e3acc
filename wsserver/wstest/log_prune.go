package wstest

import (
	"context"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
)

func prune(t *testing.T, l msglog.Log, before time.Time, size int64) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = l.Prune(context.Background(), msglog.Age{Now: before, Before: before}, size); err != nil {
			t.Fatal(err)
		}
	}
}

// plenty is a bound of bytes that no log here reaches.
const plenty = 1 << 40

func logPrune(t *testing.T, l msglog.Log) {
	fill(t, l, 3)
	moment := later()
	add(t, l, entry("", "ana", "4"))
	prune(t, l, moment, plenty)
	wantPage(t, l, msglog.Query{}, "4", false)
	if l.Len() != 1 || l.Last() != 4 {
		t.Errorf("len %d, last %d; want 1, 4", l.Len(), l.Last())
	}
	prune(t, l, moment, plenty)
	wantPage(t, l, msglog.Query{}, "4", false)
}

func logPruned(t *testing.T, l msglog.Log) {
	mixed(t, l)
	moment := later()
	add(t, l, to("topic", "kitchen", "k3"))
	prune(t, l, moment, plenty)
	for _, row := range []struct {
		streams []msglog.Stream
		want    uint64
	}{
		{[]msglog.Stream{everyone}, 5},
		{[]msglog.Stream{kitchen}, 6},
		{[]msglog.Stream{hall}, 3},
		{[]msglog.Stream{anas}, 4},
		{[]msglog.Stream{hall, anas}, 4},
		{[]msglog.Stream{withdrawn}, 0},
		{[]msglog.Stream{{Audience: "topic", Name: "none"}}, 0},
		{[]msglog.Stream{}, 0},
		{nil, 6},
	} {
		if got := l.Pruned(row.streams); got != row.want {
			t.Errorf("%v: pruned to %d, want %d", row.streams, got, row.want)
		}
	}
}

func logPruneWithdrawn(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, withdrawal(2))
	prune(t, l, time.Now().Add(time.Hour), plenty)
	add(t, l, to("everyone", "", "new"), withdrawal(8))
	if got := ofs(t, l, msglog.Query{Streams: []msglog.Stream{withdrawn}}); !slices.Equal(got, []uint64{2, 8}) {
		t.Errorf("withdrawals of %v", got)
	}
	if got := ofs(t, l, msglog.Query{Streams: []msglog.Stream{withdrawn}, Forward: true, After: 7}); !slices.Equal(got, []uint64{8}) {
		t.Errorf("after 7: withdrawals of %v", got)
	}
	if l.Len() != 0 {
		t.Errorf("len %d", l.Len())
	}
}

func logPruneBytes(t *testing.T, l msglog.Log) {
	fill(t, l, 20)
	prune(t, l, time.Time{}, 1)
	if n := l.Len(); n > 1 {
		t.Errorf("%d are left", n)
	}
}

func logPruneAll(t *testing.T, l msglog.Log) {
	fill(t, l, 5)
	prune(t, l, time.Now().Add(time.Hour), plenty)
	if r := add(t, l, entry("", "ana", "next"))[0]; r.Seq != 6 || l.Len() != 1 {
		t.Errorf("next seq %d, len %d", r.Seq, l.Len())
	}
}
