package receipts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// listener notes what it is told.
type listener struct {
	told  []string
	wants bool
}

func (n *listener) news() News {
	tell := func(format string, args ...any) { n.told = append(n.told, fmt.Sprintf(format, args...)) }
	return News{
		Acknowledging: func(seq uint64, userID string, _ time.Time) ([]msglog.Record, func(bool)) {
			return []msglog.Record{{Kind: "news", Key: "1", Value: []byte("1")}}, func(kept bool) { tell("%s acknowledged %d %v", userID, seq, kept) }
		},
		Presence: func() bool { return n.wants },
		Joined:   func(userID string, _ time.Time) { tell("%s joined", userID) },
		Left:     func(userID string, _ time.Time) { tell("%s left", userID) },
		Complete: func(r Receipts) bool { tell("%d complete", r.Seq); return n.wants },
	}
}

func (n *listener) take() string {
	told := strings.Join(n.told, ", ")
	n.told = nil
	return told
}

// keeper keeps records in a log, or fails.
type keeper struct {
	log msglog.Log
	err error
}

func (k *keeper) Keep(records ...msglog.Record) error {
	if k.err != nil {
		return k.err
	}
	_, err := k.log.Append(context.Background(), msglog.OfRecords(records...))
	return err
}

// announce appends an announcement that asks for an acknowledgement.
func announce(t *testing.T, l *Ledger, log msglog.Log) uint64 {
	t.Helper()
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "Lunch", Ack: "Understood", From: wire.Sender{Operator: true}}
	if _, err := log.Append(context.Background(), []msglog.Change{{Entry: e}, {Records: drain(l)}}); err != nil {
		t.Fatal(err)
	}
	l.Broadcast(e, 0)
	return e.Seq
}

// loaded is a ledger as a start after a crash finds it, which tells n.
func loaded(t *testing.T, log msglog.Log, n *listener) *Ledger {
	t.Helper()
	l := NewLedger()
	l.SetNews(n.news())
	if err := l.Load(context.Background(), log); err != nil {
		t.Fatal(err)
	}
	return l
}

// The record about an acknowledgement is in the commit of it, and is told where that failed.
func TestNews_AcknowledgedIsKeptTogether(t *testing.T) {
	n, log := &listener{}, msglog.NewMemory()
	l := loaded(t, log, n)
	l.Connect(new(Device), "ana", "", 0, nil)
	seq := announce(t, l, log)
	n.take()
	if _, err := l.Ack(&keeper{err: errors.New("disk full")}, seq, "ana"); err == nil || n.take() != "ana acknowledged 1 false" {
		t.Errorf("error %v, told %v", err, n.told)
	}
	for _, want := range []string{"1 complete, ana acknowledged 1 true", ""} { // the same again is no news
		_, err := l.Ack(&keeper{log: log}, seq, "ana")
		told := strings.Split(n.take(), ", ")
		slices.Sort(told)
		if got := strings.Join(told, ", "); err != nil || got != want {
			t.Errorf("told %q, want %q, error %v", got, want, err)
		}
	}
	kept := 0
	_ = log.Records(context.Background(), "news", func(string, []byte) error { kept++; return nil })
	if kept != 1 {
		t.Errorf("%d records are kept", kept)
	}
}

// An announcement that was complete when the program was killed, and was not told, is told at the next start, once.
func TestNews_CompleteIsToldAfterACrash(t *testing.T) {
	n, log := &listener{wants: true}, msglog.NewMemory()
	l := loaded(t, log, n)
	l.Connect(new(Device), "ana", "", 0, nil)
	old := announce(t, l, log)
	seq := announce(t, l, log)
	for _, s := range []uint64{old, seq} {
		if _, err := l.Ack(&keeper{log: log}, s, "ana"); err != nil {
			t.Fatal(err)
		}
	}
	n.take() // the records that it was told are not written: a crash
	l = loaded(t, log, n)
	l.TellComplete(old)
	if got := n.take(); got != "2 complete" {
		t.Errorf("told %q", got)
	}
	if _, err := log.Append(context.Background(), msglog.OfRecords(drain(l)...)); err != nil {
		t.Fatal(err)
	}
	loaded(t, log, n).TellComplete(old)
	if got := n.take(); got != "" {
		t.Errorf("told again %q", got)
	}
}

// Who was here at a crash has not joined again when they come back at once, and has left where they do not.
func TestNews_PresenceOverACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, log := &listener{wants: true}, msglog.NewMemory()
		l := loaded(t, log, n)
		for _, who := range []string{"ana", "ben", "guest-1-2"} {
			l.Connect(new(Device), who, "", 0, nil)
		}
		if _, err := log.Append(context.Background(), msglog.OfRecords(drain(l)...)); err != nil || n.take() != "ana joined, ben joined" {
			t.Errorf("told %v, error %v", n.told, err)
		}
		l = loaded(t, log, n)
		l.TellLeft()
		device := new(Device)
		l.Connect(device, "ana", "", 0, nil)
		time.Sleep(leaveGrace)
		l.TellLeft()
		if got := n.take(); got != "ben left" {
			t.Errorf("told %q", got)
		}
		// Where nobody wants to know, nothing waits.
		n.wants = false
		l.Disconnect(device, 0)
		if len(l.core.leaving) > 0 || l.core.members["ana"].Here {
			t.Error("ana is still said to be here")
		}
	})
}
