package cli

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// nasty are texts that would do something to a terminal, or read as something else.
var nasty = []string{
	"\x1b[2J\x1b]0;title\x07", "\u009b31m", "line\nother\r\nlast\rover", "\u202eevil\u202c", "zero\u200bwidth\u2060", "nul\x00", "\u2028\u2029",
	"\U000e0041tag", "bad \xff bytes", "a\tb",
}

func TestForTerminal_IsOnlyRead(t *testing.T) {
	for _, text := range nasty {
		got := forTerminal(text)
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) || strings.ContainsAny(got, "\u2028\u2029") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	for _, text := range []string{"Grüße, 你好 مرحبا", "👩‍👩‍👧 family", "क्\u200dष"} {
		if got := forTerminal(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := forTerminal("two\nlines\t and  blanks"); got != "two lines and blanks" {
		t.Errorf("got %q", got)
	}
}

func FuzzSafeJSON(f *testing.F) {
	for _, text := range nasty {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := json.Marshal(map[string]string{"message": text})
		if err != nil {
			t.Skip()
		}
		safe := safeJSON(string(b))
		var was, is map[string]string
		if err := json.Unmarshal(b, &was); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(safe), &is); err != nil || !reflect.DeepEqual(was, is) {
			t.Errorf("%s became %s: %v", b, safe, err)
		}
		if strings.ContainsFunc(safe, func(r rune) bool { return misleads(r) && r != unicode.ReplacementChar }) {
			t.Errorf("%s became %q", b, safe)
		}
	})
}
