package names

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"belfry/wsserver/wire"
)

// This file keeps the operator's name for the operator.

var operatorWord = fold(wire.OperatorName)

// readsAsOperator reports whether a name could be taken for the operator's: the word can be read in it, alone or with
// others ("Operator 2", "Ana (operator)"), with blanks and signs between its letters, or with digits or letters of other
// scripts that look like its own.
func readsAsOperator(name string) bool {
	for _, read := range []string{name, looseSkeleton(name), looseSkeleton(fold(name))} {
		if hasOperatorWord(strings.Fields(read)) {
			return true
		}
	}
	return false
}

// hasOperatorWord reports whether the operator's word stands in one word, or is made up of whole words one after another
// ("o p e r a t o r"). Parts of two words do not make it: "Cooper Atorres" is somebody's name.
func hasOperatorWord(words []string) bool {
	for i := range words {
		words[i] = fold(onlyLetters(words[i]))
		if strings.Contains(words[i], operatorWord) {
			return true
		}
	}
	for i := range words {
		joined := ""
		for _, word := range words[i:] {
			if joined += word; !strings.HasPrefix(operatorWord, joined) {
				break
			}
			if joined == operatorWord {
				return true
			}
		}
	}
	return false
}

// onlyLetters returns the letters of s without their marks, and letters in place of the digits that look like them.
func onlyLetters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '0':
			return 'o'
		case r == '3':
			return 'e'
		case r == '4', r == '@':
			return 'a'
		case unicode.IsLetter(r):
			return r
		}
		return -1
	}, norm.NFKD.String(undisguise(s)))
}
