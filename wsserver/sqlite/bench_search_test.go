package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// searches makes up one query of each kind: as typed, letter by letter, of frequent and of rare words, narrowed, and
// for absent words.
var searches = []struct {
	name string
	make func(w *writer) msglog.SearchQuery
}{
	{"1Letter", func(w *writer) msglog.SearchQuery { return beginning(w, 1) }},
	{"2Letters", func(w *writer) msglog.SearchQuery { return beginning(w, 2) }},
	{"3Letters", func(w *writer) msglog.SearchQuery { return beginning(w, 3) }},
	{"4Letters", func(w *writer) msglog.SearchQuery { return beginning(w, 4) }},
	{"FrequentWord", func(w *writer) msglog.SearchQuery { return msglog.SearchQuery{Text: frequent(w)} }},
	{"MiddlingWord", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: w.words[200+w.random.IntN(2000)]}
	}},
	{"RareWord", func(w *writer) msglog.SearchQuery { return msglog.SearchQuery{Text: rare(w)} }},
	{"Number", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: fmt.Sprint(w.random.IntN(100_000))}
	}},
	{"TwoFrequent", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: frequent(w) + " " + frequent(w)}
	}},
	{"FrequentAndRare", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: frequent(w) + " " + rare(w)}
	}},
	{"RareAnd1Letter", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: rare(w) + " " + frequent(w)[:1]}
	}},
	{"ThreeWords", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: frequent(w) + " " + frequent(w) + " " + w.words[w.word.Uint64()]}
	}},
	{"Person", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: w.words[w.word.Uint64()], UserID: personID(uint64(w.random.IntN(benchPeople)))}
	}},
	{"PersonAnd1Letter", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: frequent(w)[:1], UserID: personID(uint64(w.random.IntN(benchPeople)))}
	}},
	{"Topic", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: w.words[w.word.Uint64()], Topic: topicName(uint64(w.random.IntN(benchTopics)))}
	}},
	{"Kind", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: w.words[w.word.Uint64()], Kind: kinds[w.random.IntN(3)]}
	}},
	{"PersonTopicKind", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{
			Text: frequent(w), UserID: personID(uint64(w.random.IntN(benchPeople))),
			Topic: topicName(uint64(w.random.IntN(benchTopics))), Kind: msglog.KindChat,
		}
	}},
	{"FiltersAlone", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Topic: topicName(uint64(w.random.IntN(benchTopics))), Kind: kinds[w.random.IntN(3)]}
	}},
	{"Time", func(w *writer) msglog.SearchQuery {
		from := filledFrom.Add(time.Duration(w.random.Int64N(int64(filledUntil.Sub(filledFrom)))))
		return msglog.SearchQuery{Text: w.words[w.word.Uint64()], From: from, Until: from.Add(filledUntil.Sub(filledFrom) / 20)}
	}},
	{"Nothing", func(w *writer) msglog.SearchQuery { return msglog.SearchQuery{Text: rare(w) + "qx"} }},
	{"NothingOfTwo", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: frequent(w) + " " + rare(w) + " " + rare(w)}
	}},
	{"NothingOfPerson", func(w *writer) msglog.SearchQuery {
		return msglog.SearchQuery{Text: frequent(w)[:1], UserID: "nobody"}
	}},
	{"NothingOfKind", func(w *writer) msglog.SearchQuery { // announcements have no user_id, private ones here no topic
		return msglog.SearchQuery{Text: frequent(w), Topic: topicName(0), Kind: msglog.KindPrivate}
	}},
}

var kinds = []string{msglog.KindChat, msglog.KindPrivate, msglog.KindAnnouncement}

// when the log was filled.
var filledFrom, filledUntil time.Time

func frequent(w *writer) string { return w.words[w.random.IntN(len(common))] }
func rare(w *writer) string     { return w.words[5000+w.random.IntN(benchWords-5000)] }

// beginning returns the first letters of a word, as it is typed.
func beginning(w *writer, letters int) msglog.SearchQuery {
	for {
		if word := w.words[w.word.Uint64()]; len(word) >= letters {
			return msglog.SearchQuery{Text: word[:letters]}
		}
	}
}

// BenchmarkSearch measures searches in a log of BELFRY_BENCH_MESSAGES messages (1,000,000 by default). The log is made
// in a folder of its own, or in BELFRY_BENCH_DIR, where it is found again the next time.
func BenchmarkSearch(b *testing.B) {
	size := 1_000_000
	if s := os.Getenv("BELFRY_BENCH_MESSAGES"); s != "" {
		_, _ = fmt.Sscan(s, &size)
	}
	dir := os.Getenv("BELFRY_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	l := open(b, dir)
	fill(b, l, size)
	w := newWriter()
	var all []time.Duration
	for _, s := range searches {
		b.Run(s.name, func(b *testing.B) {
			var times []time.Duration
			for b.Loop() {
				q := s.make(w)
				q.Limit = 50
				start := time.Now()
				if _, err := l.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			report(b, times)
			all = append(all, times[:min(len(times), 1000)]...)
		})
	}
	b.Run("All", func(b *testing.B) {
		for b.Loop() { // all of the above as one
			_ = all
		}
		report(b, all)
	})
}

func report(b *testing.B, times []time.Duration) {
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(times[len(times)/2]), "p50-ms")
	b.ReportMetric(ms(times[len(times)*99/100]), "p99-ms")
	b.ReportMetric(ms(times[len(times)-1]), "max-ms")
}

// fill appends what lacks to size messages, in groups, and waits until all can be searched.
func fill(b *testing.B, l *sqlite.Log, size int) {
	b.Helper()
	start := time.Now()
	w := newWriter()
	for n := l.Len(); n < size; n = l.Len() {
		group := make([]*msglog.Entry, min(5000, size-n))
		for i := range group {
			group[i] = w.entry()
		}
		if _, err := l.Append(context.Background(), msglog.OfEntries(group...)); err != nil {
			b.Fatal(err)
		}
	}
	appended := time.Since(start)
	for {
		f, err := l.Search(context.Background(), msglog.SearchQuery{Text: "x", Limit: 1})
		if err != nil {
			b.Fatal(err)
		}
		if f.Indexed == f.Last {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Logf("%d messages appended in %v, searchable after %v", size, appended, time.Since(start))
	filledFrom, filledUntil = timeOf(b, l, true), timeOf(b, l, false)
}

// timeOf is when the first or the last message was appended.
func timeOf(b *testing.B, l *sqlite.Log, first bool) time.Time {
	b.Helper()
	page, _, err := l.Page(b.Context(), msglog.Query{Forward: first, Limit: 1})
	if err != nil || len(page) != 1 {
		b.Fatal(len(page), err)
	}
	return page[0].Time
}
