package names

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file says which scripts the letters of one word may mix: UTS 39, section 5.2, level "moderately restrictive". A name
// may have words of several scripts: "Sara (Сара)".

// mixes are the sets of scripts that may be mixed in a word.
var mixes = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Bopomofo"},
	{"Latin", "Han", "Hangul"},
}

// besideLatin are the other scripts in wide use that a word may mix with Latin: all of UTS 31's but Cyrillic and Greek.
var besideLatin = []string{
	"Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada", "Khmer",
	"Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana", "Thai", "Tibetan",
}

// Letters that are written in words of another script.
const (
	palochka     = "Iil"    // few keyboards have that letter of the Caucasus, or the Ukrainian and Belarusian і
	ossetian     = "Ææ"     // nor this one
	greekInLatin = "βΘθΛλχ" // in the alphabets of the Salish languages, and in phonetic writing
)

// usedScript is a script, and the first letter of it in a word.
type usedScript struct {
	name   string
	letter rune
}

// mixedWord returns a sentence about the first word of a name whose letters are of scripts that may not be mixed, "" where
// there is none.
func mixedWord(name string) string {
	for word := ""; name != ""; {
		word, name = cutWord(name)
		scripts := scriptsOf(word)
		if mayMix(scripts) {
			continue
		}
		if a, b := scripts[0], scripts[1]; !borrows(word) {
			return fmt.Sprintf("In “%s”, “%c” is a letter of %s and “%c” is one of %s. Write each word in one script, so that no name can pass for another.",
				word, a.letter, inWords(a.name), b.letter, inWords(b.name))
		}
	}
	return ""
}

// cutWord returns the word at the start of s, which is letters, marks, digits and apostrophes, or else one other character;
// and what follows it.
func cutWord(s string) (word, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Cf, unicode.Cn) && !strings.ContainsRune("'’‘`", r)
	})
	switch end {
	case -1:
		return s, ""
	case 0:
		_, end = utf8.DecodeRuneInString(s)
	}
	return s[:end], s[end:]
}

// scriptsOf lists the scripts of the letters and marks in s, in the order in which they come.
func scriptsOf(s string) []usedScript {
	var used []usedScript
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M) && !isNewer(r) {
			continue
		}
		name := scriptOf(r)
		if name != "" && !slices.ContainsFunc(used, func(u usedScript) bool { return u.name == name }) {
			used = append(used, usedScript{name, r})
		}
	}
	return used
}

func mayMix(used []usedScript) bool {
	if len(used) < 2 {
		return true
	}
	within := func(set []string) bool {
		return !slices.ContainsFunc(used, func(u usedScript) bool { return !slices.Contains(set, u.name) })
	}
	if slices.ContainsFunc(mixes, within) {
		return true
	}
	return len(used) == 2 && slices.ContainsFunc(besideLatin, func(other string) bool { return within([]string{"Latin", other}) })
}

// borrows reports whether the letters of another script in a word are those that its language borrows. With a palochka, the
// rest of the word must not be readable as Latin.
func borrows(word string) bool {
	drop := func(letters string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(letters, r) {
				return -1
			}
			return r
		}, word)
	}
	isOnly := func(s, script string) bool {
		used := scriptsOf(s)
		return len(used) == 1 && used[0].name == script
	}
	if isOnly(drop(greekInLatin), "Latin") || isOnly(drop(ossetian), "Cyrillic") {
		return true
	}
	rest := drop(ossetian + palochka)
	return isOnly(rest, "Cyrillic") &&
		strings.ContainsFunc(lookAlikes(rest, nil), func(r rune) bool { return r >= utf8.RuneSelf && unicode.IsLetter(r) })
}

func inWords(script string) string { return strings.ReplaceAll(script, "_", " ") }

// commonScripts are looked through first.
var commonScripts = []string{"Latin", "Cyrillic", "Han", "Arabic", "Hangul", "Hiragana", "Katakana", "Devanagari", "Thai", "Greek", "Hebrew"}

// scriptOf returns the script of r, "" where r belongs to all or to none.
func scriptOf(r rune) string {
	if r < 0x80 {
		if unicode.IsLetter(r) {
			return "Latin"
		}
		return ""
	}
	if unicode.In(r, unicode.Common, unicode.Inherited) {
		return ""
	}
	for _, name := range commonScripts {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	if isNewer(r) {
		return scriptOfNewer(r)
	}
	return ""
}

// scriptOfNewer returns the script of a character that Go's tables do not have: that of the last one before it in the same
// 256, and Han in the planes that are set aside for it. A script that is new altogether is "a newer script".
func scriptOfNewer(r rune) string {
	if r >= 0x20000 && r < 0x40000 {
		return "Han"
	}
	if r >= 0x1F000 && r < 0x20000 { // emoji
		return ""
	}
	for before := r - 1; before >= r&^0xff; before-- {
		if !isNewer(before) {
			return scriptOf(before)
		}
	}
	return "a newer script"
}
