package tally_test

import (
	"testing"
	"time"

	"belfry/build/load/tally"
)

func TestText_IsFoundInItsFrame(t *testing.T) {
	for _, size := range []int{0, 37, 128, 5000} {
		text := tally.Text(1<<40+7, 3*time.Hour+5, size)
		if len(text) < size || size > 37 && len(text) != size {
			t.Errorf("of %d bytes it has %d", size, len(text))
		}
		n, sent, ok := tally.Parse([]byte(`{"type":"message","seq":12,"message":"` + text + `","id":"load"}`))
		if n != 1<<40+7 || sent != 3*time.Hour+5 || !ok {
			t.Errorf("%d bytes: %d, %v, %v", size, n, sent, ok)
		}
	}
}

func TestParse_TakesNoOtherFrame(t *testing.T) {
	whole := tally.Text(1, 1, 0)
	for _, frame := range []string{"", `{"type":"counts"}`, "load:", whole[:len(whole)-1], "load:" + "g" + whole[6:], "LOAD" + whole[4:]} {
		if n, sent, ok := tally.Parse([]byte(frame)); ok {
			t.Errorf("%q: %d, %v", frame, n, sent)
		}
	}
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		come []uint64
		want tally.Faults
	}{
		{"as it should be", []uint64{0, 1, 2, 3, 4}, tally.Faults{}},
		{"the first lost", []uint64{1, 2, 3, 4}, tally.Faults{Lost: 1}},
		{"some lost", []uint64{0, 3, 4}, tally.Faults{Lost: 2}},
		{"the last lost", []uint64{0, 1, 2}, tally.Faults{Lost: 2}},
		{"all lost", nil, tally.Faults{Lost: 5}},
		{"doubled", []uint64{0, 1, 1, 2, 3, 4, 0}, tally.Faults{Doubled: 2}},
		{"reordered", []uint64{0, 2, 1, 3, 4}, tally.Faults{Reordered: 1}},
		{"backwards", []uint64{4, 3, 2, 1, 0}, tally.Faults{Reordered: 4}},
		{"late, and then again", []uint64{0, 4, 2, 2, 1}, tally.Faults{Lost: 1, Doubled: 1, Reordered: 2}},
		{"in the middle of a gap", []uint64{4, 2}, tally.Faults{Lost: 3, Reordered: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var o tally.Order
			for _, n := range c.come {
				o.See(n)
			}
			var got tally.Faults
			if got.Add(&o, 5); got != c.want || got.Any() != (c.want != tally.Faults{}) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
			if want := 5 - c.want.Lost; o.Received != want {
				t.Errorf("received %d, want %d", o.Received, want)
			}
		})
	}
}

func TestOrder_WhatAFailedAttemptWasSentIsSentAgain(t *testing.T) {
	var o tally.Order
	see(&o, 0, 1, 2)
	o.Resume(o.Next())
	see(&o, 3, 5) // it loses 4, and the connection
	o.Resume(3)
	see(&o, 3, 4, 5, 6)
	check(t, &o, 7, tally.Faults{})
}

func TestOrder_WhatWasLostBeforeIsLostAfterwards(t *testing.T) {
	var o tally.Order
	see(&o, 0, 3, 4)
	o.Resume(5)
	see(&o, 5, 7)
	o.Resume(5)
	see(&o, 5, 6, 7)
	check(t, &o, 8, tally.Faults{Lost: 2})
}

func TestOrder_WhatIsLeftOutIsNotLost(t *testing.T) {
	var o tally.Order
	see(&o, 0, 1)
	o.Resume(2)
	see(&o, 6, 7, 9)
	if n := o.LeftOut(); n != 4 {
		t.Errorf("left out: %d", n)
	}
	check(t, &o, 10, tally.Faults{Lost: 1}) // 8 was not at the beginning
	if n := o.LeftOut(); n != 0 {
		t.Errorf("left out once more: %d", n)
	}
}

func TestTimes_PercentilesAreCloseToTheTruth(t *testing.T) {
	var times tally.Times
	if times.At(50) != 0 || times.Count() != 0 {
		t.Errorf("of none: %v", times.At(50))
	}
	for i := range 10_000 {
		times.Add(time.Duration(i+1) * 37 * time.Microsecond)
	}
	for _, percent := range []float64{0, 1, 50, 99, 99.9, 100} {
		want := time.Duration(percent/100*9_999+1) * 37 * time.Microsecond
		if got := times.At(percent); got < want || float64(got) > 1.017*float64(want) {
			t.Errorf("p%v: %v, want %v", percent, got, want)
		}
	}
	if times.Count() != 10_000 || times.Most() != 370*time.Millisecond {
		t.Errorf("%d, at most %v", times.Count(), times.Most())
	}
	times.Add(-time.Second) // a clock that was read twice
	times.Add(1 << 62)
	if times.At(0) != 0 || times.At(100) != 1<<62 {
		t.Errorf("from %v to %v", times.At(0), times.At(100))
	}
}

func TestRow_AColumnIsAsWideAsItsHead(t *testing.T) {
	var r tally.Row
	r.Add("clients", "%d", 5)
	r.Add("n", "%d/%d", 1, 2)
	if r.Head() != "clients       n" || r.String() != "      5     1/2" {
		t.Errorf("%q\n%q", r.Head(), r.String())
	}
}

func see(o *tally.Order, numbers ...uint64) {
	for _, n := range numbers {
		o.See(n)
	}
}

func check(t *testing.T, o *tally.Order, all uint64, want tally.Faults) {
	t.Helper()
	var got tally.Faults
	if got.Add(o, all); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
