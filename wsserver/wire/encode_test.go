package wire

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"
)

// awkward are texts that JSON writes in ways of its own.
var awkward = []string{
	"", "plain", "Grüße", `a "quoted" \ word`, "<b>&</b>", "two\nlines\tand\x00more\x7f", "\u2028\u2029", "bad \xff UTF-8 \xed\xa0\x80", "👩‍👩‍👧", "\xe2",
}

// The encoder written by hand writes the same as encoding/json.
func TestEncode_ByHandIsTheSame(t *testing.T) {
	for range 1_000 {
		c := CountsFrame{Type: "counts", Subscribers: rand.IntN(20_000), Clients: rand.IntN(20_000)}
		if got, want := EncodeCounts(c), Encode(c); !bytes.Equal(got, want) {
			t.Fatalf("by hand %q\nwant    %q", got, want)
		}
	}
}

func TestAppendString_IsWhatJSONWrites(t *testing.T) {
	for _, s := range awkward {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		if got := AppendString([]byte("x"), s); string(got)+"\n" != "x"+want.String() {
			t.Errorf("%q is written %s, want %s", s, got, want.String())
		}
	}
}
