package admission

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/settings"
)

// What a store holds after a change is what it would read from the log.
func TestPut_IsWhatLoadReads(t *testing.T) {
	log := msglog.NewMemory()
	bans, list := &Bans{}, &List{}
	follow := func(bans *Bans, list *List) {
		t.Helper()
		for _, err := range []error{bans.Load(t.Context(), log), list.Load(t.Context(), log)} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	follow(bans, list)
	k := keepIn{log, msglog.NewFollowers(bans, list)}
	same := func(after string) {
		t.Helper()
		b, l := &Bans{}, &List{}
		follow(b, l)
		if !reflect.DeepEqual(bans.All(), b.All()) || !reflect.DeepEqual(bans.networks, b.networks) {
			t.Errorf("after %s: bans %+v, in the log %+v", after, bans.All(), b.All())
		}
		if !reflect.DeepEqual(list.by, l.by) || !reflect.DeepEqual(list.codes, l.codes) || list.last != l.last {
			t.Errorf("after %s: list %+v, in the log %+v", after, list.by, l.by)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	network := Ban{Kind: BlockedAddress, Address: "192.168.7.0/24"}
	must(bans.Set(k, Ban{Kind: Muted, UserID: "ana", Name: "Ana"}))
	must(bans.Set(k, network))
	same("two bans")
	if _, ok := bans.OfAddress("192.168.7.9"); !ok {
		t.Error("an address of a blocked network is not blocked")
	}
	_, _, err := bans.Lift(k, network)
	must(err)
	same("one was lifted")
	if _, ok := bans.OfAddress("192.168.7.9"); ok {
		t.Error("an address is blocked after its network was unblocked")
	}

	ana, err := list.Add(k, "Ana Lima")
	must(err)
	_, err = list.Import(k, ImportQuery{CSV: "Ben Okafor\nCara Diaz\n"})
	must(err)
	same("three names")
	_, err = list.Renew(k, ana.ID)
	must(err)
	if _, ok := list.FindByCode(ana.Code); ok {
		t.Error("a renewed card's old code is valid")
	}
	same("a renewed card")
	_, _, err = list.UndoImport(k)
	must(err)
	_, err = list.Remove(k, ana.ID)
	must(err)
	same("nobody is left")
	if list.size() != 0 || list.LastImport() != nil {
		t.Errorf("%d names are left", list.size())
	}
}

// keepIn keeps records in a log, which stores follow.
type keepIn struct {
	log msglog.Log
	to  msglog.Followers
}

func (k keepIn) Keep(records ...msglog.Record) error {
	results, err := k.log.Append(context.Background(), msglog.OfRecords(records...))
	if err = cmp.Or(err, results[0].Err); err != nil {
		return err
	}
	return k.to.Put(records)
}

// loaded is a log with two stores that follow it, and whatever else is in it.
func loaded(t *testing.T, log msglog.Log) (keepIn, *Grants, *List) {
	t.Helper()
	grants, list := &Grants{}, &List{}
	for _, err := range []error{grants.Load(t.Context(), log), list.Load(t.Context(), log)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return keepIn{log, msglog.NewFollowers(grants, list)}, grants, list
}

// What is written of a grant or a card when it was used comes late, and does not bring back what has ended since: not here,
// and not after a restart.
func TestMarkUsed_BringsNothingBack(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	log := msglog.NewMemory()
	k, grants, list := loaded(t, log)
	must(grants.Add(k, map[string]Grant{"ana": NewGrant(identity.HashToken("token"), settings.AccessCode, "")}))
	removed, err := list.Add(k, "Ben Okafor")
	must(err)
	renewed, err := list.Add(k, "Cara Diaz")
	must(err)

	now := time.Now().Add(48 * time.Hour)
	seen, _ := grants.MarkSeen("ana", now)
	usedBen, _ := list.MarkUsed(removed.ID, now)
	usedCara, _ := list.MarkUsed(renewed.ID, now)
	_, err = grants.Revoke(k, func(string, Grant) bool { return true })
	must(err)
	_, err = list.Remove(k, removed.ID)
	must(err)
	card, err := list.Renew(k, renewed.ID)
	must(err)
	for _, r := range []msglog.Record{seen, usedBen, usedCara} {
		if err := k.Keep(r); !errors.Is(err, msglog.ErrCondition) {
			t.Errorf("%s %s is written late: %v", r.Kind, r.Key, err)
		}
	}
	check := func(when string, grants *Grants, list *List) {
		t.Helper()
		if grants.Has("ana") {
			t.Errorf("%s: a revoked grant is in force", when)
		}
		if _, ok := list.Get(removed.ID); ok {
			t.Errorf("%s: a removed card is on the list", when)
		}
		_, old := list.FindByCode(renewed.Code)
		e, ok := list.FindByCode(card.Code)
		if old || !ok || e.Used == "" {
			t.Errorf("%s: the old code is valid: %v; the card is %+v", when, old, e)
		}
	}
	check("here", grants, list)
	_, grants, list = loaded(t, log)
	check("after a restart", grants, list)
}

// A card that was used a moment ago can be renewed, though that is not written yet; who is here is noted as seen, though one of
// them was revoked at another server meanwhile.
func TestList_RenewsWhatWasUsedJustNow(t *testing.T) {
	log := msglog.NewMemory()
	k, grants, list := loaded(t, log)
	ana, err := list.Add(k, "Ana Lima")
	if err != nil {
		t.Fatal(err)
	}
	used, _ := list.MarkUsed(ana.ID, time.Now())
	card, err := list.Renew(firstOther{k, used}, ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := list.FindByCode(card.Code); !ok || e.Used == "" {
		t.Errorf("the renewed card is %+v", e)
	}
	both := map[string]Grant{}
	for _, id := range []string{"ana", "ben"} {
		both[id] = NewGrant(identity.HashToken(id), settings.AccessCode, "")
	}
	if err := grants.Add(k, both); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(20 * 24 * time.Hour)
	revoked := firstOther{k, msglog.Record{Kind: recordGrant, Key: "ben"}}
	if _, err := grants.EndUnseen(revoked, func(string) bool { return true }, now); err != nil {
		t.Fatal(err)
	}
	_, grants, _ = loaded(t, log)
	if all := grants.All(); len(all) != 1 || all["ana"].Seen == "" {
		t.Errorf("grants: %+v", all)
	}
}

// firstOther keeps records after another one, which somebody else has posted before.
type firstOther struct {
	keepIn
	other msglog.Record
}

func (k firstOther) Keep(records ...msglog.Record) error {
	_ = k.keepIn.Keep(k.other) // where it has been kept before, its condition does not hold again
	return k.keepIn.Keep(records...)
}
