package test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

// This file tests failures around the real program, and the errors that people read.

// Another program holds the log's file: that message is refused, the others can be read, and it passes.
func TestFault_TheLogIsLocked(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	c, d := p.person("ana"), p.dashboard()
	c.Notify("1", "general", "before")

	unlock := lock(t, p.log())
	c.Send(map[string]any{"action": "notify", "id": "2", "topic": "general", "message": "meanwhile"})
	if f := c.ExpectAfter("error", "message"); f.Code != "not_kept" || f.ID != "2" || f.Message == "" {
		t.Errorf("refused by %s", f.Text)
	}
	told := trouble(t, d)
	if told == nil || told.Code != "not_kept" || !strings.Contains(told.Message, "Another program") {
		t.Errorf("the operator is told %+v", told)
	}
	c.Send(map[string]any{"action": "history", "id": "h"})
	if f := c.ExpectAfter("history", "message"); len(f.Messages) != 1 || f.Messages[0].Message != "before" {
		t.Errorf("history meanwhile: %s", f.Text)
	}
	unlock()
	if seq := c.Notify("2", "general", "meanwhile"); seq != 2 {
		t.Errorf("accepted as %d", seq)
	}
	if told := trouble(t, d); told != nil {
		t.Errorf("the operator is still told %+v", told)
	}
}

// lock holds the file as another program that writes to it would, until the returned function is called.
func lock(t *testing.T, file string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return func() {
		if _, err := db.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
	}
}

// The log's file is removed while the program runs: nothing is accepted that would be lost with it, and after a restart
// pages are told that it is another log.
func TestFault_TheLogIsRemoved(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	c, d := p.device(), p.dashboard()
	epoch := c.HelloAs("ana", tokenOf("ana"), "general").Epoch
	c.Notify("1", "general", "before")
	if err := errors.Join(os.Remove(p.log()), os.RemoveAll(p.log()+"-wal"), os.RemoveAll(p.log()+"-shm")); err != nil {
		t.Fatal(err)
	}
	c.Send(map[string]any{"action": "notify", "id": "2", "topic": "general", "message": "meanwhile"})
	if f := c.ExpectAfter("error", "message"); f.Code != "not_kept" {
		t.Errorf("refused by %s", f.Text)
	}
	if code, _ := c.ExpectClosed(); code != websocket.CloseGoingAway {
		t.Errorf("ended with %d", code)
	}
	if told := trouble(t, d); told == nil || !strings.Contains(told.Message, "removed or replaced") {
		t.Errorf("the operator is told %+v", told)
	}
	p.kill()
	p.start()
	missed, f := p.device().Return("ana", tokenOf("ana"), epoch, 1, "general")
	if len(missed) != 0 || f.Complete || !f.Gone || f.Epoch == epoch {
		t.Errorf("comes back to %d, ended by %s", len(missed), f.Text)
	}
}

// A copy made while the program runs holds what was accepted until then, and is another log for pages.
func TestFault_ABackupIsRestored(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	c := p.device()
	epoch := c.HelloAs("ana", tokenOf("ana"), "general").Epoch
	for _, id := range []string{"1", "2", "3"} {
		c.Notify(id, "general", "text "+id)
	}
	file := filepath.Join(t.TempDir(), "copy.db")
	if out, err := p.command("-backup", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("backup: %v, said %q", err, out)
	}
	c.Notify("4", "general", "after the backup")
	p.kill()

	elsewhere := newProgram(t)
	restore(t, file, elsewhere.log())
	elsewhere.start()
	wantRestored(t, elsewhere, epoch)
	elsewhere.kill()

	// In the place of the log it came from, beside what the killed program has left there.
	restore(t, file, p.log())
	p.start()
	wantRestored(t, p, epoch)
	if f := p.person("ben"); f.Notify("5", "general", "and on") != 4 {
		t.Error("does not go on where the backup ends")
	}
}

func restore(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wantRestored comes back as a page that knew the log of that epoch up to its fourth message.
func wantRestored(t *testing.T, p *program, epoch string) {
	t.Helper()
	missed, f := p.device().Return("ana", tokenOf("ana"), epoch, 4, "general")
	var list []string
	for _, m := range missed {
		list = append(list, m.Message)
	}
	if strings.Join(list, ",") != "text 1,text 2,text 3" {
		t.Errorf("sent %q", list)
	}
	if f.Complete || !f.Gone || f.Epoch == epoch || f.Epoch == "" || f.To != 3 {
		t.Errorf("ended by %s; the epoch was %s", f.Text, epoch)
	}
}

// A file that cannot be trusted keeps it from starting, with a sentence and a hint.
func TestFault_TheLogIsDamaged(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	c := p.person("ana")
	for i := range 200 {
		c.Notify(fmt.Sprint(i), "general", strings.Repeat("x", 1000))
	}
	p.kill()
	l, err := sqlite.Open(p.dir) // so that all of it is in the file
	if err != nil {
		t.Fatal(err)
	}
	err = l.Close()
	good, err2 := os.ReadFile(p.log())
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		words string
		harm  func([]byte) []byte
	}{
		"not a database": {"is damaged, or is not a Belfry log", func([]byte) []byte { return bytes.Repeat([]byte("no log "), 1000) }},
		"all but its head overwritten": {"is damaged", func(b []byte) []byte {
			return append(b[:4096:4096], bytes.Repeat([]byte("rubbish "), 10_000)...)
		}},
	} {
		bad := row.harm(bytes.Clone(good))
		err := errors.Join(os.WriteFile(p.log(), bad, 0o600), os.RemoveAll(p.log()+"-wal"), os.RemoveAll(p.log()+"-shm"))
		if err != nil {
			t.Fatal(err)
		}
		p.refuses(row.words)
		if now, err := os.ReadFile(p.log()); err != nil || !bytes.Equal(now, bad) {
			t.Errorf("%s: the file was changed, or error %v", name, err)
		}
	}
}

func TestFault_TheLogIsFromANewerVersion(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	l, err := sqlite.Open(p.dir)
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", p.log())
	if err == nil {
		_, err = db.ExecContext(t.Context(), "PRAGMA user_version = 99")
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	p.refuses("was written by a newer version of Belfry")
}

// Two devices of one person: both are sent everything, they count once, and the other is sent the acknowledgement of one.
func TestFault_TwoDevicesOfOnePersonAndAKill(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	d := p.dashboard()
	phone, laptop := p.person("ana"), p.person("ana")
	epoch := p.person("ben").HelloAs("ben", tokenOf("ben")).Epoch
	d.Ask("broadcast", map[string]any{"message": "one", "ack": "Understood"}, nil)
	for _, c := range []*wstest.Client{phone, laptop} {
		if m := c.Expect("message"); m.Message != "one" || m.Ack != "Understood" {
			t.Errorf("sent %s", m.Text)
		}
	}
	laptop.SendText(`{"action":"read","seq":1}`)
	phone.SendText(`{"action":"ack","seq":1}`)
	at := phone.Expect("acked").Time
	if f := laptop.Expect("acked"); f.Seq != 1 || f.Time != at {
		t.Errorf("the other device is told %s", f.Text)
	}
	wantOne := func() {
		t.Helper()
		var answer struct {
			Receipts []struct{ Sent, Received, Read, Acked int }
		}
		p.dashboard().Ask("receipts", map[string]any{"seqs": []int{1}}, &answer)
		if r := answer.Receipts; len(r) != 1 || r[0].Sent != 2 || r[0].Received != 1 || r[0].Read != 1 || r[0].Acked != 1 {
			t.Errorf("receipts %+v", r)
		}
	}
	wantOne()
	p.kill()
	p.start()
	wantOne()
	for _, name := range []string{"phone", "laptop"} {
		missed, f := p.device().Return("ana", tokenOf("ana"), epoch, 0, "general")
		if len(missed) != 2 || missed[0].Message != "one" || missed[1].Type != "acked" || missed[1].Time != at || !f.Complete {
			t.Errorf("the %s comes back to %+v, ended by %s", name, missed, f.Text)
		}
	}
}
