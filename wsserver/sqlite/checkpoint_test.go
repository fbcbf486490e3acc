package sqlite_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// writePages commits records that fill at least so many pages, a tenth of them with each commit.
func writePages(t *testing.T, l *sqlite.Log, n int) {
	t.Helper()
	for i := range 10 {
		var records []msglog.Record
		for j := range n / 10 {
			records = append(records, msglog.Record{Kind: "page", Key: fmt.Sprint(i, " ", j), Value: bytes.Repeat([]byte(rand.Text()), 200)})
		}
		if _, err := l.Append(t.Context(), msglog.OfRecords(records...)); err != nil {
			t.Fatal(err)
		}
	}
}

func wantWAL(t *testing.T, l *sqlite.Log, fits func(left, total int) bool) {
	t.Helper()
	if left, total, err := l.WAL(); err != nil || !fits(left, total) {
		t.Errorf("%d of %d pages are left: %v", left, total, err)
	}
}

// However much there is, no commit brings it into the file, and whoever does holds up no commit.
func TestCheckpoint_IsMadeBesideCommits(t *testing.T) {
	l := open(t, t.TempDir())
	l.StopCheckpoints()
	writePages(t, l, 5000)
	wantWAL(t, l, func(left, total int) bool { return left == total && total > 5000 })
	release := l.HoldUp()
	if left := l.Checkpoint(1 << 30); left != 0 {
		t.Errorf("%d pages are left", left)
	}
	release()
	appendTo(t, l, note("another")) // begins it anew
	wantWAL(t, l, func(_, total int) bool { return total > 0 && total < 100 })
}

// What somebody still reads stays, and comes over later. Nobody waits for them.
func TestCheckpoint_GoesRoundReaders(t *testing.T) {
	l := open(t, t.TempDir())
	l.StopCheckpoints()
	writePages(t, l, 100)
	reading, err := l.Connections()[0].Query("SELECT key FROM record")
	if err != nil || !reading.Next() {
		t.Fatal(err)
	}
	writePages(t, l, 200)
	for _, most := range []int{1 << 30, 10} {
		if left := l.Checkpoint(most); left < 200 {
			t.Errorf("%d pages are left while somebody reads from before them", left)
		}
	}
	if err := errors.Join(reading.Err(), reading.Close()); err != nil { //nolint:sqlclosecheck // in the middle of the test
		t.Fatal(err)
	}
	if left := l.Checkpoint(10); left != 0 {
		t.Errorf("%d pages are left", left)
	}
}

// A busy room has more pages gather than a quiet one.
func TestCheckpoint_WaitsForQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := sqlite.Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		l.StopIndexing() // while somebody reads, the write-ahead log does not begin anew
		writePages(t, l, 300)
		time.Sleep(time.Minute)
		wantWAL(t, l, func(left, _ int) bool { return left > 300 }) // too few
		for range 10 {
			writePages(t, l, 100)
			time.Sleep(500 * time.Millisecond)
		}
		wantWAL(t, l, func(left, _ int) bool { return left > 1500 })
		time.Sleep(time.Minute)
		wantWAL(t, l, func(left, _ int) bool { return left == 0 })
		for range 50 {
			writePages(t, l, 100)
			time.Sleep(500 * time.Millisecond)
		}
		// It begins anew where a moment is found in which nothing is left, at the latest after checkpointMost pages.
		wantWAL(t, l, func(left, total int) bool { return left < 4200 && total < 8500 })
	})
}
