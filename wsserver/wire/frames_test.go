package wire

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// goldenFrames are the frames of ../testdata/protocol, of both directions.
func goldenFrames(t testing.TB) (frames [][]byte) {
	t.Helper()
	files, err := filepath.Glob("../testdata/protocol/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden frames: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var g struct{ Frame json.RawMessage }
		if err := json.Unmarshal(b, &g); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		frames = append(frames, g.Frame)
	}
	return frames
}

func TestGolden_CloseCodes(t *testing.T) {
	b, err := os.ReadFile("../testdata/protocol/close_codes.json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct{ Codes map[string]int }
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"left": CloseLeft, "goingAway": CloseGoingAway, "badText": CloseBadText, "tooBig": 1009,
		"removed": CloseRemoved, "tooSlow": CloseTooSlow, "notAllowed": CloseNotAllowed,
	}
	if !reflect.DeepEqual(g.Codes, want) {
		t.Errorf("codes %v, want %v", g.Codes, want)
	}
}

func TestTime_IsUTCWithMilliseconds(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_999_999, time.FixedZone("", 3600))
	if got := Time(at).String(); got != "2026-01-02T02:04:05.006Z" {
		t.Errorf("written %s", got)
	}
	var back Time
	if err := back.UnmarshalText([]byte("2026-01-02T02:04:05.006Z")); err != nil || back.String() != "2026-01-02T02:04:05.006Z" {
		t.Errorf("read back %s, error %v", back, err)
	}
}

func TestClip_CutsAtARune(t *testing.T) {
	for _, row := range []struct {
		s    string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"aé", 2, "a"}, {"🔔", 3, ""}, {"é🔔", 5, "é"}, {"", 0, ""}} {
		if got := Clip(row.s, row.n); got != row.want {
			t.Errorf("%q at %d: %q", row.s, row.n, got)
		}
	}
}

// The decoder does not panic on any input, and a decoded frame encodes and decodes to the same.
func FuzzDecode(f *testing.F) {
	for _, g := range goldenFrames(f) {
		f.Add(g)
	}
	for _, s := range []string{`{"action":5,"id":"x"}`, `{"name":null,"topics":null}`, `{"message":"\ud800"}`, `[`, ` {} `, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var r Request
		head, err := Decode(data, &r)
		if err != nil {
			if e := AsError(err); e.Code != "bad_frame" || len(e.Message) > 300 || len(head.ID) > MaxID || len(head.Action) > MaxID {
				t.Fatalf("refused with %+v, head %+v", e, head)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		var second Request
		if _, err := Decode(again, &second); err != nil {
			t.Fatalf("%s cannot be read again: %v", again, err)
		}
		if len(r.Topics) == 0 { // an empty list is as good as none
			r.Topics = nil
		}
		if !reflect.DeepEqual(r, second) {
			t.Fatalf("read %+v, then %+v", r, second)
		}
	})
}
