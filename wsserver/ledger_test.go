package wsserver

import (
	"fmt"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// BenchmarkReceipts is one announcement read by 10,000 people: what each of them costs, what the operator's view of it
// costs, and what is written.
func BenchmarkReceipts(b *testing.B) {
	const readers = 10_000
	l := newLedger()
	bases := make([]uint64, readers)
	for i := range readers {
		id := fmt.Sprint("person", i)
		l.open(id, inEveryone, 0)
		bases[i] = l.begin(id, "", 0, false)
	}
	seq := uint64(0)
	announce := func() {
		seq++
		l.said(&msglog.Entry{Seq: seq, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
		for i := range readers {
			l.reached(fmt.Sprint("person", i), "", bases[i], seq, true)
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
			if r, _ := l.receipts(seq, false); r.Read != readers {
				b.Fatalf("%+v", r)
			}
		}
	})
	b.Run("Who", func(b *testing.B) {
		for b.Loop() {
			l.receipts(seq, true)
		}
	})
	b.Run("Flush", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			announce()
			b.StartTimer()
			l.flush()
		}
	})
}

func TestSpans_HoldWhatWasAdded(t *testing.T) {
	var s spans
	for _, add := range []span{{10, 9}, {1, 5}, {7, 8}, {20, 30}, {6, 6}, {10, 12}} {
		s = s.add(add.From, add.To)
	}
	if got := fmt.Sprint(s); got != "[{1 12} {20 30}]" && got != "[{1 8} {10 12} {20 30}]" {
		t.Errorf("spans %s", got)
	}
	for seq, want := range map[uint64]bool{0: false, 1: true, 8: true, 9: false, 10: true, 12: true, 13: false, 20: true, 31: false} {
		if s.has(seq) != want {
			t.Errorf("has %d: %v, want %v", seq, !want, want)
		}
	}
}
