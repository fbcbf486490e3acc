package admission

import (
	"crypto/rand"
	"strings"

	"belfry/wsserver/names"
)

// This file is the personal codes of the list's entries.

// personalLetters are those that nobody takes for one another: no I, L, O and U.
const personalLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newPersonal is a personal code: twelve letters and digits in groups, 60 bits: with a thousand cards and a
// hundred thousand tries a second the chance to guess one is less than 1 in 100,000 a day, and a longer one is typed wrong more
// often. Those of older cards have sixteen.
func newPersonal() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	var code strings.Builder
	for i, c := range b {
		if i > 0 && i%4 == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(personalLetters[c%32])
	}
	return code.String()
}

// cleanPersonal is a personal code as it is hashed, however it was typed.
func cleanPersonal(code string) string {
	return strings.Map(func(r rune) rune {
		switch r = upper(r); r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		if strings.ContainsRune(personalLetters, r) {
			return r
		}
		return -1
	}, names.TypedCode(code))
}

func upper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}
