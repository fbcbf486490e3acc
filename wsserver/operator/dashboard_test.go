package operator

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"belfry/wsserver/admission"
)

// checkResult compares a result with encoding/json's of the answer's fields, an id and a type.
func checkResult(t *testing.T, id string, answer any) {
	t.Helper()
	got := decoded(t, payload(Result(id, answer)))
	b, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	want := decoded(t, b)
	for _, name := range []string{"id", "type"} {
		if _, is := want[name]; is {
			t.Fatalf("the answer %s has a field of the envelope's", b)
		}
	}
	b, _ = json.Marshal(id) // which replaces what is not UTF-8
	_ = json.Unmarshal(b, &id)
	want["id"], want["type"] = id, "result"
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%v\nwant %v", got, want)
	}
}

// decoded is an object's fields. No name may be there twice.
func decoded(t *testing.T, object []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	fields := map[string]any{}
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		t.Fatalf("%s is no object: %v", object, err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		if _, twice := fields[name.(string)]; twice {
			t.Fatalf("%s has %q twice", object, name)
		}
		fields[name.(string)] = value
	}
	if _, err := d.Token(); err != nil || d.More() {
		t.Fatalf("%s does not end: %v", object, err)
	}
	return fields
}

func TestResult_HasTheAnswersFieldsBesideItsOwn(t *testing.T) {
	for _, answer := range []any{
		struct{}{},
		map[string]int{"written": 3},
		entryAnswer{admission.EntryCode{ID: "abc", Name: "<Ana> & \u2028"}},
		Receipt{Seq: 1 << 60},
		HistoryPage{},
		AuditAnswer{Entries: []AuditEntry{{What: "x"}}},
	} {
		checkResult(t, `1"<é`, answer)
	}
}

func TestResult_WhatIsNoObjectIsAnInternalError(t *testing.T) {
	for _, answer := range []any{nil, 1, "x", []int{1}, make(chan int), map[string]int(nil)} {
		if got := decoded(t, payload(Result("7", answer))); got["type"] != "error" || got["code"] != "internal" || got["id"] != "7" {
			t.Errorf("%v is answered by %v", answer, got)
		}
	}
}

// Whatever texts an answer and its request have, the result is the same as encoding/json's.
func FuzzResult(f *testing.F) {
	for _, s := range []string{"", "x", `"`, `\`, "<&>", "\u2028", "\xff", "\x00", "🔔", `","type":"error`} {
		f.Add(s, s, uint64(len(s)))
	}
	f.Fuzz(func(t *testing.T, id, text string, n uint64) {
		checkResult(t, id, AuditAnswer{Entries: []AuditEntry{{N: n, What: text}}, More: n > 9})
		checkResult(t, id, map[string]string{"text": text})
	})
}
