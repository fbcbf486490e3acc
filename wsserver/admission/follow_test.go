package admission

import (
	"context"
	"reflect"
	"testing"

	"belfry/wsserver/msglog"
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
	if _, err := k.log.Append(context.Background(), msglog.OfRecords(records...)); err != nil {
		return err
	}
	return k.to.Put(records)
}
