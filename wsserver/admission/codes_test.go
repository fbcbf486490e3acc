package admission

import (
	"regexp"
	"testing"
)

func TestNewPersonal_TwelveSignsThatNobodyConfuses(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code := newPersonal()
		if !regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(code) || seen[code] {
			t.Fatalf("%q, seen before: %v", code, seen[code])
		}
		seen[code] = true
	}
}
