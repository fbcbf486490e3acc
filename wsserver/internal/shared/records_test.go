package shared

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"belfry/wsserver/msglog"
)

// room is a log that several servers share.
type room struct{ *msglog.Memory }

func (room) Shared() bool { return true }

type noKeeper struct{}

func (noKeeper) Keep(...msglog.Record) error { return nil }

func appended(t *testing.T, log msglog.Log, records []msglog.Record) error {
	t.Helper()
	results, err := log.Append(context.Background(), msglog.OfRecords(records...))
	if err != nil {
		t.Fatal(err)
	}
	return results[0].Err
}

func loaded(t *testing.T, log msglog.Log) *Records {
	t.Helper()
	r, err := Load(context.Background(), log, noKeeper{}, "thing", "")
	if err != nil {
		t.Fatal(err)
	}
	return &r
}

// Of two servers that bring a file each, the first one's content is the room's; and what it has left there is erased where the
// log is a server's own again.
func TestRecords_MoveIntoALogAndOutOfIt(t *testing.T) {
	memory := msglog.NewMemory()
	mine := func() []msglog.Record {
		return Of("thing", map[string]json.RawMessage{"b": []byte(`2`), "a": []byte(`1`)})
	}
	one, other := loaded(t, room{memory}), loaded(t, room{memory})
	if one.InLog() || !one.IsShared() {
		t.Fatalf("an empty log: %+v", one)
	}
	first := one.Moving(func() []msglog.Record { return one.First(mine()) })
	second := other.Moving(func() []msglog.Record { return other.First(mine()) })
	if err := appended(t, memory, first); err != nil {
		t.Fatal(err)
	}
	if err := appended(t, memory, second); err != msglog.ErrCondition { //nolint:errorlint // it is the result itself
		t.Errorf("the other server's: %v", err)
	}
	late := loaded(t, room{memory})
	if more := late.Moving(mine); more != nil || !late.InLog() || !reflect.DeepEqual(late.All(), mine()) {
		t.Errorf("a third server has %v, and writes %v", late.All(), more)
	}
	alone := loaded(t, memory)
	if alone.Keeper() != nil || !alone.InLog() {
		t.Errorf("alone: %+v", alone)
	}
	if err := appended(t, memory, alone.Moving(nil)); err != nil {
		t.Fatal(err)
	}
	if left := loaded(t, memory); left.InLog() || left.All() != nil || left.Moving(nil) != nil {
		t.Errorf("left: %+v", left)
	}
}

func TestRecords_PutFollowsTheLog(t *testing.T) {
	var r Records // of a log that is not open yet
	r.Put(msglog.Record{Kind: "thing", Key: "a"})
	r.Put(msglog.Record{Kind: "thing", Key: "a", Value: []byte(`1`)})
	if string(r.Value("a")) != "1" || r.InLog() {
		t.Errorf("put: %+v", r)
	}
	r.Put(msglog.Record{Kind: "thing", Key: "a"})
	if r.Value("a") != nil {
		t.Errorf("erased: %+v", r)
	}
}

func TestDifference_KeepsTheOrder(t *testing.T) {
	thing := func(key, value string) msglog.Record {
		return msglog.Record{Kind: "thing", Key: key, Value: []byte(value)}
	}
	written, ended := Difference(
		[]msglog.Record{thing("z", "1"), thing("gone", "2"), thing("a", "3"), thing("also", "4")},
		[]msglog.Record{thing("new", "5"), thing("z", "1"), thing("a", "6")})
	if want := []msglog.Record{thing("new", "5"), thing("a", "6")}; !reflect.DeepEqual(written, want) {
		t.Errorf("written: %v, want %v", written, want)
	}
	if want := []msglog.Record{{Kind: "thing", Key: "gone"}, {Kind: "thing", Key: "also"}}; !reflect.DeepEqual(ended, want) {
		t.Errorf("ended: %v, want %v", ended, want)
	}
	var r Records
	if r.Marked(nil) != nil || r.First(nil) != nil {
		t.Error("a change of nothing is written")
	}
}
