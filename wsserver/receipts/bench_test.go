package receipts

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
	l := NewLedger()
	bases := make([]uint64, readers)
	for i := range readers {
		id := fmt.Sprint("person", i)
		l.beginMembership(id, everyone, 0)
		bases[i] = l.BeginRange(id, "", 0, false)
	}
	seq := uint64(0)
	announce := func() {
		seq++
		l.Broadcast(&msglog.Entry{Seq: seq, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
		for i := range readers {
			l.Advance(fmt.Sprint("person", i), "", bases[i], seq, true)
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
			if r, _ := l.Receipts(seq, false); r.Read != readers {
				b.Fatalf("%+v", r)
			}
		}
	})
	b.Run("Who", func(b *testing.B) {
		for b.Loop() {
			l.Receipts(seq, true)
		}
	})
	b.Run("Flush", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			announce()
			b.StartTimer()
			drain(l)
		}
	})
}

// BenchmarkPresence is a person who connects, joins a topic and disconnects, in a room of 10,000 with 200 announcements.
func BenchmarkPresence(b *testing.B) {
	const people, told = 10_000, 200
	l := NewLedger()
	for i := range people {
		l.beginMembership(fmt.Sprint("person", i), everyone, 0)
	}
	for seq := range uint64(told) {
		l.Broadcast(&msglog.Entry{Seq: seq + 1, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}, 0)
	}
	ids := make([]string, people)
	for i := range ids {
		ids[i] = fmt.Sprint("person", i)
	}
	i := 0
	for b.Loop() {
		id := ids[i%people]
		i++
		d := new(Device)
		l.Connect(d, id, "Ana", told, []string{"kitchen"})
		l.Disconnect(d, told)
	}
}
