package admission

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// keeper counts the records that are kept, which grants follow.
type keeper struct {
	n  int
	to *Grants
}

func (k *keeper) Keep(records ...msglog.Record) error {
	k.n += len(records)
	return msglog.NewFollowers(k.to).Put(records)
}

// Who stays, or comes back, is seen; who does not comes in anew after a month.
func TestGrants_EndWhenUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		grants := &Grants{}
		if err := grants.Load(t.Context(), msglog.NewMemory()); err != nil {
			t.Fatal(err)
		}
		k := &keeper{to: grants}
		list := map[string]Grant{}
		for _, id := range []string{"stays", "comes", "gone"} {
			list[id] = NewGrant(identity.HashToken(id), settings.AccessCode, "")
		}
		if err := grants.Add(k, list); err != nil {
			t.Fatal(err)
		}
		has := func(id string) bool { _, ok := grants.Find(id, id); return ok }
		look := func(want int) {
			t.Helper()
			ended, err := grants.EndUnseen(k, func(id string) bool { return id == "stays" }, time.Now())
			if err != nil || ended != want {
				t.Errorf("%d ended, want %d: %v", ended, want, err)
			}
		}
		time.Sleep(20 * 24 * time.Hour)
		look(0)
		if _, ok := grants.MarkSeen("comes", time.Now()); !ok || !has("comes") || !has("gone") {
			t.Error("one has ended before its time, or is not seen")
		}
		if _, ok := grants.MarkSeen("comes", time.Now().Add(time.Hour)); ok {
			t.Error("it is written again within a day")
		}
		time.Sleep(10 * 24 * time.Hour)
		look(1)
		if has("gone") || !has("stays") || !has("comes") || len(grants.All()) != 2 {
			t.Errorf("left: %v", grants.All())
		}
		time.Sleep(29 * 24 * time.Hour)
		look(1) // "comes" was seen 39 days ago
		if !has("stays") || has("comes") {
			t.Error("the wrong one is left")
		}
	})
}

// What an older Belfry has kept has no time of its own last use.
func TestGrants_ThatSayNothingOfTheirUseCountFromTheirBeginning(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for since, want := range map[string]bool{
		"2026-11-20T12:00:00.000Z": false, "2026-10-31T12:00:00.001Z": false, "2026-10-31T12:00:00.000Z": true, "": true, "nonsense": true,
	} {
		if got := (Grant{Since: since}).unseen(GrantAge, now); got != want {
			t.Errorf("since %q: %v", since, got)
		}
	}
}

// A grant that was seen and then revoked does not come back with the commit of when it was seen, even where the disk is full.
func TestGrants_RevokedStayRevoked(t *testing.T) {
	grants := &Grants{}
	if err := grants.Load(t.Context(), msglog.NewMemory()); err != nil {
		t.Fatal(err)
	}
	k := &keeper{to: grants}
	g := NewGrant(identity.HashToken("token"), settings.AccessCode, "")
	if err := grants.Add(k, map[string]Grant{"ana": g}); err != nil {
		t.Fatal(err)
	}
	seen, ok := grants.MarkSeen("ana", time.Now().Add(48*time.Hour))
	if !ok {
		t.Fatal("it is not seen")
	}
	if _, err := grants.Revoke(fullDisk{}, func(string, Grant) bool { return true }); !errors.Is(err, wire.ErrNotKept) {
		t.Errorf("revoked on a full disk: %v", err)
	}
	if err := grants.Put(seen); err != nil {
		t.Fatal(err)
	}
	if grants.Has("ana") {
		t.Error("a revoked grant is in force again")
	}
	again := NewGrant(identity.HashToken("another"), settings.AccessCode, "")
	if err := grants.Add(k, map[string]Grant{"ana": again}); err != nil {
		t.Fatal(err)
	}
	if _, ok := grants.Find("ana", "another"); !ok {
		t.Error("who was let in again has no grant")
	}
}

type fullDisk struct{}

func (fullDisk) Keep(...msglog.Record) error { return wire.ErrNotKept }
