package wsserver

import (
	"fmt"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// BenchmarkReceipts is one announcement read by 10,000 people: what each of them costs, what the operator's view of it
// costs, and what is written.
func BenchmarkReceipts(b *testing.B) {
	const readers = 10_000
	l := receipts.NewLedger()
	bases := make([]uint64, readers)
	for i := range readers {
		id := fmt.Sprint("person", i)
		l.Open(id, receipts.InEveryone, 0)
		bases[i] = l.Begin(id, "", 0, false)
	}
	seq := uint64(0)
	announce := func() {
		seq++
		l.Said(&msglog.Entry{Seq: seq, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
		for i := range readers {
			l.Reached(fmt.Sprint("person", i), "", bases[i], seq, true)
		}
	}
	b.Run("AllRead", func(b *testing.B) {
		for b.Loop() {
			announce()
		}
	})
	announce()
	b.Run("Count", func(b *testing.B) {
		for b.Loop() {
			if r, _ := l.Of(seq, false); r.Read != readers {
				b.Fatalf("%+v", r)
			}
		}
	})
	b.Run("Who", func(b *testing.B) {
		for b.Loop() {
			l.Of(seq, true)
		}
	})
	b.Run("Flush", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			announce()
			b.StartTimer()
			l.Flush()
		}
	})
}

func TestSpans_HoldWhatWasAdded(t *testing.T) {
	var s receipts.Spans
	for _, add := range []receipts.Span{{From: 10, To: 9}, {From: 1, To: 5}, {From: 7, To: 8}, {From: 20, To: 30}, {From: 6, To: 6}, {From: 10, To: 12}} {
		s = s.Add(add.From, add.To)
	}
	if got := fmt.Sprint(s); got != "[{1 12} {20 30}]" && got != "[{1 8} {10 12} {20 30}]" {
		t.Errorf("spans %s", got)
	}
	for seq, want := range map[uint64]bool{0: false, 1: true, 8: true, 9: false, 10: true, 12: true, 13: false, 20: true, 31: false} {
		if s.Has(seq) != want {
			t.Errorf("has %d: %v, want %v", seq, !want, want)
		}
	}
}
