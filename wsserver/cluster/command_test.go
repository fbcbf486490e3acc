package cluster

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"belfry/wsserver/msglog"
)

// full gives every field that a machine sets before it appends a value, so that a field that is added and not written is noticed.
func full(t *testing.T) msglog.Change {
	t.Helper()
	e := &msglog.Entry{}
	fill := func(v reflect.Value) {
		for i := range v.NumField() {
			switch f := v.Field(i); f.Kind() {
			case reflect.String:
				f.SetString("text of " + v.Type().Field(i).Name + "\xff")
			case reflect.Int:
				f.SetInt(-int64(i + 1))
			case reflect.Uint64:
				f.SetUint(uint64(i + 1))
			case reflect.Bool:
				f.SetBool(true)
			case reflect.Slice:
				f.Set(reflect.ValueOf([]string{"a", ""}))
			}
		}
	}
	fill(reflect.ValueOf(e).Elem())
	fill(reflect.ValueOf(&e.From).Elem())
	e.Seq = 0 // the log's
	present := []byte("present")
	return msglog.Change{Entry: e, Records: []msglog.Record{
		{Kind: "k", Key: "\xff\x00", Value: []byte{}},
		{Kind: "k", Key: "erased"},
		{Kind: "k", Key: "n", Value: []byte("v"), Numbers: 7},
		{Kind: "k", Key: "if", Value: []byte("v"), If: &present},
		msglog.Absent("k", "none"),
	}}
}

func TestCommand_IsReadAsItWasWritten(t *testing.T) {
	changes := []msglog.Change{full(t), {}, {Prune: msglog.Prune{Messages: 5, Withdrawals: 300}}, {Records: []msglog.Record{{Kind: "k"}}}}
	frames := framesOf("run", 9, encode(changes))
	f, err := readFrame(frames[0])
	if err != nil || len(frames) != 1 || f.run != "run" || f.number != 9 || f.part != 1 || f.parts != 1 {
		t.Fatalf("%d frames, the first %+v, error %v", len(frames), f, err)
	}
	got, err := decode(f.payload)
	if err != nil || !reflect.DeepEqual(got, changes) {
		t.Errorf("read %+v, error %v; wrote %+v", got, err, changes)
	}
}

func TestCommand_LargeOnesComeInParts(t *testing.T) {
	payload := bytes.Repeat([]byte("x"), 2*maxPart+5)
	var whole []byte
	frames := framesOf("run", 1, payload)
	for i, b := range frames {
		f, err := readFrame(b)
		if err != nil || f.part != i+1 || f.parts != 3 {
			t.Errorf("part %d is %d of %d, error %v", i+1, f.part, f.parts, err)
		}
		whole = append(whole, f.payload...)
	}
	if !bytes.Equal(whole, payload) {
		t.Error("the parts are not the whole")
	}
}

func TestCommand_OfANewerVersionIsNotGuessedAt(t *testing.T) {
	newer := framesOf("run", 1, nil)[0]
	newer[0] = commandVersion + 1
	if _, err := readFrame(newer); !errors.Is(err, errNewer) {
		t.Errorf("a newer frame: %v", err)
	}
	if _, err := decode([]byte{1, 1 << 7, 0}); !errors.Is(err, errNewer) {
		t.Errorf("a change with something new: %v", err)
	}
	for _, b := range [][]byte{nil, {}, {1}, {1, 200}} {
		if _, err := readFrame(b); err == nil {
			t.Errorf("%v is read", b)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode([]msglog.Change{{Prune: msglog.Prune{Messages: 1}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		changes, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(encode(changes))
		if err != nil || !reflect.DeepEqual(changes, again) {
			t.Errorf("read again: %+v, error %v; was %+v", again, err, changes)
		}
	})
}
