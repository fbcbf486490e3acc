package names

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mtibben/confusables"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"belfry/wsserver/wire"
)

// This file compares what names look like, after UTS 39. Its table merges too much for names: it takes "Bernd" for "Bemd",
// and the Thai "แดง" for "แตง". So a letter is compared by its looks only where it can pass for one of another script.

// Alike reports whether two names look the same.
func Alike(a, b string) bool {
	keys := Keys(b)
	return slices.ContainsFunc(Keys(a), func(k string) bool { return slices.Contains(keys, k) })
}

// Keys returns the keys for the looks of a name: names that share a key look the same. They are its Spellings, and what
// these become where I is read as l, and 0 as O: "Ian" looks like "lan", but "CIARA" does not look like "CLARA". It returns
// none for "".
func Keys(name string) []string {
	keys := Spellings(name)
	written := skeleton(name)
	if read := fold(readStrokes(written)); name != "" && !slices.Contains(keys, read) {
		keys = append(keys, read)
	}
	if drawn := drawStrokes(written); strings.ContainsAny(drawn, "lO") {
		keys = append(keys, "="+drawn) // the mark keeps these, which have regard to case, apart
	}
	return keys
}

// Spellings returns one or two keys for how a name is spelled, in whatever letters that look alike, and in whatever case:
// names that share one are spelled the same. "Ian" and "lan" are not, so two real people may have them. It returns none for
// "".
func Spellings(name string) []string {
	if name == "" {
		return nil
	}
	keys := []string{fold(skeleton(name))}
	if folded := fold(skeleton(fold(name))); folded != keys[0] {
		keys = append(keys, folded)
	}
	return keys
}

// skeleton returns a form of s that is the same for strings that look alike.
func skeleton(s string) string {
	var out strings.Builder
	s = plainForms(s)
	for s != "" {
		word, rest := cutWord(s)
		out.WriteString(wordSkeleton(word))
		s = rest
	}
	return norm.NFD.String(out.String())
}

// eastAsian are the scripts that Chinese and Japanese names mix. Their look-alikes are compared in every word: 二 is ニ.
var eastAsian = []string{"Han", "Hiragana", "Katakana", "Bopomofo"}

// wordSkeleton is the skeleton of one word. A word in one script other than Latin passes for one of another script only
// where each of its letters does. Else its letters and marks stay as they are, except that Arabic has several for one shape.
func wordSkeleton(word string) string {
	looks := lookAlikes(word, nil)
	scripts := scriptsOf(word)
	if len(scripts) != 1 || scripts[0].name == "Latin" || slices.Contains(eastAsian, scripts[0].name) {
		return looks
	}
	own := scripts[0].name
	if !strings.ContainsFunc(looks, func(r rune) bool { return unicode.IsLetter(r) && scriptOf(r) == own }) {
		return looks
	}
	return lookAlikes(word, func(target string) bool { return own == "Arabic" && scriptOf(firstRune(target)) == own })
}

// lookAlikes replaces each character that is not ASCII by those that UTS 39 says it looks like, where accept allows it; nil
// allows all. ASCII letters and digits are told apart: people's names differ by them.
func lookAlikes(word string, accept func(target string) bool) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(word) {
		if r < utf8.RuneSelf && r != '|' && r != '`' && r != '"' {
			out.WriteRune(r)
			continue
		}
		target := strings.ReplaceAll(confusables.Skeleton(string(r)), "rn", "m")
		if accept != nil && scriptOf(r) != "" && !accept(target) {
			target = string(r)
		}
		out.WriteString(target)
	}
	return out.String()
}

// drawStrokes replaces what is drawn as one stroke by l, and what is drawn as a circle by O. A digit that stands alone is a
// number: "Team 1" is not "Team I".
func drawStrokes(s string) string {
	words := strings.Split(s, " ")
	for i, word := range words {
		if word != "0" && word != "1" {
			words[i] = strokes.Replace(word)
		}
	}
	return strings.Join(words, " ")
}

var strokes = strings.NewReplacer("I", "l", "1", "l", "|", "l", "0", "O")

// readStrokes replaces I, 1 and 0 where readers expect the small letters l and o: an I before a small letter, a digit
// beside a letter.
func readStrokes(s string) string {
	runes := []rune(s)
	for i, r := range runes {
		var before, after rune
		if i > 0 {
			before = runes[i-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		besideLetter := unicode.IsLetter(before) || unicode.IsLetter(after)
		switch {
		case r == 'I' && unicode.IsLower(after), r == '1' && besideLetter:
			runes[i] = 'l'
		case r == '0' && besideLetter:
			runes[i] = 'o'
		}
	}
	return string(runes)
}

// looseSkeleton is the plain UTS 39 skeleton of s, for names that nobody may resemble at all.
func looseSkeleton(s string) string { return confusables.Skeleton(plainForms(s)) }

// plainForms returns s without invisible characters and tatweels, with one middle dot and one dash for all, and with plain
// letters in place of full width, mathematical, enclosed and small capital ones.
func plainForms(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case wire.Invisible(r), r == tatweel:
			return -1
		case strings.ContainsRune(middleDots, r):
			return '·'
		case unicode.Is(unicode.Pd, r):
			return '-'
		}
		return r
	}, norm.NFKC.String(undisguise(s)))
}

const (
	tatweel    = '\u0640' // stretches an Arabic word
	middleDots = "\u00b7\u0387\u2022\u2027\u22c5\u30fb\uff65\ua78f\u2219"
)

// enclosed are the first of the 26 letters that Unicode has in dark circles, in dark squares and for flags. Compatibility
// forms do not cover them.
var enclosed = []rune{0x1F150, 0x1F170, 0x1F1E6}

var smallCapitals = strings.NewReplacer("ᴀ", "a", "ʙ", "b", "ᴄ", "c", "ᴅ", "d", "ᴇ", "e", "ꜰ", "f", "ɢ", "g", "ʜ", "h", "ɪ", "i",
	"ᴊ", "j", "ᴋ", "k", "ʟ", "l", "ᴍ", "m", "ɴ", "n", "ᴏ", "o", "ᴘ", "p", "ꞯ", "q", "ʀ", "r", "ꜱ", "s", "ᴛ", "t", "ᴜ", "u", "ᴠ", "v",
	"ᴡ", "w", "ʏ", "y", "ᴢ", "z")

// undisguise replaces enclosed and small capital letters by plain ones.
func undisguise(s string) string {
	return smallCapitals.Replace(strings.Map(func(r rune) rune {
		for _, first := range enclosed {
			if r >= first && r < first+26 {
				return 'A' + r - first
			}
		}
		return r
	}, s))
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// fold folds case. For ASCII, which the library would fold with buffers of some kilobytes, that is only to lower it.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return cases.Fold().String(s)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
