package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// said is a message of Ana's.
func said(text string) []msglog.Change {
	return msglog.OfEntries(&msglog.Entry{Audience: msglog.AudienceEveryone, Text: text, From: wire.Sender{UserID: "ana", Name: "Ana"}})
}

func say(t *testing.T, l *Log, text string) msglog.Appended {
	t.Helper()
	r, err := l.Append(t.Context(), said(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return r[0]
}

func follow(logs ...*Log) {
	for _, l := range logs {
		l.Follow(func(msglog.Committed) {})
	}
}

// await waits until all logs are at the same place, and returns it.
func await(t *testing.T, logs ...*Log) sqlite.Place {
	t.Helper()
	for range 200 {
		first, same := logs[0].Place(), true
		for _, l := range logs {
			same = same && l.Place() == first
		}
		if same {
			return first
		}
		time.Sleep(50 * time.Millisecond) // real machines, which nobody can wait for otherwise
	}
	for i, l := range logs {
		t.Errorf("machine %d is at %+v", i+1, l.Place())
	}
	t.FailNow()
	return sqlite.Place{}
}

func wantProblem(t *testing.T, err error, words string) {
	t.Helper()
	var p *wire.Problem
	if !errors.As(err, &p) || !strings.Contains(p.Message, words) || p.Hint == "" {
		t.Errorf("error %v, want a problem with %q and a hint", err, words)
	}
}

// A room that was on one machine goes on, on three: nobody's place in it is lost. Its messages come to the others by a copy, and
// those that come meanwhile by the order.
func TestJoin_FromOneMachine(t *testing.T) {
	list := machines(t, 3, nil)
	alone, err := sqlite.Open(list[1].o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 50 {
		if _, err := alone.Append(t.Context(), said(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	epoch := alone.Epoch()
	if err := alone.Close(); err != nil {
		t.Fatal(err)
	}
	logs := openAll(t, list)
	follow(logs...)
	if r := say(t, logs[2], "and now on three"); r.Seq != 51 {
		t.Errorf("seq %d", r.Seq)
	}
	await(t, logs...)
	for i, l := range logs {
		if !l.Knows(epoch, 50) || l.Epoch() != epoch || l.Len() != 51 {
			t.Errorf("machine %d: epoch %s, was %s; %d messages", i+1, l.Epoch(), epoch, l.Len())
		}
	}
	// One is replaced.
	if err := logs[0].Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{sqlite.File, "cluster"} {
		if err := os.RemoveAll(filepath.Join(list[0].o.Dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	say(t, logs[1], "while one is replaced")
	again := openAll(t, []*Engine{New(list[0].o)})
	follow(again...)
	say(t, again[0], "it is back")
	await(t, again[0], logs[1], logs[2])
	if again[0].Len() != 53 || again[0].Epoch() != epoch {
		t.Errorf("it has %d messages, epoch %s", again[0].Len(), again[0].Epoch())
	}
}

// A machine that was left out goes on from where it was, and one whose folder has other messages is kept out.
func TestJoin_WhoHasOtherMessagesIsRefused(t *testing.T) {
	list := machines(t, 3, func(i int, o *Options) { o.Witness = i == 2 })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- list[2].Stand(ctx, func() {}) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error("the witness:", err)
		}
	})
	logs := openAll(t, list[:2])
	follow(logs...)
	say(t, logs[0], "one")
	if err := logs[1].Close(); err != nil {
		t.Fatal(err)
	}
	say(t, logs[0], "with the witness alone")
	again := openAll(t, []*Engine{New(list[1].o)})
	follow(again...)
	await(t, logs[0], again[0])
	if err := again[0].Close(); err != nil {
		t.Fatal(err)
	}

	aside := filepath.Join(list[1].o.Dir, sqlite.File)
	if err := os.Rename(aside, aside+".kept"); err != nil {
		t.Fatal(err)
	}
	other, err := sqlite.Open(list[1].o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Append(t.Context(), said("of another room")); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = New(list[1].o).OpenLog(t.Context(), list[1].o.Dir)
	wantProblem(t, err, "has messages or settings of its own")
	if other, err = sqlite.Open(list[1].o.Dir); err != nil || other.Len() != 1 {
		t.Errorf("its own messages are gone: %v", err)
	}
	_ = other.Close()
}

func TestJoin_AnotherKeyOrNameIsRefused(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list[:3])
	if err := logs[2].Close(); err != nil {
		t.Fatal(err)
	}
	for words, change := range map[string]func(*Options){
		"it has another key":    func(o *Options) { o.Key = NewKey() },
		"its -cluster-name is":  func(o *Options) { o.Name = "other" },
		"it has the name m1 to": func(o *Options) { o.Node = "m1" },
		"The machines of this room are m1, m2, m3, and this one is called m9.": func(o *Options) { o.Node = "m9" },
	} {
		o := list[2].o
		o.Dir = t.TempDir()
		change(&o)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err := New(o).OpenLog(ctx, o.Dir)
		cancel()
		wantProblem(t, err, words)
	}
	list[0].lookAtCopies(list[0].parts)
	list[0].judge(list[0].parts)
	if missing := list[0].Status().Missing; slices.Contains(missing, "m9") {
		t.Errorf("missing: %q", missing)
	}
}

// A machine that has more than the order, which has lost something, goes on with nothing: others would have other messages under
// the same numbers.
func TestJoin_WhoIsAheadOfTheOrderIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until it is sure")
	}
	e := machines(t, 1, nil)[0]
	l := openAll(t, []*Engine{e})[0]
	say(t, l, "one")
	at := l.Place()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	own, err := sqlite.OpenShared(e.o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := own.ApplyStep(t.Context(), sqlite.Step{Position: at.Position + 1, Time: time.Now(), Writer: "x", Number: 1}, said("lost elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = e.OpenLog(t.Context(), e.o.Dir)
	wantProblem(t, err, "do not have the messages of this one")
}

// A program that opens its log again, as after a port was taken, goes on with its numbers.
func TestJoin_AgainInOneProgram(t *testing.T) {
	e := machines(t, 1, nil)[0]
	for n := range uint64(3) {
		l := openAll(t, []*Engine{e})[0]
		if r := say(t, l, "again"); r.Seq != n+1 {
			t.Errorf("seq %d", r.Seq)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A machine that was away for longer than the stream goes back takes another's file, and keeps its own beside it.
func TestJoin_WhoWasAwayForLongTakesACopy(t *testing.T) {
	list := machines(t, 3, func(_ int, o *Options) { o.keeps = 5 })
	logs := openAll(t, list)
	follow(logs...)
	say(t, logs[2], "before")
	if err := logs[2].Close(); err != nil {
		t.Fatal(err)
	}
	for n := range 20 {
		say(t, logs[n%2], fmt.Sprint(n))
	}
	again := openAll(t, []*Engine{New(list[2].o)})
	follow(again...)
	say(t, again[0], "it is back")
	await(t, again[0], logs[0], logs[1])
	if again[0].Len() != 22 {
		t.Errorf("it has %d messages", again[0].Len())
	}
	if kept, err := filepath.Glob(filepath.Join(list[2].o.Dir, sqlite.File+".*.old")); err != nil || len(kept) != 1 {
		t.Errorf("kept beside it: %v, error %v", kept, err)
	}
}

// What the disks of the others have lost of the order is in the messages of those that had applied it: a machine that comes back
// takes a copy. It does not matter whether something follows in the order.
func TestJoin_WhatTheOrderHasLostComesByACopy(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list)
	follow(logs...)
	say(t, logs[2], "before")
	if err := logs[2].Close(); err != nil {
		t.Fatal(err)
	}
	at := logs[2].Place().Position
	for n := range 5 {
		say(t, logs[n%2], fmt.Sprint(n))
	}
	for _, lost := range []uint64{at + 2, at + 5} {
		o := list[2].o
		o.lost = lost
		again := openAll(t, []*Engine{New(o)})[0]
		if again.Len() != 6 {
			t.Errorf("without position %d it has %d messages", lost, again.Len())
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(o.Dir, sqlite.File)); err != nil {
			t.Fatal(err)
		}
	}
}

// Where the other machines are lost for good, what is left may begin anew from a backup, and from nothing else.
func TestJoin_ABackupBeginsAnew(t *testing.T) {
	e := machines(t, 1, nil)[0]
	l := openAll(t, []*Engine{e})[0]
	say(t, l, "one")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(e.o.Dir, "cluster")); err != nil {
		t.Fatal(err)
	}
	_, err := e.OpenLog(t.Context(), e.o.Dir)
	wantProblem(t, err, "do not have the messages of this one")

	dir := t.TempDir()
	if err := sqlite.Backup(t.Context(), e.o.Dir, filepath.Join(dir, sqlite.File)); err != nil {
		t.Fatal(err)
	}
	o := e.o
	o.Dir, o.Name = dir, "anew"
	anew := openAll(t, []*Engine{New(o)})[0]
	if r := say(t, anew, "two"); r.Seq != 2 || anew.Len() != 2 || anew.Knows(l.Epoch(), 1) {
		t.Errorf("seq %d, %d messages; it knows the old epoch: %v", r.Seq, anew.Len(), anew.Knows(l.Epoch(), 1))
	}
}
