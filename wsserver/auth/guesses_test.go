package auth

import (
	"testing"
	"time"
)

func TestGuesses_AreTooManyWithinADay(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, row := range map[string]struct {
		every time.Duration
		known bool
		n     int // the first that is one too many; 0: none
	}{
		"at once":                              {0, false, MaxGuesses},
		"spread over most of a day":            {guessesWithin / (MaxGuesses + 1), false, MaxGuesses},
		"slower than that":                     {guessesWithin / (MaxGuesses - 2), false, 0},
		"from where somebody is signed in":     {0, true, maxKnownGuesses},
		"from there, and slower than that too": {guessesWithin / (maxKnownGuesses - 2), true, 0},
	} {
		var g guesses
		at := 0
		for i := range 3 * maxKnownGuesses {
			if g.wrong(row.known, mostGuesses(row.known), now.Add(time.Duration(i)*row.every)) {
				at = i + 1
				break
			}
		}
		if at != row.n || len(g.strangers) > MaxGuesses || len(g.known) > maxKnownGuesses {
			t.Errorf("%s: %d is too many, want %d", name, at, row.n)
		}
	}
}

// Strangers who guess at once leave room for who was in before; and one address has one under way.
func TestPassword_GuessesUnderWayKeepNobodyOut(t *testing.T) {
	p := NewPassword()
	p.hash = "set"
	for i := range maxVerifications {
		if !p.mayBegin(string(rune('a'+i)), false) {
			t.Fatalf("the %d. is one too many", i)
		}
	}
	if p.mayBegin("a", false) || p.mayBegin("z", false) {
		t.Error("one too many is let through")
	}
	if !p.mayBegin("tablet", true) || p.mayBegin("tablet", true) {
		t.Error("who was in before is kept out, or has two under way")
	}
}
