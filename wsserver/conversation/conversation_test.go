package conversation

import (
	"slices"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

func settled(string) uint64 { return 0 }

func said(t *testing.T, log msglog.Log, s *Store, userID string, operators bool) uint64 {
	t.Helper()
	e := &msglog.Entry{Audience: msglog.AudiencePrivate, UserID: userID, Text: "x", From: wire.Sender{UserID: userID, Operator: operators}}
	if _, err := log.Append(t.Context(), msglog.OfEntries(e)); err != nil {
		t.Fatal(err)
	}
	s.Note(e, operators)
	return e.Seq
}

func people(t *testing.T, log msglog.Log, s *Store) (list []string) {
	t.Helper()
	rows, _, err := s.Page(t.Context(), log, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		list = append(list, r.UserID)
	}
	return list
}

func TestStore_PruneForgetsWhatIsGone(t *testing.T) {
	log, s := msglog.NewMemory(), New(settled)
	if err := s.Load(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	said(t, log, s, "ana", false)
	said(t, log, s, "ben", false)
	second := said(t, log, s, "ben", false)
	if _, err := log.Prune(t.Context(), msglog.Age{Now: time.Now(), Before: time.Now().Add(-time.Hour)}, 0); err != nil {
		t.Fatal(err)
	}
	s.Prune(second)
	if got := people(t, log, s); slices.Contains(got, "ana") {
		t.Errorf("still there: %q", got)
	}
}

// What is noted while the log is read is not lost.
func TestStore_AMessageMeanwhileStays(t *testing.T) {
	log, s := msglog.NewMemory(), New(settled)
	if err := s.Load(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	said(t, log, s, "ana", true)
	old, err := log.Conversation(t.Context(), "ana", 0)
	if err != nil {
		t.Fatal(err)
	}
	newest := said(t, log, s, "ana", false)
	s.Withdrawn("ana")
	s.replace("ana", 1, old)
	if rows := s.Waiting(); len(rows) != 1 || rows[0].Last != newest || !s.stale["ana"] {
		t.Errorf("got %+v", rows)
	}
	if got := people(t, log, s); len(s.stale) != 0 || len(got) != 1 {
		t.Errorf("stale %v, people %q", s.stale, got)
	}
}
