package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

const day = 24 * time.Hour

// seqsOf lists what is found of a time, page by page, newest first.
func seqsOf(t *testing.T, l *sqlite.Log, q msglog.SearchQuery) (seqs []uint64) {
	t.Helper()
	for {
		found, err := l.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if found.Indexed < found.Last {
			time.Sleep(time.Millisecond)
			continue
		}
		for _, e := range found.Entries {
			seqs = append(seqs, e.Seq)
			q.Before = e.Seq
		}
		if !found.More {
			return seqs
		}
	}
}

// After a clock that was ahead, what was written today is found as of today, and the rest as of the day of the wrong clock.
func TestSearch_OfATimeAfterAClockThatWasAhead(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	for range 20 {
		appendTo(t, l, note("written"))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, filepath.Join(dir, sqlite.File), "UPDATE message SET time = unixepoch('2099-05-05') * 1000 + seq")
	l = open(t, dir)
	for range 6 {
		appendTo(t, l, note("written")) // by a clock that is right again
	}
	tomorrow := time.Now().Add(day)
	for _, text := range []string{"", "written"} {
		if got := seqsOf(t, l, msglog.SearchQuery{Text: text, Until: tomorrow, Limit: 4}); fmt.Sprint(got) != "[26 25 24 23 22 21]" {
			t.Errorf("%q until tomorrow: %v", text, got)
		}
		if got := seqsOf(t, l, msglog.SearchQuery{Text: text, From: tomorrow, Limit: 7}); len(got) != 20 || got[0] != 20 {
			t.Errorf("%q from tomorrow: %v", text, got)
		}
		if got := seqsOf(t, l, msglog.SearchQuery{Text: text, From: tomorrow, Until: tomorrow.Add(day), Limit: 7}); len(got) != 0 {
			t.Errorf("%q of tomorrow: %v", text, got)
		}
	}
}

// However often clocks were set, a search of a time finds exactly what is of that time.
func TestSearch_OfATimeWhateverTheClocksWere(t *testing.T) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same each time
		dir := t.TempDir()
		l, again := openAgain(t, dir)
		times := make([]int64, 1+random.IntN(300))
		at := int64(1_000_000)
		for i := range times {
			if at += random.Int64N(20); random.IntN(1+int(seed)*3) == 0 {
				at = random.Int64N(2_000_000)
			}
			times[i] = at
			if _, err := l.Apply(t.Context(), time.UnixMilli(at), msglog.OfEntries(note("word"))); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, sqlite.File)
		for range random.IntN(20) { // mended by hand, or pruned in the middle
			i := random.IntN(len(times))
			if times[i] >= 0 {
				times[i] = random.Int64N(2_000_000)
			}
			execute(t, file, fmt.Sprintf("UPDATE message SET time = %d WHERE seq = %d", times[i], i+1))
			if i = random.IntN(len(times)); random.IntN(2) == 0 {
				times[i] = -1
				execute(t, file, fmt.Sprintf("DELETE FROM message WHERE seq = %d", i+1))
			}
		}
		l = again()
		for range 30 {
			q := msglog.SearchQuery{Limit: 1 + random.IntN(40), Text: []string{"", "wo"}[random.IntN(2)]}
			from, until := random.Int64N(2_000_000), random.Int64N(2_000_000)
			if random.IntN(3) > 0 {
				q.From = time.UnixMilli(from).Add(time.Duration(random.IntN(2)))
			}
			if random.IntN(3) > 0 {
				q.Until = time.UnixMilli(until).Add(time.Duration(random.IntN(2)))
			}
			var want []uint64
			for i, ms := range slices.Backward(times) {
				at := time.UnixMilli(ms)
				if ms >= 0 && (q.From.IsZero() || !at.Before(q.From)) && (q.Until.IsZero() || at.Before(q.Until)) {
					want = append(want, uint64(i+1))
				}
			}
			if got := seqsOf(t, l, q); !slices.Equal(got, want) {
				t.Fatalf("seed %d, %+v: %v, want %v", seed, q, got, want)
			}
		}
	}
}

// A file says nothing of what is missing from it, so whoever writes one has what is not indexed yet read as well.
func TestSearch_OfTheWholeLogReadsWhatIsNotIndexed(t *testing.T) {
	l := open(t, t.TempDir())
	appendTo(t, l, note("needle 1"), note("hay"))
	seqsOf(t, l, msglog.SearchQuery{Limit: 1}) // until it is indexed
	l.StopIndexing()
	appendTo(t, l, note("needle 3"), note("hay"), note("needle 5"))
	for whole, want := range map[bool]string{false: "[1]", true: "[5 3 1]"} {
		for limit := 1; limit < 5; limit++ {
			var got []uint64
			for q := (msglog.SearchQuery{Text: "needle", Limit: limit, Whole: whole}); ; {
				found, err := l.Search(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range found.Entries {
					got = append(got, e.Seq)
					q.Before = e.Seq
				}
				if !found.More {
					break
				}
			}
			if fmt.Sprint(got) != want {
				t.Errorf("whole %v, in pages of %d: %v, want %s", whole, limit, got, want)
			}
		}
	}
}
