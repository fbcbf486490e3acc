package msglog

import (
	"testing"
	"time"
)

// Times in days before now; more than 2,000 is before there was a Belfry, less than -1 in the future. Kept is 90 days.
func TestAge_OldestIsSure(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	age := Age{Now: now, Before: now.AddDate(0, 0, -90)}
	for _, row := range []struct {
		name string
		days []int
		want int
		open bool
	}{
		{"none", nil, 0, true},
		{"rising", []int{200, 100, 91, 89, 1}, 3, false},
		{"all old", []int{200, 100}, 2, true},
		{"all of 1970", []int{20000, 20000, 20000}, 0, true},
		{"of 1970, then young", []int{20000, 20000, 5}, 0, false},
		{"of 1970, then old", []int{20000, 20000, 100, 5}, 3, false},
		{"old, then of 1970", []int{100, 20000}, 1, true},
		{"old, of 1970, young", []int{100, 20000, 5}, 1, false},
		{"of the future", []int{-20000, -20000}, 0, true},
		{"of the future, then old", []int{-20000, 100, 5}, 2, false},
		{"the clock went back among young ones", []int{5, 200, 100}, 0, false},
		{"a little ahead", []int{0, 200}, 0, false},
	} {
		at := func(i int) (uint64, time.Time) { return uint64(i + 1), now.AddDate(0, 0, -row.days[i]) }
		if old, open := age.Oldest(len(row.days), at); old != row.want || open != row.open {
			t.Errorf("%s: %d are old, open %v; want %d, %v", row.name, old, open, row.want, row.open)
		}
	}
}

// A message whose time may be wrong is no older than the end of that doubt; while that lasts it has no age.
func TestAge_OfUnsureTimes(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	old := now.AddDate(-2, 0, 0)
	age := Age{Now: now, Before: now.AddDate(0, 0, -90), Unsure: []Span{{From: 3, To: 5, Until: now.AddDate(0, 0, -10)}, {From: 8}}}
	for seq, want := range map[uint64]time.Time{2: old, 3: now.AddDate(0, 0, -10), 5: now.AddDate(0, 0, -10), 6: old} {
		if got, known := age.TimeOf(seq, old); !known || !got.Equal(want) {
			t.Errorf("%d is of %v, %v; want %v", seq, got, known, want)
		}
	}
	if got, known := age.TimeOf(9, now); known {
		t.Errorf("9 is of %v", got)
	}
}
