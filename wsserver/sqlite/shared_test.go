package sqlite_test

import (
	"fmt"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// follower is a file of an order, which a test writes by hand.
func follower(t *testing.T, dir string) *sqlite.Shared {
	t.Helper()
	l, err := sqlite.OpenShared(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // a test may have closed it
	return l
}

// step is a position of an order that one writer writes.
func step(n uint64) sqlite.Step {
	return sqlite.Step{Position: n, Time: time.UnixMilli(1_700_000_000_000 + int64(n)), Writer: "a", Number: n, Payload: []byte(fmt.Sprint(n))}
}

func said(id string) []msglog.Change {
	return msglog.OfEntries(&msglog.Entry{ID: id, Audience: msglog.AudienceEveryone, Text: "text", From: wire.Sender{UserID: "ana", Name: "Ana"}})
}

const epoch = "ABCDEFGHIJKLMNOPQRSTUVWXYZ.ABCDEFGHIJKLMNOPQRSTUVWXYZ"

func TestShared_GoesOnWhereItWas(t *testing.T) {
	dir := t.TempDir()
	l := follower(t, dir)
	if untouched, err := l.Untouched(t.Context()); err != nil || !untouched || l.Place() != (sqlite.Place{}) {
		t.Fatalf("a new one: untouched %v, at %+v, error %v", untouched, l.Place(), err)
	}
	if err := l.Join(t.Context(), "order", epoch, step(1)); err != nil {
		t.Fatal(err)
	}
	for n := uint64(2); n < 5; n++ {
		if _, err := l.ApplyStep(t.Context(), step(n), said(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	at := l.Place()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l = follower(t, dir); l.Place() != at || at.Position != 4 || l.Epoch() != epoch || !l.Applied("a", 4) || l.Applied("a", 5) || l.Applied("b", 1) {
		t.Errorf("opened again it is at %+v, was at %+v", l.Place(), at)
	}
}

// Whoever opens one of several files for itself alone is told, once: that ends its part in the order.
func TestShared_OpenedAlone(t *testing.T) {
	dir := t.TempDir()
	l := follower(t, dir)
	if err := l.Join(t.Context(), "order", epoch, step(1)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		alone := open(t, dir)
		if alone.LeftRoom() != want {
			t.Errorf("that it was one of several is told: %v, want %v", !want, want)
		}
		if err := alone.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if l = follower(t, dir); l.Place() != (sqlite.Place{}) || l.LeftRoom() {
		t.Errorf("as one of several again it is at %+v", l.Place())
	}
}

// Two files that apply the same have the same digest, and one that has applied anything else does not.
func TestShared_DigestTellsFilesApart(t *testing.T) {
	apply := func(last string) string {
		l := follower(t, t.TempDir())
		if err := l.Join(t.Context(), "order", epoch, step(1)); err != nil {
			t.Fatal(err)
		}
		for n, id := range []string{"1", "2", last} {
			if _, err := l.ApplyStep(t.Context(), step(uint64(n)+2), said(id)); err != nil {
				t.Fatal(err)
			}
		}
		return l.Place().Digest
	}
	if a, b, c := apply("3"), apply("3"), apply("2"); a != b || a == c {
		t.Errorf("digests %s, %s, and with another result %s", a, b, c)
	}
}

// A folder with which a Belfry by itself has gone on is no part of the order any more.
func TestShared_AloneItLeavesTheOrder(t *testing.T) {
	dir := t.TempDir()
	l := follower(t, dir)
	if err := l.Join(t.Context(), "order", epoch, step(1)); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	alone, err := sqlite.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !alone.Knows(epoch, 0) || alone.Shared() {
		t.Error("alone it does not know the epoch that it had")
	}
	if err := alone.Close(); err != nil {
		t.Fatal(err)
	}
	if l = follower(t, dir); l.Place() != (sqlite.Place{}) {
		t.Errorf("it is at %+v", l.Place())
	}
}

// The same seqs are removed by a change, whatever the file's own idea of a step is.
func TestShared_PrunesByAChange(t *testing.T) {
	a, b := follower(t, t.TempDir()), follower(t, t.TempDir())
	both := func(s sqlite.Step, changes func() []msglog.Change) {
		t.Helper()
		for _, l := range []*sqlite.Shared{a, b} {
			if _, err := l.ApplyStep(t.Context(), s, changes()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, l := range []*sqlite.Shared{a, b} {
		if err := l.Join(t.Context(), "order", epoch, step(1)); err != nil {
			t.Fatal(err)
		}
	}
	for n := uint64(2); n < 60; n++ {
		both(step(n), func() []msglog.Change { return said(fmt.Sprint(n)) })
	}
	p, more, err := a.NextPrune(t.Context(), msglog.Age{Now: time.UnixMilli(1_800_000_000_000), Before: time.UnixMilli(1_800_000_000_000)}, 1<<40)
	if err != nil || !more || p.Messages == 0 || p.Messages > 58 {
		t.Fatalf("next is %+v, more %v, error %v", p, more, err)
	}
	both(step(60), func() []msglog.Change { return []msglog.Change{{Prune: p}} })
	everyone := []msglog.Stream{{Audience: msglog.AudienceEveryone}}
	for _, l := range []*sqlite.Shared{a, b} {
		if l.Len() != 58-int(p.Messages) || l.Pruned(everyone) != p.Messages {
			t.Errorf("%d are left, pruned to %d; want up to %d gone", l.Len(), l.Pruned(everyone), p.Messages)
		}
	}
	if a.Place() != b.Place() {
		t.Errorf("they are at %+v and %+v", a.Place(), b.Place())
	}
}
