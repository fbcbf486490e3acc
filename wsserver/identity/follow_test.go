package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
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

// lateKeeper keeps nothing: somebody else's claim is in the log first.
type lateKeeper struct {
	to    *Store
	first []msglog.Record
}

func (k lateKeeper) Keep(...msglog.Record) error {
	return errors.Join(msglog.NewFollowers(k.to).Put(k.first), msglog.ErrCondition)
}

func TestClaim_OfTwoAtOnce(t *testing.T) {
	claimOf := func(token string) []msglog.Record {
		value, _ := json.Marshal(person{Token: HashToken(token)})
		return []msglog.Record{{Kind: recordPerson, Key: "ana", Value: value}}
	}
	const mine, other = "my-token-0123456789", "another-token-0123456789"
	for name, row := range map[string]struct {
		first []msglog.Record
		fails bool
	}{
		"a device of the same person": {claimOf(mine), false}, "somebody else": {claimOf(other), true}, "nobody that is known": {nil, true},
		"the operator, who freed it": {[]msglog.Record{{Kind: recordFloor, Key: "ana", Value: make([]byte, 8)}}, true},
	} {
		var s Store
		if err := s.Load(t.Context(), msglog.NewMemory()); err != nil {
			t.Fatal(err)
		}
		if err := s.Claim(lateKeeper{&s, row.first}, "ana", mine, 0); errors.Is(err, wire.ErrIdentityTaken) != row.fails || !row.fails && err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

// Where the end of a claim cannot be written, the claim stays: the log would refuse another one.
func TestEnd_CanBeTakenBack(t *testing.T) {
	var s Store
	if err := s.Load(t.Context(), msglog.NewMemory()); err != nil {
		t.Fatal(err)
	}
	const token = "my-token-0123456789"
	if err := s.Claim(keepIn{&s}, "ana", token, 0); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.NoteSeen("ana", now.UnixMilli())
	if id, ok := s.NextUnseen(now.Add(2*unseenFor), 0); !ok || id != "ana" {
		t.Fatalf("to end: %q", id)
	}
	_, failed, ok := s.End("ana")
	if !ok || s.Claimed("ana") {
		t.Fatal("not ended")
	}
	failed(wire.ErrNotKept)
	if !s.Claimed("ana") || s.Check("ana", "another-token-0123456789") == nil || s.Check("ana", token) != nil {
		t.Error("the claim is not as it was")
	}
	if id, ok := s.NextUnseen(now.Add(2*unseenFor), 0); !ok || id != "ana" {
		t.Error("it is not looked at again")
	}
	_, failed, _ = s.End("ana")
	if err := s.Claim(keepIn{&s}, "ana", "another-token-0123456789", 0); err != nil {
		t.Fatal(err)
	}
	failed(wire.ErrNotKept)
	if s.Check("ana", token) == nil {
		t.Error("a later claim is undone")
	}
}

// inLog keeps records in a log, which a store follows.
type inLog struct {
	log msglog.Log
	to  *Store
}

func (k inLog) Keep(records ...msglog.Record) error {
	results, err := k.log.Append(context.Background(), msglog.OfRecords(records...))
	if err = cmp.Or(err, results[0].Err); err != nil {
		return err
	}
	return msglog.NewFollowers(k.to).Put(records)
}

// Of two servers of one log, one frees a user_id, or ends its claim, while the other writes something of it: whatever comes
// first, what was freed stays freed, and what is in the log holds at both.
func TestClaim_ChangedElsewhereMeanwhile(t *testing.T) {
	const token = "my-token-0123456789"
	var log *msglog.Memory
	var here, there Store
	begin := func() {
		log = msglog.NewMemory()
		for _, s := range []*Store{&here, &there} {
			if err := s.Load(t.Context(), log); err != nil {
				t.Fatal(err)
			}
		}
		if err := here.Claim(inLog{log, &here}, "ana", token, 0); err != nil {
			t.Fatal(err)
		}
	}
	follow := func(s *Store) {
		t.Helper()
		if err := s.Load(t.Context(), log); err != nil {
			t.Fatal(err)
		}
	}
	late := func(s *Store, r msglog.Record) {
		t.Helper()
		if err := (inLog{log, s}).Keep(r); !errors.Is(err, msglog.ErrCondition) {
			t.Errorf("written late: %v", err)
		}
	}

	begin() // seen there, freed here
	follow(&there)
	seen, _ := there.NoteSeen("ana", time.Now().UnixMilli())
	if err := here.Free(inLog{log, &here}, "ana", 7); err != nil {
		t.Fatal(err)
	}
	late(&there, seen)
	follow(&there)
	if there.Claimed("ana") || !there.Retired("ana") {
		t.Error("what was freed is somebody's again")
	}

	begin() // claimed here, freed there, where that is not known yet
	k := &followsLate{inLog{log, &there}, func() { follow(&there) }}
	if err := there.Free(k, "ana", 7); err != nil {
		t.Fatal(err)
	}
	follow(&here)
	if here.Claimed("ana") || !here.Retired("ana") || here.Check("ben", token) == nil {
		t.Error("a claim outlives its release")
	}

	begin() // seen here, ended there
	follow(&there)
	seen, _ = here.NoteSeen("ana", time.Now().UnixMilli())
	if err := (inLog{log, &here}).Keep(seen); err != nil {
		t.Fatal(err)
	}
	end, failed, _ := there.End("ana")
	if err := there.Put(seen); err != nil {
		t.Fatal(err)
	}
	late(&there, end)
	failed(msglog.ErrCondition)
	if id, ok := there.NextUnseen(time.Now().Add(2*unseenFor), 0); !there.Claimed("ana") || !ok || id != "ana" {
		t.Error("a claim that stays is not known, or not looked at again")
	}

	begin() // ended here and there
	follow(&there)
	end, failed, _ = there.End("ana")
	other, _, _ := here.End("ana")
	if err := (inLog{log, &here}).Keep(other); err != nil {
		t.Fatal(err)
	}
	late(&there, end)
	failed(msglog.ErrCondition)
	if there.Claimed("ana") {
		t.Error("a claim that is not in the log is known")
	}
}

// followsLate is a server's log, which its store has followed up to before the first change.
type followsLate struct {
	inLog
	follow func()
}

func (k *followsLate) Keep(records ...msglog.Record) error {
	err := k.inLog.Keep(records...)
	if errors.Is(err, msglog.ErrCondition) {
		k.follow()
	}
	return err
}
