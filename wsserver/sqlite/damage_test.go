package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// flip flips a bit of a text that is in the file of a closed log, once, and returns what it then says.
func flip(t *testing.T, dir, text string) (flipped string) {
	t.Helper()
	file := filepath.Join(dir, sqlite.File)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte(text))
	if at < 0 || bytes.Count(b, []byte(text)) > 1 {
		t.Fatalf("%q is %d times in the file", text, bytes.Count(b, []byte(text)))
	}
	at += len(text) / 2
	b[at] ^= 4
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return text[:len(text)/2] + string(b[at]) + text[len(text)/2+1:]
}

// closed makes a log with some messages, and a record, and closes it.
func closed(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	l := open(t, dir)
	withID := note("the second message")
	withID.ID, withID.From.Name = "id-of-the-second", "Name of the second"
	appendTo(t, l, note("the first message"), withID, note("the third message"))
	if _, err := l.Append(t.Context(), msglog.OfRecords(msglog.Record{Kind: "ban", Key: "ana", Value: []byte(`{"why":"spam and more spam"}`)})); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func wantDamaged(t *testing.T, l *sqlite.Log, want ...sqlite.Damage) {
	t.Helper()
	if got := l.Damaged(); !slices.Equal(got, want) {
		t.Errorf("damaged are %v, want %v", got, want)
	}
	p, rows := l.DamageProblem()
	if rows != len(want) || (p == nil) != (rows == 0) {
		t.Errorf("problem %v of %d rows", p, rows)
	}
	for _, one := range want {
		if l.IsWhole(t.Context(), one) {
			t.Errorf("%v is whole", one)
		}
	}
}

// Whoever reads a message that a disk has changed is given what is there, and the operator is told, without what it says.
func TestDamage_OfAMessage(t *testing.T) {
	second := sqlite.Damage{Seq: 2}
	for name, read := range map[string]func(t *testing.T, l *sqlite.Log) string{
		"Page": texts,
		"Get": func(t *testing.T, l *sqlite.Log) string {
			e, err := l.Get(t.Context(), 2)
			if err != nil {
				t.Fatal(err)
			}
			return e.Text
		},
		"Search": func(t *testing.T, l *sqlite.Log) string {
			found, err := l.Search(t.Context(), msglog.SearchQuery{From: time.UnixMilli(1), Limit: 10})
			if err != nil || len(found.Entries) != 3 {
				t.Fatal(found, err)
			}
			return found.Entries[1].Text
		},
		"Again": func(t *testing.T, l *sqlite.Log) string {
			again := note("the second message")
			again.ID = "id-of-the-second"
			if r, err := l.Append(t.Context(), msglog.OfEntries(again)); err != nil || !errors.Is(r[0].Err, wire.ErrIDConflict) {
				t.Fatal(r, err)
			}
			return texts(t, l)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := closed(t)
			flipped := flip(t, dir, "the second message")
			l := open(t, dir)
			l.StopIndexing()
			if got := read(t, l); !strings.Contains(got, flipped) {
				t.Errorf("it reads %q, and %q is there", got, flipped)
			}
			read(t, l)
			wantDamaged(t, l, second)
			if p, _ := l.DamageProblem(); p == nil || !strings.Contains(p.Message, "(number 2)") || strings.Contains(p.Error(), "second") {
				t.Errorf("the operator reads %v", p)
			}
			if !l.IsWhole(t.Context(), sqlite.Damage{Seq: 1}) || l.IsWhole(t.Context(), sqlite.Damage{Seq: 9}) {
				t.Error("the first message is damaged, or one that is not there is whole")
			}
		})
	}
}

func TestDamage_OfARecord(t *testing.T) {
	dir := closed(t)
	flipped := flip(t, dir, "spam and more spam")
	damaged := sqlite.Damage{Kind: "ban", Key: "ana"}
	l := open(t, dir)
	var got string
	if err := l.Records(t.Context(), "ban", func(_ string, value []byte) error { got = string(value); return nil }); err != nil || !strings.Contains(got, flipped) {
		t.Errorf("it reads %q, error %v", got, err)
	}
	wantDamaged(t, l, damaged)
	if p, _ := l.DamageProblem(); p == nil || !strings.Contains(p.Message, `"ban"`) || strings.Contains(p.Error(), "spam") {
		t.Errorf("the operator reads %v", p)
	}
	if _, err := l.Append(t.Context(), msglog.OfRecords(msglog.Record{Kind: "ban", Key: "ana", Value: []byte("{}")})); err != nil {
		t.Fatal(err)
	}
	if !l.IsWhole(t.Context(), damaged) {
		t.Error("what was written again is not whole")
	}
}

// A column that is not even of its kind any more is damage too, and is no reason to refuse a withdrawal.
func TestDamage_OfARowThatCannotBeRead(t *testing.T) {
	dir := closed(t)
	execute(t, filepath.Join(dir, sqlite.File), "DROP TRIGGER message_by_hand; UPDATE message SET priority = 9223372036854775807, reply_to = -5 WHERE seq = 2")
	l := open(t, dir)
	l.StopIndexing()
	if _, err := l.Get(t.Context(), 2); err == nil {
		t.Error("it could be read")
	}
	wantDamaged(t, l, sqlite.Damage{Seq: 2})
	appendTo(t, l, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 2})
	if l.Len() != 2 {
		t.Errorf("%d messages are left", l.Len())
	}
}

// Rows of earlier versions have no sums, and what people change by hand loses them.
func TestDamage_IsNotWhatPeopleDo(t *testing.T) {
	for name, by := range map[string]string{
		"TheTimes":   "UPDATE message SET time = time - 3600000",
		"ATextToo":   "UPDATE message SET text = 'another text' WHERE seq = 2",
		"TheNumber":  "UPDATE message SET seq = 7 WHERE seq = 3",
		"AnInsert":   "INSERT INTO message SELECT 9, time, stream, topic, sender, sender_name, '', text, title, ack, priority, reply_to, of, withdrawn, tags, click, NULL FROM message WHERE seq = 1",
		"ARecord":    "UPDATE record SET value = x'7b7d', sum = NULL",
		"OldRecords": "UPDATE message SET sum = NULL; UPDATE record SET sum = NULL",
	} {
		t.Run(name, func(t *testing.T) {
			dir := closed(t)
			execute(t, filepath.Join(dir, sqlite.File), by)
			if name == "OldRecords" {
				flip(t, dir, "the second message")
			}
			l := open(t, dir)
			texts(t, l)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			list, err := sqlite.Check(t.Context(), filepath.Join(dir, sqlite.File))
			if err != nil || len(list) > 0 || len(l.Damaged()) > 0 {
				t.Errorf("damaged are %v and %v, error %v", l.Damaged(), list, err)
			}
		})
	}
}

// What Belfry itself does keeps the sums right: withdrawing, pruning, copying.
func TestDamage_IsNotWhatBelfryDoes(t *testing.T) {
	dir, other := closed(t), t.TempDir()
	l := open(t, dir)
	appendTo(t, l, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 2},
		&msglog.Entry{
			Audience: msglog.AudiencePrivate, UserID: "ben", Topic: "line", From: wire.Sender{Program: true, Name: "Sensor"}, Program: "tk1", ID: "x", Text: "\x00 a\xffb \U0001F514",
			Title: "title", Ack: "Understood", Priority: 5, ReplyTo: 1 << 63, Tags: []string{"a", "b"}, Click: "https://example.com",
		})
	if err := sqlite.Backup(t.Context(), dir, filepath.Join(other, sqlite.File)); err != nil {
		t.Fatal(err)
	}
	check := func(dir string, rows int) {
		t.Helper()
		file := filepath.Join(dir, sqlite.File)
		list, err := sqlite.Check(t.Context(), file)
		db, err2 := sql.Open("sqlite", file)
		if err2 != nil {
			t.Fatal(err2)
		}
		defer func() { _ = db.Close() }()
		var n int
		err3 := db.QueryRowContext(t.Context(), "SELECT count(*) FROM message WHERE sum IS NOT NULL").Scan(&n)
		if err != nil || err3 != nil || len(list) > 0 || n != rows {
			t.Errorf("damaged are %v, %d rows have sums, want %d; errors %v, %v", list, n, rows, err, err3)
		}
	}
	check(other, 5)
	for more := true; more; {
		var err error
		if more, err = l.Prune(t.Context(), msglog.Age{Now: time.Now(), Before: time.Now()}, 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	appendTo(t, l, note("after pruning"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := sqlite.Check(t.Context(), filepath.Join(dir, sqlite.File))
	if err != nil || len(list) > 0 {
		t.Errorf("damaged are %v, error %v", list, err)
	}
	check(other, 5)
}

// A withdrawal erases the text, and does not make what was damaged whole.
func TestDamage_StaysWithAWithdrawal(t *testing.T) {
	dir := closed(t)
	flip(t, dir, "Name of the second")
	l := open(t, dir)
	appendTo(t, l, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 2})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := sqlite.Check(t.Context(), filepath.Join(dir, sqlite.File))
	if err != nil || !slices.Equal(list, []sqlite.Damage{{Seq: 2}}) {
		t.Errorf("damaged are %v, error %v", list, err)
	}
}

// A copy of a damaged log is made all the same, and it is said.
func TestBackup_OfADamagedLog(t *testing.T) {
	dir, other := closed(t), t.TempDir()
	flip(t, dir, "the second message")
	err := sqlite.Backup(t.Context(), dir, filepath.Join(other, sqlite.File))
	if err == nil || !strings.Contains(err.Error(), "(number 2)") {
		t.Errorf("error %v", err)
	}
	if l := open(t, other); l.Len() != 3 {
		t.Errorf("the copy has %d messages", l.Len())
	}
	var stream bytes.Buffer
	if err := sqlite.BackupTo(t.Context(), dir, &stream); err == nil || stream.Len() == 0 {
		t.Errorf("%d bytes, error %v", stream.Len(), err)
	}
}

// Nobody has to read a row: all are read some time after the start, and again each day, and Close ends that.
func TestDamage_IsLookedFor(t *testing.T) {
	dir := closed(t)
	l := open(t, dir)
	for group := range 3 {
		var list []*msglog.Entry
		for i := range 400 {
			list = append(list, note(fmt.Sprintf("filler %d of group %d", i, group)))
		}
		appendTo(t, l, list...)
	}
	var records []msglog.Record
	for i := range 700 {
		records = append(records, msglog.Record{Kind: fmt.Sprint("kind", i%3), Key: fmt.Sprint("key", i), Value: fmt.Appendf(nil, "value-of-%d.", i)})
	}
	if _, err := l.Append(t.Context(), msglog.OfRecords(records...)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, dir, "filler 7 of group 2")
	flip(t, dir, "value-of-555.")
	synctest.Test(t, func(t *testing.T) {
		l, err := sqlite.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		time.Sleep(20 * time.Second)
		synctest.Wait()
		record := sqlite.Damage{Kind: "kind0", Key: "key555"}
		if slices.Contains(l.Damaged(), record) {
			t.Error("all was read right after the start")
		}
		time.Sleep(10 * time.Minute)
		wantDamaged(t, l, sqlite.Damage{Seq: 811}, record)
	})
}

// What SQLite cannot read is damage of the structure.
func TestCheck_OfTheStructure(t *testing.T) {
	dir := t.TempDir()
	fillFile(t, dir, 5000)
	file := filepath.Join(dir, sqlite.File)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte("message number 2000")) &^ 4095
	clear(b[at : at+4096])
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := sqlite.Check(context.Background(), file)
	if err != nil || !slices.Contains(list, sqlite.Damage{}) {
		t.Errorf("damaged are %v, error %v", list, err)
	}
}
