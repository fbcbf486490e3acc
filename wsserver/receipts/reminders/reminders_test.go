package reminders

import (
	"cmp"
	"context"
	"testing"
	"time"

	"belfry/wsserver/msglog"
)

// inLog keeps records in a log, which reminders follow. before is called first, once.
type inLog struct {
	log    msglog.Log
	to     *Reminders
	before func()
}

func (k *inLog) Keep(records ...msglog.Record) error {
	if before := k.before; before != nil {
		k.before = nil
		before()
	}
	results, err := k.log.Append(context.Background(), msglog.OfRecords(records...))
	if err = cmp.Or(err, results[0].Err); err != nil {
		return err
	}
	return msglog.NewFollowers(k.to).Put(records)
}

// The operator ends reminders in the very moment in which one is sent: they have ended, here and after a restart.
func TestReminders_EndedStayEnded(t *testing.T) {
	log := msglog.NewMemory()
	var p Reminders
	if err := p.Load(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	was := Reminder{Every: 2, Left: 3}
	was.Next = was.After(now)
	next := Reminder{Every: 2, Left: 2, Next: was.Next + 120_000}
	k := &inLog{log: log, to: &p}
	for seq, end := range []func(k *inLog, seq uint64){
		func(k *inLog, seq uint64) { _ = p.End(k, seq) },
		func(k *inLog, seq uint64) { k.before = func() { _ = p.End(&inLog{log: log, to: &p}, seq) } },
	} {
		seq := uint64(seq)
		if err := p.Begin(k, seq, was); err != nil {
			t.Fatal(err)
		}
		end(k, seq)
		if ours, err := p.Advance(k, seq, was, next); ours || err != nil {
			t.Errorf("%d: a reminder is sent after their end: %v, error %v", seq, ours, err)
		}
		var again Reminders
		if err := again.Load(t.Context(), log); err != nil {
			t.Fatal(err)
		}
		for when, p := range map[string]*Reminders{"here": &p, "after a restart": &again} {
			if r, ok := p.Get(seq); !ok || r.Left != 0 {
				t.Errorf("%d, %s: %+v", seq, when, r)
			}
		}
	}
}
