package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// Every run is known as far as it came, over any number of starts.
func TestRuns_AreKnownAsFarAsTheyCame(t *testing.T) {
	dir := t.TempDir()
	reached := map[string]uint64{}
	for start := range 8 {
		l := open(t, dir)
		for epoch, seq := range reached {
			if !l.Knows(epoch, seq) || !l.Knows(epoch, 0) || l.Knows(epoch, seq+1) {
				t.Errorf("start %d: %s is not known up to %d", start, epoch, seq)
			}
		}
		if _, again := reached[l.Epoch()]; again {
			t.Errorf("start %d has an epoch of before", start)
		}
		if start%3 > 0 { // the others append nothing
			appendTo(t, l, note("x"), note("y"))
		}
		reached[l.Epoch()] = l.Last()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A copy that was put back knows what it has, and not what the lost one had under the same numbers, also where both were
// copied while they ran, and each has gone on by itself.
func TestRuns_ACopyIsAnotherLogBeyondItsEnd(t *testing.T) {
	for _, name := range []string{"the run had appended", "the run had appended nothing"} {
		t.Run(name, func(t *testing.T) {
			lost, kept := t.TempDir(), t.TempDir()
			l := open(t, lost)
			appendTo(t, l, note("1"), note("2"), note("3"))
			before := l.Epoch()
			if name == "the run had appended nothing" {
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				l = open(t, lost)
			}
			copyFolder(t, lost, kept) // while it runs
			for range 5 {
				appendTo(t, l, note("lost"))
			}
			gone := l.Epoch()
			restored := open(t, kept)
			for range 7 {
				appendTo(t, restored, note("new"))
			}
			for seq := range uint64(10) {
				if restored.Knows(gone, seq) != (seq <= 3) || restored.Knows(before, seq) != (seq <= 3) || !restored.Knows(restored.Epoch(), seq) {
					t.Errorf("restored: %v %v %v up to %d", restored.Knows(gone, seq), restored.Knows(before, seq), restored.Knows(restored.Epoch(), seq), seq)
				}
			}
			mine := restored.Epoch()
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the lost one was not lost after all
				l = open(t, lost)
				appendTo(t, l, note("and on"))
				for seq := range uint64(12) {
					if l.Knows(mine, seq) && seq > 3 || l.Knows(gone, seq) != (seq <= 8) {
						t.Errorf("the original: %v %v up to %d", l.Knows(mine, seq), l.Knows(gone, seq), seq)
					}
				}
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// Starts that append nothing leave one run, and all of them stay known.
func TestRuns_ACrashLoopForgetsNobody(t *testing.T) {
	dir := t.TempDir()
	var epochs []string
	for range 30 {
		l := open(t, dir)
		epochs = append(epochs, l.Epoch())
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, dir)
	appendTo(t, l, note("at last"))
	for _, epoch := range epochs {
		if !l.Knows(epoch, 0) || l.Knows(epoch, 1) {
			t.Errorf("%s is not known up to 0", epoch)
		}
	}
	if n := count(t, dir, "run"); n != 1 {
		t.Errorf("%d runs are kept", n)
	}
}

// The epoch of a log of earlier versions is that of the run before.
func TestRuns_TheEpochOfEarlierVersionsIsKnown(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	appendTo(t, l, note("1"), note("2"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	change(t, dir, "UPDATE run SET id = 'OLD', start = '', first = 1")
	for range 2 {
		l = open(t, dir)
		appendTo(t, l, note("new"))
		if !l.Knows("OLD", 2) || l.Knows("OLD", 3) {
			t.Error("it is not known as far as it came")
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file that has lost its end, as a repair leaves it, knows no run beyond it.
func TestRuns_AFileWithoutItsEnd(t *testing.T) {
	dir := t.TempDir()
	var epochs []string
	for range 3 {
		l := open(t, dir)
		appendTo(t, l, note("1"), note("2"), note("3"))
		epochs = append(epochs, l.Epoch())
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	change(t, dir, "DELETE FROM message WHERE seq > 2")
	l := open(t, dir)
	for range 9 {
		appendTo(t, l, note("new"))
	}
	for i, epoch := range epochs {
		if l.Knows(epoch, 3) || l.Knows(epoch, 2) != (i == 0) {
			t.Errorf("run %d is known up to 3: %v, up to 2: %v", i, l.Knows(epoch, 3), l.Knows(epoch, 2))
		}
	}
}

// The search is of the log that it is beside: an ordinary start keeps it, a copy that was put back replaces it.
func TestRuns_TheSearchFollows(t *testing.T) {
	dir, kept := t.TempDir(), t.TempDir()
	l := open(t, dir)
	appendTo(t, l, note("apple"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, dir, kept)
	l = open(t, dir)
	appendTo(t, l, note("banana"))
	awaitIndexed(t, l)
	if size := l.Size(); size.IndexLag != 0 || size.IndexBytes == 0 {
		t.Errorf("the index lacks %d entries and has %d bytes", size.IndexLag, size.IndexBytes)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if found, err := l.Search(t.Context(), msglog.SearchQuery{Text: "banana", Limit: 5}); err != nil || found.Indexed != 2 || len(found.Entries) != 1 {
		t.Errorf("after a start up to %d, %d found, error %v", found.Indexed, len(found.Entries), err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} { // the log alone is put back
		_ = os.Remove(filepath.Join(dir, sqlite.File+suffix))
	}
	b, err := os.ReadFile(filepath.Join(kept, sqlite.File))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, sqlite.File), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	appendTo(t, l, note("cherry"), note("banana"))
	awaitIndexed(t, l)
	for text, want := range map[string]int{"apple": 1, "banana": 1, "cherry": 1} {
		if found, err := l.Search(t.Context(), msglog.SearchQuery{Text: text, Limit: 5}); err != nil || len(found.Entries) != want {
			t.Errorf("%s: %d found, error %v", text, len(found.Entries), err)
		}
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

func change(t *testing.T, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, dir, table string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT count(*) FROM %s", table)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// awaitIndexed waits until the search has looked at everything.
func awaitIndexed(t *testing.T, l *sqlite.Log) {
	t.Helper()
	for {
		found, err := l.Search(t.Context(), msglog.SearchQuery{Text: "x", Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if found.Indexed == l.Last() {
			return
		}
		time.Sleep(time.Millisecond) // the index is filled on its own time
	}
}

// A backup has no runs, whichever version has written the log.
func TestRuns_ABackupHasNone(t *testing.T) {
	for _, earlier := range []bool{false, true} {
		dir, other := t.TempDir(), t.TempDir()
		l := open(t, dir)
		appendTo(t, l, note("1"))
		epoch := l.Epoch()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if earlier {
			change(t, dir, `DROP TRIGGER message_by_hand; ALTER TABLE message DROP COLUMN sum; ALTER TABLE record DROP COLUMN sum;
				DROP INDEX message_announced; ALTER TABLE message DROP COLUMN tags; ALTER TABLE message DROP COLUMN click;
				DROP TABLE run; DROP TRIGGER message_changed; DROP TRIGGER message_removed; DROP TABLE block; PRAGMA user_version = 2`)
		}
		if err := sqlite.Backup(t.Context(), dir, filepath.Join(other, sqlite.File)); err != nil {
			t.Fatal(err)
		}
		l = open(t, other)
		if l.Knows(epoch, 0) || l.Epoch() == epoch || l.Last() != 1 {
			t.Errorf("earlier version %v: the epoch %s is known, last %d", earlier, epoch, l.Last())
		}
	}
}
