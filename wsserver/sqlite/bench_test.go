package sqlite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

func open(tb testing.TB, dir string) *sqlite.Log {
	tb.Helper()
	l, err := sqlite.Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	return l
}

var words = strings.Fields("bay line press gate pallet crate north door cold store torque wrench cabinet shift water roof leak compressor " +
	"maintenance order operator please count point aisle forklift battery charger label printer belt sensor alarm drill")

func entry(i int) *msglog.Entry {
	var text strings.Builder
	for j := range 12 {
		text.WriteString(words[(i*7+j*j*13+i/31*j)%len(words)])
		text.WriteByte(' ')
	}
	fmt.Fprintf(&text, "n%d", i)
	return &msglog.Entry{
		ID: fmt.Sprintf("id%d", i), Audience: msglog.AudienceTopic, Topic: fmt.Sprintf("line-%d", i%20),
		From: wire.Sender{UserID: fmt.Sprintf("user%d", i%500), Name: fmt.Sprintf("Person %d", i%500)}, Text: text.String(),
	}
}

// committing is the dispatcher's context. For one that can end, the driver starts a goroutine with each statement.
var committing = context.Background()

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 32, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := open(b, b.TempDir())
			i := 0
			for b.Loop() {
				group := make([]*msglog.Entry, n)
				for j := range group {
					i++
					group[j] = entry(i)
				}
				if _, err := l.Append(committing, msglog.OfEntries(group...)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/message")
		})
	}
}

// BenchmarkRecords replaces 500 records in one group.
func BenchmarkRecords(b *testing.B) {
	const n = 500
	l := open(b, b.TempDir())
	group := make([]msglog.Record, n)
	for i := range group {
		group[i] = msglog.Record{Kind: "cursor", Key: fmt.Sprint("person", i), Value: []byte(strings.Repeat("x", 294))}
	}
	for b.Loop() {
		if _, err := l.Append(committing, msglog.OfRecords(group...)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n)/1000, "µs/record")
}

// BenchmarkCatchUp reads 10,000 messages of one topic among twenty, in pages, as a recovery does.
func BenchmarkCatchUp(b *testing.B) {
	l := open(b, b.TempDir())
	const size = 10_000
	group := make([]*msglog.Entry, 0, 20*size)
	for i := range cap(group) {
		group = append(group, entry(i))
	}
	if _, err := l.Append(committing, msglog.OfEntries(group...)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		after, n := uint64(0), 0
		for more := true; more; {
			var page []*msglog.Entry
			var err error
			page, more, err = l.Page(b.Context(), msglog.Query{
				Streams: []msglog.Stream{{Audience: msglog.AudienceTopic, Name: "line-3"}}, After: after, Forward: true, Limit: 500,
			})
			if err != nil {
				b.Fatal(err)
			}
			n += len(page)
			after = page[len(page)-1].Seq
		}
		if n != size {
			b.Fatalf("%d messages", n)
		}
	}
}

// BenchmarkPage reads what a client that comes back asks for: which messages it has missed, and a page of few of them.
func BenchmarkPage(b *testing.B) {
	l := open(b, b.TempDir())
	group := make([]*msglog.Entry, 2000)
	for i := range group {
		group[i] = entry(i)
	}
	if _, err := l.Append(committing, msglog.OfEntries(group...)); err != nil {
		b.Fatal(err)
	}
	streams := []msglog.Stream{
		{Audience: msglog.AudienceEveryone},
		{Audience: msglog.AudienceWithdrawn},
		{Audience: msglog.AudiencePrivate, Name: "user1"},
		{Audience: msglog.AudienceTopic, Name: "line-3"},
	}
	for _, n := range []int{1, 10, 100} {
		q := msglog.Query{Streams: streams, After: uint64(2000 - 20*n), Forward: true, Limit: n}
		b.Run(fmt.Sprint("Page", n), func(b *testing.B) {
			for b.Loop() {
				if page, _, err := l.Page(b.Context(), q); err != nil || len(page) != n {
					b.Fatal(len(page), err)
				}
			}
		})
		b.Run(fmt.Sprint("Seqs", n), func(b *testing.B) {
			for b.Loop() {
				if seqs, err := l.Seqs(b.Context(), q); err != nil || len(seqs) != n {
					b.Fatal(len(seqs), err)
				}
			}
		})
	}
	b.Run("Get", func(b *testing.B) {
		for b.Loop() {
			if e, err := l.Get(b.Context(), 1000); err != nil || e == nil {
				b.Fatal(e, err)
			}
		}
	})
}

// BenchmarkClaims claims user_ids that nobody has, 100 in one group: each with its conditions, and without.
func BenchmarkClaims(b *testing.B) {
	for name, conditions := range map[string]bool{"Conditions": true, "None": false} {
		b.Run(name, func(b *testing.B) {
			const n = 100
			l := open(b, b.TempDir())
			i := 0
			for b.Loop() {
				group := make([]msglog.Change, n)
				for j := range group {
					i++
					claim := msglog.Record{Kind: "person", Key: fmt.Sprint("person", i), Value: []byte(strings.Repeat("x", 60))}
					group[j].Records = []msglog.Record{claim}
					if conditions {
						group[j].Records = []msglog.Record{claim.Expecting(nil), msglog.Absent("floor", claim.Key)}
					}
				}
				if _, err := l.Append(b.Context(), group); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n)/1000, "µs/claim")
		})
	}
}
