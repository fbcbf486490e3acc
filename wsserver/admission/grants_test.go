package admission

import (
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/settings"
)

// keeper counts the records that are kept.
type keeper struct{ n int }

func (k *keeper) Keep(records ...msglog.Record) error { k.n += len(records); return nil }

// Who stays, or comes back, is seen; who does not comes in anew after a month.
func TestGrants_EndWhenUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		grants, k := &Grants{by: map[string]Grant{}}, &keeper{}
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
