package wire_test

import (
	"strings"
	"testing"

	"belfry/wsserver/wire"
)

// The pages have the same texts in frontend/src/lib/blank.test.ts.
func TestIsBlank(t *testing.T) {
	for _, text := range []string{
		"", " \t\r\n", "\u00a0\u3000\u2028\u2029\u0085", "\u200b\u2060\ufeff", "\u00ad", "\u2800\u2800", "\u3164", "\u115f\u1160\uffa0", "\ufe0f",
		"\U000e0100", "\U000e0041\U000e007f", "\u034f\u061c\u180e\u17b4", "\u202e\u2066", "\x00\x01\x7f\u009f", "\u0301", "\U0001d159", "\U00013441",
		"\u200d\ufe0f \u3164\n",
	} {
		if !wire.IsBlank(text) {
			t.Errorf("%q is not blank", text)
		}
	}
	for _, text := range []string{
		"a", "7", ".", "+", "👍", "👍🏽", "❤️", "…", "ا", "你", "ๆ", "\u0301a", "\u200bx\u200b", "\U0001fae9", "\ue000", "☐", "\ufffd", "\U000323b0", "½",
	} {
		if wire.IsBlank(text) {
			t.Errorf("%q is blank", text)
		}
	}
}

func FuzzIsBlank(f *testing.F) {
	f.Add(" \u3164")
	f.Fuzz(func(t *testing.T, text string) {
		if !wire.IsBlank(text) && strings.TrimSpace(text) == "" || wire.IsBlank(text+"a") {
			t.Errorf("%q", text)
		}
	})
}
