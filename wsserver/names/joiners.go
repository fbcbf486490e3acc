package names

import (
	"strings"
	"unicode"
)

// This file says which invisible characters a script needs between its letters: without them a name is spelled wrong.

func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joining are the scripts that change shape at a joiner between two letters.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Nko, unicode.Adlam, unicode.Mongolian, unicode.Phags_Pa,
	unicode.Hanifi_Rohingya, unicode.Sogdian, unicode.Manichaean, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
	unicode.Khmer, unicode.Myanmar,
}

// viramas are the marks that silence a letter's vowel; a joiner after one chooses how the letter is then written, at the end
// of a name too.
const viramas = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"

// neededInvisibles removes joiners and variation selectors in places where no script needs one.
func neededInvisibles(name string) string {
	if !strings.ContainsFunc(name, func(r rune) bool { return isJoiner(r) || unicode.Is(unicode.Variation_Selector, r) }) {
		return name
	}
	runes := []rune(name)
	kept := make([]rune, 0, len(runes))
	for i, r := range runes {
		var before, after rune
		if len(kept) > 0 {
			before = kept[len(kept)-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		switch {
		case isJoiner(r) && !joins(before, after):
		case unicode.Is(unicode.Variation_Selector, r) && !selects(before, r):
		default:
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// joins reports whether a joiner between two characters changes how their script writes them.
func joins(before, after rune) bool {
	if strings.ContainsRune(viramas, before) && before != 0 {
		return true
	}
	for _, script := range joining {
		if unicode.Is(script, before) && unicode.Is(script, after) {
			return true
		}
	}
	return false
}

// selects reports whether a variation selector chooses the shape of the character before it: of a Han character, as
// Japanese family names have them, or of a Mongolian letter.
func selects(before, selector rune) bool {
	if unicode.Is(unicode.Mongolian, selector) {
		return unicode.Is(unicode.Mongolian, before) && unicode.IsLetter(before)
	}
	return scriptOf(before) == "Han"
}
