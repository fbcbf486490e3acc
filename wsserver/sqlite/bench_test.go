package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/sqlite"
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

func entry(i int) *wsserver.Entry {
	var text strings.Builder
	for j := range 12 {
		text.WriteString(words[(i*7+j*j*13+i/31*j)%len(words)])
		text.WriteByte(' ')
	}
	fmt.Fprintf(&text, "n%d", i)
	return &wsserver.Entry{
		ID: fmt.Sprintf("id%d", i), Audience: wsserver.AudienceTopic, Topic: fmt.Sprintf("line-%d", i%20),
		From: wsserver.Sender{UserID: fmt.Sprintf("user%d", i%500), Name: fmt.Sprintf("Person %d", i%500)}, Text: text.String(),
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 32, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := open(b, b.TempDir())
			i := 0
			for b.Loop() {
				group := make([]*wsserver.Entry, n)
				for j := range group {
					i++
					group[j] = entry(i)
				}
				if _, err := l.Append(b.Context(), group, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/message")
		})
	}
}

// BenchmarkSearch measures searches in a log of BELFRY_BENCH_MESSAGES messages (1,000,000 by default), as typed.
func BenchmarkSearch(b *testing.B) {
	size := 1_000_000
	if s := os.Getenv("BELFRY_BENCH_MESSAGES"); s != "" {
		_, _ = fmt.Sscan(s, &size)
	}
	l := open(b, b.TempDir())
	fill(b, l, size)
	queries := []wsserver.SearchQuery{
		{Text: "w"},
		{Text: "wr"},
		{Text: "wrench"},
		{Text: "torque wrench cab"},
		{Text: "n777"},
		{Text: "door", UserID: "user7"},
		{Text: "alarm", Topic: "line-3"},
		{Text: "bay", Kind: wsserver.KindPrivate},
		{UserID: "user9"},
		{Text: "gate", UserID: "nobody"},
	}
	times := map[string][]time.Duration{}
	var all []time.Duration
	for i := 0; b.Loop(); i++ {
		q := queries[i%len(queries)]
		q.Limit = 50
		start := time.Now()
		if _, err := l.Search(b.Context(), q); err != nil {
			b.Fatal(err)
		}
		d := time.Since(start)
		all = append(all, d)
		key := fmt.Sprintf("%s/%s%s%s", q.Text, q.UserID, q.Topic, q.Kind)
		times[key] = append(times[key], d)
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
	for k, t := range times {
		slices.Sort(t)
		b.Logf("%-28s median %v max %v", k, t[len(t)/2], t[len(t)-1])
	}
}

func fill(b *testing.B, l *sqlite.Log, size int) {
	b.Helper()
	start := time.Now()
	for i := 0; i < size; {
		group := make([]*wsserver.Entry, 0, 5000)
		for ; len(group) < cap(group) && i < size; i++ {
			group = append(group, entry(i))
		}
		if _, err := l.Append(context.Background(), group, nil); err != nil {
			b.Fatal(err)
		}
	}
	appended := time.Since(start)
	for {
		f, err := l.Search(context.Background(), wsserver.SearchQuery{Text: "x", Limit: 1})
		if err != nil {
			b.Fatal(err)
		}
		if f.Indexed == f.Last {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Logf("%d messages appended in %v, searchable after %v", size, appended, time.Since(start))
}

// BenchmarkCatchUp reads 10,000 messages of one topic among twenty, in pages, as who comes back is sent them.
func BenchmarkCatchUp(b *testing.B) {
	l := open(b, b.TempDir())
	const size = 10_000
	group := make([]*wsserver.Entry, 0, 20*size)
	for i := range cap(group) {
		group = append(group, entry(i))
	}
	if _, err := l.Append(b.Context(), group, nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		after, n := uint64(0), 0
		for more := true; more; {
			var page []*wsserver.Entry
			var err error
			page, more, err = l.Page(b.Context(), wsserver.Query{
				Streams: []wsserver.Stream{{Audience: wsserver.AudienceTopic, Name: "line-3"}}, After: after, Forward: true, Limit: 500,
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
