package admission

import (
	"strings"
	"testing"
)

// A personal code is the same however it is typed, and cleaning it again changes nothing.
func FuzzPersonalCode(f *testing.F) {
	for _, code := range []string{"0123-4567-89AB-CDEF", "oil", "", "\xff", "ＡＢＣ", "ß\u0130", strings.Repeat("-", 1000)} {
		f.Add(code)
	}
	f.Fuzz(func(t *testing.T, code string) {
		clean := cleanPersonal(code)
		if strings.Trim(clean, personalLetters) != "" || cleanPersonal(clean) != clean {
			t.Fatalf("%q is cleaned to %q", code, clean)
		}
		var typed strings.Builder
		for i, r := range clean {
			if i%4 == 0 {
				typed.WriteString(" - ")
			}
			typed.WriteRune(r)
		}
		if again := cleanPersonal(strings.ToLower(typed.String())); again != clean {
			t.Fatalf("%q typed otherwise is %q", clean, again)
		}
	})
}

func TestPersonalCode_IsLongRandomAndReadable(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := newPersonal()
		clean := cleanPersonal(code)
		if len(clean) < 10 || seen[clean] || strings.ContainsAny(clean, "ILOU") {
			t.Fatalf("made %q", code)
		}
		seen[clean] = true
	}
}
