package msglog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// This file brings what people write into the form in which it is compared: without case, accents, vowel points and what
// cannot be seen, and in one width. Text and search go through it alike. frontend/src/dashboard/search/words.ts does the same.

// classes of a folded character.
type class uint8

const (
	blank   class = iota // ends a word
	letter               // a part of a word: letters, digits and their marks
	lone                 // a word by itself: of scripts that are written without blanks, and syllables of Korean
	sign                 // a word by itself: punctuation, symbols, emoji
	nothing              // is not there
)

// unspaced are the scripts that put no blanks between words, or write what other languages write apart without one.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer,
	unicode.Myanmar, unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham, unicode.Tai_Viet, unicode.Javanese, unicode.Balinese,
	unicode.Yi, unicode.Tangut, unicode.Nushu,
}

// accents are marks that say how a letter sounds, or how it looks: people leave them out when they search.
var accents = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0300, 0x036f, 1},
		{0x0483, 0x0489, 1},
		{0x0591, 0x05bd, 1},
		{0x05bf, 0x05bf, 1},
		{0x05c1, 0x05c2, 1},
		{0x05c4, 0x05c5, 1},
		{0x05c7, 0x05c7, 1},
		{0x0610, 0x061a, 1},
		{0x064b, 0x065f, 1},
		{0x0670, 0x0670, 1},
		{0x06d6, 0x06dc, 1},
		{0x06df, 0x06e4, 1},
		{0x06e7, 0x06e8, 1},
		{0x06ea, 0x06ed, 1},
		{0x0711, 0x0711, 1},
		{0x0730, 0x074a, 1},
		{0x08d3, 0x08e1, 1},
		{0x08e3, 0x08ff, 1},
		{0x180b, 0x180d, 1},
		{0x1ab0, 0x1aff, 1},
		{0x1dc0, 0x1dff, 1},
		{0x20d0, 0x20df, 1},
		{0x20e1, 0x20e2, 1},
		{0x20e4, 0x20f0, 1},
		{0xfb1e, 0xfb1e, 1},
		{0xfe00, 0xfe0f, 1},
		{0xfe20, 0xfe2f, 1},
	},
	R32: []unicode.Range32{{0xe0100, 0xe01ef, 1}},
}

// Characters with a meaning of their own here.
const (
	apostrophe    = '\''
	nonJoiner     = '\u200c' // between the parts of a Persian word
	keycap        = '\u20e3' // makes a digit an emoji
	longVowel     = 'ー'      // of Japanese, though its script is "common"
	firstSkinTone = '\U0001f3fb'
	lastSkinTone  = '\U0001f3ff'
	firstFlag     = '\U0001f1e6' // two letters of these make a flag
	lastFlag      = '\U0001f1ff'
	// TagMark is a private-use character that is in no word: an index may begin words of its own with it.
	TagMark = '\ue000'
)

// same are characters that stand for the same, beyond what Unicode says.
var same = map[rune]string{
	'’': "'", '‘': "'", '‛': "'", 'ʼ': "'", 'ʻ': "'", 'ʹ': "'", 'ʽ': "'", '′': "'", '´': "'", '׳': "'", 'ꞌ': "'", '＇': "'",
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '″': `"`, '״': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-", '־': "-",
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ȷ': "j", 'ς': "σ",
	'ё': "е", 'ѐ': "е", 'ѝ': "и",
	'ٱ': "ا", 'ى': "ي", 'ی': "ي", 'ک': "ك", 'ڪ': "ك", 'ة': "ه", 'ہ': "ه", 'ھ': "ه", 'ە': "ه", 'ۃ': "ه",
	'ך': "כ", 'ם': "מ", 'ן': "נ", 'ף': "פ", 'ץ': "צ",
	'ـ': "", '\u115f': "", '\u1160': "", '\u3164': "", '\uffa0': "", // a stroke that makes a word longer; letters that cannot be seen
}

// folded calls emit for each character of text as it is compared.
func folded(text string, emit func(r rune, c class)) {
	text = norm.NFC.String(joinHalfWidths(text))
	for i, r := range text {
		if r < utf8.RuneSelf {
			emit(foldASCII(r))
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		foldOne(r, text[i:i+size], emit)
	}
}

// foldASCII is the quick way of most texts.
func foldASCII(r rune) (rune, class) {
	switch {
	case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		return r, letter
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A', letter
	case r > ' ' && r < 0x7f:
		return r, sign
	}
	return r, blank
}

// foldOne folds a character beyond ASCII; written is the same as text.
func foldOne(r rune, written string, emit func(rune, class)) {
	switch {
	case unicode.In(r, accents), unicode.Is(unicode.Cf, r) && r != nonJoiner:
		return
	case r == nonJoiner, r == keycap:
		emit(r, sign)
		return
	case r == TagMark, unicode.In(r, unicode.Z, unicode.Cc):
		emit(' ', blank)
		return
	}
	decomposed := norm.NFKD.PropertiesString(written).Decomposition()
	switch {
	case decomposed == nil:
		finish(r, emit)
		return
	case !apart(r, string(decomposed)):
		if unicode.Is(unicode.N, r) {
			emit(r, sign) // a fraction
			return
		}
		finish(r, emit)
		return
	}
	if !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Common) {
		decomposed = norm.NFC.Bytes(decomposed)
	}
	for _, d := range string(decomposed) {
		if !unicode.In(d, accents) {
			finish(d, emit)
		}
	}
}

// apart reports whether r is compared by the characters that it is made of. A symbol (№, ½, ≠) is not: it would be found by
// letters and digits that nobody has written. Units in one square (㎏), circled digits and other widths are.
func apart(r rune, decomposed string) bool {
	switch {
	case strings.ContainsRune(decomposed, '⁄'):
		return false
	case 0x3200 <= r && r <= 0x33ff, 0xff00 <= r && r <= 0xffef:
		return true
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return !unicode.Is(unicode.Cyrillic, r) && !strings.HasPrefix(decomposed, " ")
	}
	if norm.NFD.PropertiesString(string(r)).Decomposition() != nil {
		return false
	}
	return strings.IndexFunc(decomposed, func(d rune) bool { return !unicode.In(d, unicode.P, unicode.S) }) < 0
}

// finish folds the case, the digits and the variants of a character that stands alone.
func finish(r rune, emit func(rune, class)) {
	if r < utf8.RuneSelf {
		emit(foldASCII(r))
		return
	}
	r = unicode.ToLower(r)
	if s, ok := same[r]; ok {
		for _, r := range s {
			emit(r, classOf(r))
		}
		return
	}
	if unicode.Is(unicode.Nd, r) {
		r = '0' + digit(r)
	}
	emit(r, classOf(r))
}

func classOf(r rune) class {
	switch {
	case r < utf8.RuneSelf:
		_, c := foldASCII(r)
		return c
	case unicode.In(r, unicode.Z, unicode.Cc):
		return blank
	case r == longVowel, unicode.In(r, unspaced...):
		return lone
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return letter
	}
	return sign
}

// digit returns the value of a decimal digit of any script: Unicode has them in tens.
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return (r - rune(t.Lo)) % 10
		}
	}
	return 0
}

// joinHalfWidths writes half-width Japanese and Korean in full width, where a letter and its mark are one character.
func joinHalfWidths(text string) string {
	half := func(r rune) bool { return 0xff61 <= r && r <= 0xffdc && r != '\uffa0' }
	if strings.IndexFunc(text, half) < 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		n := strings.IndexFunc(text, half)
		if n < 0 {
			n = len(text)
		}
		b.WriteString(text[:n])
		text = text[n:]
		n = strings.IndexFunc(text, func(r rune) bool { return !half(r) })
		if n < 0 {
			n = len(text)
		}
		b.WriteString(norm.NFKC.String(text[:n]))
		text = text[n:]
	}
	return b.String()
}
