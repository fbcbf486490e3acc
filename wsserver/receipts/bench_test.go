package receipts

import (
	"fmt"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
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

// BenchmarkShared is what a receipt costs where servers share a log: at the one that it was given to, from there until the order
// has it, and at another.
func BenchmarkShared(b *testing.B) {
	const readers = 10_000
	bases := make([]uint64, readers)
	ids := make([]string, readers)
	var here, there *Ledger
	number := uint64(1)
	order := func(records []msglog.Record, ledgers ...*Ledger) {
		changes := msglog.OfRecords(records...)
		for i := range records {
			records[i].Number(number)
			number += records[i].Numbers
		}
		for i, l := range ledgers {
			if err := l.Applied(msglog.Committed{Changes: changes, Results: make([]msglog.Appended, 1), Own: l == here && i == 0}); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, l := range []**Ledger{&here, &there} {
		*l = NewLedger()
		if err := (*l).Load(b.Context(), wstest.NewSharedLog().View(msglog.NewMemory())); err != nil {
			b.Fatal(err)
		}
	}
	for i := range readers {
		ids[i] = fmt.Sprint("person", i)
		here.Connect(new(Device), ids[i], "", 0, nil)
		bases[i] = here.BeginRange(ids[i], "", 0, false)
	}
	all := func() (records []msglog.Record) {
		for more := true; more; {
			var some []msglog.Record
			some, more = here.Flush()
			records = append(records, some...)
		}
		return records
	}
	order(all(), here, there)
	seq := uint64(0)
	read := func() {
		seq++
		e := &msglog.Entry{Seq: seq, Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}}
		for _, l := range []*Ledger{here, there} {
			_ = l.Applied(msglog.Committed{Changes: msglog.OfEntries(e), Results: make([]msglog.Appended, 1)})
		}
		for i := range readers {
			here.Advance(ids[i], "", bases[i], seq, true)
		}
	}
	for b.Loop() {
		began := time.Now()
		read()
		given := time.Now()
		records := all()
		written := time.Now()
		order(records, here)
		own := time.Now()
		number -= records[0].Numbers
		for _, r := range records[1:] {
			number -= r.Numbers
		}
		order(records, there)
		per := func(metric string, d time.Duration) { b.ReportMetric(float64(d.Nanoseconds())/readers, metric) }
		per("ns/given", given.Sub(began))
		per("ns/written", written.Sub(given))
		per("ns/own", own.Sub(written))
		per("ns/other", time.Since(own))
	}
}
