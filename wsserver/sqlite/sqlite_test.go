package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

func TestLog(t *testing.T) {
	wstest.TestLog(t, func(t *testing.T) msglog.Log { return open(t, t.TempDir()) })
}

func appendTo(t *testing.T, l *sqlite.Log, entries ...*msglog.Entry) []msglog.Appended {
	t.Helper()
	r, err := l.Append(t.Context(), msglog.OfEntries(entries...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func texts(t *testing.T, l *sqlite.Log) string {
	t.Helper()
	entries, _, err := l.Page(t.Context(), msglog.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Text)
	}
	return strings.Join(list, " ")
}

func note(text string) *msglog.Entry {
	return &msglog.Entry{Audience: msglog.AudienceEveryone, Text: text, From: wire.Sender{UserID: "ana", Name: "Ana"}}
}

// Also in a folder that others may look into, nobody else reads what was written.
func TestOpen_ItsFilesAreItsOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are of other systems")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, sqlite.SearchFile), nil, 0o644); err != nil { // as an older version left it
		t.Fatal(err)
	}
	l := open(t, dir)
	appendTo(t, l, note("for nobody else"))
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 4 {
		t.Fatalf("%v: %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, error %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestOpen_GoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	first := note("one")
	first.ID = "id"
	appendTo(t, l, first, note("two"))
	if _, err := l.Append(t.Context(), msglog.OfRecords(msglog.Record{Kind: "a", Key: "k", Value: []byte("v")})); err != nil {
		t.Fatal(err)
	}
	epoch := l.Epoch()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if l.Epoch() == epoch || !l.Knows(epoch, 2) || l.Last() != 2 || l.Len() != 2 || texts(t, l) != "one two" {
		t.Errorf("epoch %s then %s, last %d, len %d, %q", epoch, l.Epoch(), l.Last(), l.Len(), texts(t, l))
	}
	again := note("one")
	again.ID = "id"
	if r := appendTo(t, l, again)[0]; !r.Duplicate || r.Seq != 1 {
		t.Errorf("the same id: %+v", r)
	}
	if r := appendTo(t, l, note("three"))[0]; r.Seq != 3 {
		t.Errorf("next seq %d", r.Seq)
	}
}

func TestOpen_RemembersWhatWasPruned(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	appendTo(t, l, note("one"), note("two"))
	if _, err := l.Prune(t.Context(), inAnHour(), 1<<40); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir)
	if l.Last() != 2 || l.Len() != 0 || l.Pruned([]msglog.Stream{{Audience: msglog.AudienceEveryone}}) != 2 {
		t.Errorf("last %d, len %d", l.Last(), l.Len())
	}
}

func TestOpen_Refuses(t *testing.T) {
	for name, row := range map[string]struct {
		code string
		harm func(t *testing.T, file string)
	}{
		"ANewerVersion": {"newer_log", func(t *testing.T, file string) { execute(t, file, "PRAGMA user_version = 99") }},
		"AnotherFile": {"damaged_log", func(t *testing.T, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			execute(t, file, "CREATE TABLE somebody_elses (x)")
		}},
		"NoDatabase": {"damaged_log", func(t *testing.T, file string) {
			if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := open(t, dir).Close(); err != nil {
				t.Fatal(err)
			}
			row.harm(t, filepath.Join(dir, sqlite.File))
			_, err := sqlite.Open(dir)
			var p *wire.Problem
			if !errors.As(err, &p) || p.Code != row.code || p.Message == "" || p.Hint == "" {
				t.Errorf("error %v, want a problem %s with a sentence and a hint", err, row.code)
			}
		})
	}
}

func execute(t *testing.T, file, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), text)
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_FolderThatIsNotThere(t *testing.T) {
	_, err := sqlite.Open(filepath.Join(t.TempDir(), "none"))
	var p *wire.Problem
	if !errors.As(err, &p) || p.Code != "folder" {
		t.Errorf("error %v", err)
	}
}

// On a full disk nothing of a group is kept, what was accepted can be read, and the log recovers by itself.
func TestAppend_OnAFullDisk(t *testing.T) {
	l := open(t, t.TempDir())
	appendTo(t, l, note("kept"))
	if err := l.SetRoom(0); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 60<<10)
	group := []msglog.Change{{Entry: note("small")}, {Entry: note(long)}, {Records: []msglog.Record{{Kind: "a", Key: "k", Value: []byte(long)}}}}
	for range 3 {
		_, err := l.Append(t.Context(), group)
		if !errors.Is(err, wire.ErrNotKept) || !errors.Is(err, wire.ErrDiskFull) {
			t.Fatalf("error %v", err)
		}
		if got := texts(t, l); got != "kept" || l.Last() != 1 || l.Len() != 1 {
			t.Fatalf("%q, last %d, len %d", got, l.Last(), l.Len())
		}
	}
	if err := l.SetRoom(-1); err != nil {
		t.Fatal(err)
	}
	if r := appendTo(t, l, group[0].Entry, group[1].Entry); r[0].Seq != 2 || r[1].Seq != 3 {
		t.Errorf("with room again: %+v", r)
	}
}

// Retention gives the disk back what it has removed.
func TestPrune_GivesPagesBack(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	for range 40 {
		appendTo(t, l, note(strings.Repeat("x", 50<<10)))
	}
	for range 100 {
		if _, err := l.Prune(t.Context(), inAnHour(), 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil { // folds the write-ahead log in
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, sqlite.File))
	if err != nil || info.Size() > 500<<10 {
		t.Errorf("the file still has %d bytes, error %v", info.Size(), err)
	}
}

func TestWithdraw_LeavesNoTextInTheFile(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	const secret = "fourteen-elephants"
	appendTo(t, l, note(secret+strings.Repeat(" padding", 2000)), note(secret))
	appendTo(t, l, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 1},
		&msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 2})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, sqlite.File))
	if err != nil || strings.Contains(string(b), secret) {
		t.Errorf("the text is still there, or error %v", err)
	}
}

func TestBackup_WhileRunningIsWholeAndAnotherLog(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	l := open(t, dir)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	appendTo(t, l, note("0"))
	go func() {
		defer close(done)
		for i := 1; ctx.Err() == nil; i++ {
			if _, err := l.Append(context.Background(), msglog.OfEntries(note(fmt.Sprint(i)))); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	file := filepath.Join(other, sqlite.File)
	err := sqlite.Backup(t.Context(), dir, file)
	if err == nil {
		err = sqlite.Backup(t.Context(), dir, file) // replaces the first one
	}
	stop()
	<-done
	if err != nil {
		t.Fatal(err)
	}
	copied := open(t, other)
	entries, _, err := copied.Page(t.Context(), msglog.Query{})
	if err != nil || len(entries) == 0 || copied.Epoch() == l.Epoch() || copied.Epoch() == "" {
		t.Fatalf("%d messages, epoch %q of %q, error %v", len(entries), copied.Epoch(), l.Epoch(), err)
	}
	for i, e := range entries {
		if e.Text != fmt.Sprint(i) || e.Seq != uint64(i+1) {
			t.Fatalf("message %d is %q, seq %d", i, e.Text, e.Seq)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	left, _ := os.ReadDir(other)
	for _, f := range left {
		if strings.HasPrefix(f.Name(), ".belfry") {
			t.Errorf("%s is left", f.Name())
		}
	}
}

func TestBackup_OfNoLog(t *testing.T) {
	err := sqlite.Backup(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "x"))
	var p *wire.Problem
	if !errors.As(err, &p) || p.Message == "" {
		t.Errorf("error %v", err)
	}
}

func TestSearch_IsFilledAnewWhenLostOrDamaged(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	appendTo(t, l, note("needle"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, sqlite.SearchFile)
	for name, harm := range map[string]func() error{
		"lost":    func() error { return os.Remove(file) },
		"damaged": func() error { return os.WriteFile(file, []byte(strings.Repeat("rubbish ", 2000)), 0o600) },
	} {
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		l := open(t, dir)
		var found msglog.SearchResult
		for deadline := time.Now().Add(5 * time.Second); len(found.Entries) == 0 && time.Now().Before(deadline); {
			var err error
			if found, err = l.Search(t.Context(), msglog.SearchQuery{Text: "needle", Limit: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if len(found.Entries) != 1 {
			t.Errorf("%s: found %d", name, len(found.Entries))
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// inAnHour is the Age by which everything that is written now is old.
func inAnHour() msglog.Age {
	then := time.Now().Add(time.Hour)
	return msglog.Age{Now: then, Before: then}
}

// Messages of 1970, however many, are as old as the first one behind them that has an age.
func TestPrune_OfMessagesWithoutAnAge(t *testing.T) {
	const many = 650 // more than one step looks at
	now := time.Now()
	for what, row := range map[string]struct {
		newest []time.Time // of the last messages
		kept   int
	}{
		"all of 1970":                {nil, many},
		"the last one of the future": {[]time.Time{now.AddDate(80, 0, 0)}, many},
		"the last one of today":      {[]time.Time{now}, many},
		"one before it is old":       {[]time.Time{now.AddDate(0, 0, -100), now}, 1},
	} {
		dir := t.TempDir()
		l, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		group := make([]*msglog.Entry, many)
		for i := range group {
			group[i] = &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "x", From: wire.Sender{UserID: "ana"}}
		}
		if _, err := l.Append(t.Context(), msglog.OfEntries(group...)); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", filepath.Join(dir, sqlite.File))
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Exec("UPDATE message SET time = 3600000")
		for i, at := range row.newest {
			_, failed := db.Exec("UPDATE message SET time = ? WHERE seq = ?", at.UnixMilli(), many-len(row.newest)+i+1)
			err = errors.Join(err, failed)
		}
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		for more := true; more; {
			if more, err = l.Prune(t.Context(), msglog.Age{Now: now, Before: now.AddDate(0, 0, -90)}, 1<<40); err != nil {
				t.Fatal(err)
			}
		}
		if l.Len() != row.kept {
			t.Errorf("%s: %d are kept, want %d", what, l.Len(), row.kept)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
