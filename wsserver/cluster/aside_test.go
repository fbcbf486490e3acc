package cluster

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
)

// flip flips a bit of a text in the closed log of a machine.
func flip(t *testing.T, e *Engine, text string) {
	t.Helper()
	file := filepath.Join(e.o.Dir, sqlite.File)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte(text))
	if at < 0 {
		t.Fatalf("%q is not in the file", text)
	}
	b[at] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// again opens a machine anew.
func again(t *testing.T, e *Engine) (*Engine, *Log) {
	t.Helper()
	e = New(e.o)
	l := openAll(t, []*Engine{e})[0]
	follow(l)
	return e, l
}

func textOf(t *testing.T, l *Log, seq uint64) string {
	t.Helper()
	e, err := l.Get(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	return e.Text
}

// until waits for a condition of real machines.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 300 {
		if is() {
			return
		}
		time.Sleep(50 * time.Millisecond) // real machines, which nobody can wait for otherwise
	}
	t.Fatal("it never came to be that", what)
}

// A machine whose disk has changed a message stops once that is read, and takes a copy of another machine's when it is started
// again. Until then it gives none.
func TestAside_ADamagedMachineTakesACopy(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list)
	follow(logs...)
	say(t, logs[0], "what was written")
	say(t, logs[0], "something else")
	await(t, logs...)
	if err := logs[1].Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, list[1], "what was written")
	e, l := again(t, list[1])
	if got := textOf(t, l, 1); got != "vhat was written" {
		t.Errorf("it reads %q", got)
	}
	if answer := (&copier{l: l}).offered("", nil); answer != nil {
		t.Errorf("it offers %s", answer)
	}
	until(t, "it stops", func() bool { return e.failure() != nil })
	if p := e.failure(); !strings.Contains(p.Message, "(number 1)") || strings.Contains(p.Error(), "written") || !strings.Contains(p.Hint, "Start it again") {
		t.Errorf("it says %v", p)
	}
	if logs[0].e.failure() != nil || logs[2].e.failure() != nil {
		t.Error("a machine that is whole has stopped")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	say(t, logs[2], "without it")
	_, l = again(t, e)
	say(t, l, "it is back")
	await(t, logs[0], l, logs[2])
	if got := textOf(t, l, 1); got != "what was written" || l.Len() != 4 || len(l.Damaged()) > 0 {
		t.Errorf("it reads %q, and has %d messages", got, l.Len())
	}
	if kept, err := filepath.Glob(filepath.Join(e.o.Dir, sqlite.File+".*.old")); err != nil || len(kept) != 1 {
		t.Errorf("kept beside it: %v, error %v", kept, err)
	}
	if isAside(e) {
		t.Error("it would take another copy")
	}
}

// A machine without which there is no majority stays, since nobody could write, and steps aside once another one is back.
func TestAside_AMajorityComesFirst(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list)
	follow(logs...)
	say(t, logs[0], "what was written")
	await(t, logs...)
	if err := logs[1].Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, list[1], "what was written")
	if err := logs[2].Close(); err != nil {
		t.Fatal(err)
	}
	e, l := again(t, list[1])
	textOf(t, l, 1)
	if len(l.Damaged()) == 0 {
		t.Fatal("nothing was noticed")
	}
	for range 3 {
		time.Sleep(damageEvery) // it looks so often
		if e.failure() != nil {
			t.Fatalf("it has stopped: %v", e.failure())
		}
	}
	say(t, l, "somebody can write")
	again(t, list[2])
	until(t, "it stops", func() bool { return e.failure() != nil })
}

// Where no machine has a row as it was written, none stops for it, and it is no reason to keep a new machine out. That is so too
// where those that are to take a copy wait for one of each other: neither gives one.
func TestAside_WhatAllHaveStopsNobody(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list)
	follow(logs...)
	say(t, logs[0], "what was written")
	await(t, logs...)
	for i, l := range logs {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		flip(t, list[i], "what was written")
		list[i] = New(list[i].o)
	}
	logs = openAll(t, list)
	follow(logs...)
	for _, l := range logs {
		textOf(t, l, 1)
	}
	until(t, "all know that all have it", func() bool {
		for _, l := range logs {
			if !l.spread.has(l.Damaged()) {
				return false
			}
		}
		return true
	})
	for i, e := range list {
		if e.failure() != nil || isAside(e) {
			t.Errorf("machine %d stops: %v", i+1, e.failure())
		}
	}
	if err := logs[2].Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{sqlite.File, "cluster"} {
		if err := os.RemoveAll(filepath.Join(list[2].o.Dir, f)); err != nil {
			t.Fatal(err)
		}
	}
	say(t, logs[0], "while one is replaced")
	if _, l := again(t, list[2]); l.Len() != 2 {
		t.Errorf("the new machine has %d messages", l.Len())
	}
}

// Two machines that are to take copies wait for one that is not.
func TestAside_NoCopiesInACircle(t *testing.T) {
	list := machines(t, 3, nil)
	logs := openAll(t, list)
	follow(logs...)
	say(t, logs[0], "what was written")
	at := await(t, logs...)
	for i, l := range logs {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		list[i] = New(list[i].o)
	}
	for _, e := range list[:2] {
		_ = asideProblem(e, "The disk of this machine has changed something.")
	}
	opened := make(chan *Log, 2)
	for _, e := range list[:2] {
		go func() {
			l, err := e.OpenLog(context.WithoutCancel(t.Context()), e.o.Dir)
			if err != nil {
				t.Error(err)
				opened <- nil
				return
			}
			opened <- l.(*Log)
		}()
	}
	select {
	case <-opened:
		t.Fatal("one has taken a copy of the other's")
	case <-time.After(5 * time.Second): // real machines, which nobody can wait for otherwise
	}
	whole := openAll(t, list[2:])[0]
	follow(whole)
	for range 2 {
		if l := <-opened; l != nil {
			t.Cleanup(func() { _ = l.Close() })
			if l.Place().Order != at.Order || l.Len() != 1 || isAside(l.e) {
				t.Errorf("it is at %+v with %d messages", l.Place(), l.Len())
			}
		}
	}
}

// A copy is read as a whole before it is given: what nobody has noticed yet is not passed on.
func TestAside_CopiesAreChecked(t *testing.T) {
	list := machines(t, 1, nil)
	l := openAll(t, list)[0]
	follow(l)
	say(t, l, "what was written")
	if _, err := l.Append(t.Context(), msglog.OfRecords(msglog.Record{Kind: "ban", Key: "ben", Value: []byte("for some reason")})); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	flip(t, list[0], "for some reason")
	_, l = again(t, list[0])
	if _, err := (&copier{l: l}).copyTo(filepath.Join(t.TempDir(), "copy")); err == nil || len(l.Damaged()) != 1 {
		t.Errorf("damaged are %v, error %v", l.Damaged(), err)
	}
}
