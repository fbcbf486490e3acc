package wstest

import (
	"context"
	"slices"
	"testing"

	"belfry/wsserver/msglog"
)

func withdrawal(of uint64) *msglog.Entry {
	return &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: operator, Withdraws: of}
}

func ofs(t *testing.T, l msglog.Log, q msglog.Query) (list []uint64) {
	t.Helper()
	entries, _, err := l.Page(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Withdraws > 0 {
			list = append(list, e.Withdraws)
		}
	}
	return list
}

func logWithdraw(t *testing.T, l msglog.Log) {
	mixed(t, l)
	r := add(t, l, withdrawal(2), withdrawal(2), withdrawal(99)) // again, and of nothing: entries like others
	if r[0].Seq != 7 || r[2].Seq != 9 {
		t.Errorf("results %+v", r)
	}
	wantPage(t, l, msglog.Query{}, "e h a e2 k2", false)
	wantPage(t, l, msglog.Query{Topic: "kitchen"}, "k2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen}, Forward: true}, "k2", false)
	if l.Len() != 5 || l.Last() != 9 {
		t.Errorf("len %d, last %d; want 5, 9", l.Len(), l.Last())
	}
}

func logWithdrawals(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, withdrawal(2), withdrawal(1))
	for _, q := range []msglog.Query{
		{Streams: []msglog.Stream{withdrawn}}, {Withdrawals: true}, {Streams: []msglog.Stream{withdrawn, everyone}, Forward: true},
	} {
		if got := ofs(t, l, q); !slices.Equal(got, []uint64{2, 1}) {
			t.Errorf("%+v: withdrawals of %v", q, got)
		}
	}
	if got := ofs(t, l, msglog.Query{}); got != nil {
		t.Errorf("unasked: withdrawals of %v", got)
	}
}

func logWithdrawnID(t *testing.T, l msglog.Log) {
	add(t, l, entry("1", "ana", "slip"), withdrawal(1))
	for _, text := range []string{"slip", "other"} { // its text is not known any more
		if r := add(t, l, entry("1", "ana", text))[0]; !r.Duplicate || r.Seq != 1 || r.Err != nil {
			t.Errorf("again: %+v", r)
		}
	}
}
