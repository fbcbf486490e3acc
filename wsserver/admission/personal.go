package admission

import (
	"crypto/rand"
	"strings"

	"belfry/wsserver/names"
)

// This file is the personal codes of the list's entries.

// personalLetters are those that nobody takes for one another: no I, L, O and U.
const personalLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newPersonal is a personal code: 80 bits, in groups that can be typed.
func newPersonal() string {
	var b [16]byte
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
