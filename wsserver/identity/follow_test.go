package identity

import (
	"testing"
	"time"

	"belfry/wsserver/msglog"
)

// A claim that is written late does not undo what is known by then: when its person was seen, that it is queued, and that the
// operator has freed it.
func TestPut_LateClaimUndoesNothing(t *testing.T) {
	var s Store
	if err := s.Load(t.Context(), msglog.NewMemory()); err != nil {
		t.Fatal(err)
	}
	k := keepIn{&s}
	if err := s.Claim(k, "ana", "a-token-of-ana-1234", 0); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	early, ok := s.NoteSeen("ana", now.UnixMilli())
	if _, again := s.NoteSeen("ana", now.Add(time.Hour).UnixMilli()); !ok || !again {
		t.Fatal("nobody was seen")
	}
	if err := s.Put(early); err != nil {
		t.Fatal(err)
	}
	if id, ok := s.NextUnseen(now.Add(unseenFor+time.Minute), 0); ok {
		t.Errorf("%s ends before its time", id)
	}
	if id, ok := s.NextUnseen(now.Add(unseenFor+2*time.Hour), 0); !ok || id != "ana" {
		t.Error("a claim that nobody uses does not end")
	}
	if err := s.Free(k, "ana", 7); err != nil {
		t.Fatal(err)
	}
	if s.Claimed("ana") || !s.Retired("ana") || s.PrivateSince("ana") != 7 || s.Check("ben", "a-token-of-ana-1234") == nil {
		t.Error("what was freed is not")
	}
	for name, r := range map[string]msglog.Record{
		"claim": {Kind: recordPerson, Key: "ben", Value: []byte("x")}, "floor": {Kind: recordFloor, Key: "ben", Value: []byte("x")},
	} {
		if err := s.Put(r); err == nil || s.Claimed("ben") || s.Retired("ben") {
			t.Errorf("a damaged %s is taken", name)
		}
	}
}

// keepIn keeps records in a store alone.
type keepIn struct{ to *Store }

func (k keepIn) Keep(records ...msglog.Record) error { return msglog.NewFollowers(k.to).Put(records) }
