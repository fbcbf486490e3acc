package table

import (
	_ "embed" // heads.txt
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

//go:embed heads.txt
var headsText string

// kind is what a head says about its column.
type kind string

const (
	kindNone   kind = ""       // nothing that is known
	kindFull   kind = "full"   // whole names
	kindName   kind = "name"   // names: whole, or the part that other columns lack
	kindGiven  kind = "given"  // first names
	kindMiddle kind = "middle" // names between
	kindInfix  kind = "infix"  // "van der"
	kindFamily kind = "family" // last names
	kindSecond kind = "second" // a second last name
	kindPerson kind = "person" // people, as "student"
	kindOther  kind = "other"  // names of other people, as "teacher"
	kindNot    kind = "not"    // names of things, as "file name"
	kindID     kind = "id"     // numbers
	kindKnown  kind = "known"  // known to hold no names
	kindTotal  kind = "total"  // a row that counts or adds up
	kindFiller kind = "filler" // words between
)

// isName reports whether a column of a kind can hold the names of the rows.
func (k kind) isName() bool {
	switch k {
	case kindFull, kindName, kindGiven, kindFamily, kindPerson:
		return true
	case kindNone, kindMiddle, kindInfix, kindSecond, kindOther, kindNot, kindID, kindKnown, kindTotal, kindFiller:
	}
	return false
}

// phrases is heads.txt: the kinds of a phrase, whose words are joined. The most telling kind of a phrase comes first.
var phrases = sync.OnceValue(func() map[string][]kind {
	all := map[string][]kind{}
	for line := range strings.Lines(headsText) {
		k, list, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for phrase := range strings.SplitSeq(list, "|") {
			key := strings.Join(words(phrase), "")
			all[key] = append(all[key], kind(k))
		}
	}
	return all
})

func has(phrase string, k kind) bool {
	for _, one := range phrases()[phrase] {
		if one == k {
			return true
		}
	}
	return false
}

// words splits a head into its words, in one case and without marks: "firstName", "First_Name" and "FIRST NAME" are the same.
func words(head string) []string {
	var b strings.Builder
	last := ' '
	for _, r := range norm.NFKD.String(head) {
		switch {
		case unicode.Is(unicode.Mn, r) && r < 0x0590: // of Latin, Greek and Cyrillic letters; other scripts spell with theirs
			continue
		case unicode.Is(unicode.Cf, r), strings.ContainsRune("״׳.", r):
			continue
		case r == '#', r == '№', r == '°':
			b.WriteRune(' ')
			b.WriteRune(r)
			r = ' '
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r):
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteRune(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return strings.Fields(plainLetters.Replace(foldCase.String(b.String())))
}

var (
	foldCase = cases.Fold() // keeps no state
	// plainLetters are those that are no letter with a mark, and are often written without it.
	plainLetters = strings.NewReplacer("ı", "i", "ł", "l", "ø", "o", "đ", "d", "ß", "ss")
)

// meaning is what a head says, and whether every word of it is known.
type meaning struct {
	kind  kind
	sure  bool
	parts bool // it names both parts of a name: "Last name, first name"
}

// maxHead is how many bytes a head has at most: what is longer is a text.
const maxHead = 200

// read says what a head means.
func read(head string) meaning {
	if len(head) > maxHead {
		return meaning{}
	}
	w := words(head)
	key := strings.Join(w, "")
	if ks := phrases()[key]; len(ks) > 0 {
		return exact(ks)
	}
	if key == "" {
		return meaning{}
	}
	return compound(w)
}

// exact is the meaning of a phrase that is listed: of several kinds the one that says most.
func exact(ks []kind) meaning {
	for _, k := range []kind{kindFull, kindGiven, kindFamily, kindName, kindMiddle, kindInfix, kindSecond, kindKnown, kindID, kindPerson, kindOther, kindNot, kindTotal} {
		for _, one := range ks {
			if one == k {
				return meaning{kind: k, sure: true}
			}
		}
	}
	return meaning{}
}

// compound is the meaning of a head whose words say something together: "Legal first name of the student".
func compound(w []string) meaning {
	found, sure := segments(w)
	switch {
	case found[kindNot] > 0:
		return meaning{kind: kindNot, sure: sure}
	case found[kindID] > 0 && found[kindFull] == 0:
		return meaning{kind: kindID, sure: sure}
	case found[kindOther] > 0:
		return meaning{kind: kindOther, sure: sure}
	case found[kindFull] > 0:
		return meaning{kind: kindFull, sure: sure}
	case found[kindFamily] > 0 && (found[kindGiven] > 0 || found[kindName] > 0):
		return meaning{kind: kindFull, sure: sure, parts: true}
	case found[kindGiven] > 0 && found[kindName] > 0:
		return meaning{kind: kindFull, sure: sure, parts: true}
	}
	for _, k := range []kind{kindGiven, kindFamily, kindMiddle, kindInfix, kindSecond} {
		if found[k] > 0 {
			return meaning{kind: k, sure: sure}
		}
	}
	if found[kindName] > 0 {
		// "Student name", "Name (original name)": the name of the row's person.
		return meaning{kind: kindName, sure: sure}
	}
	if found[kindKnown] > 0 {
		return meaning{kind: kindKnown, sure: sure}
	}
	if found[kindPerson] > 0 && sure {
		return meaning{kind: kindPerson, sure: true}
	}
	return meaning{}
}

// segments splits words into listed phrases, the longest first, and counts their kinds. sure: every word belongs to one.
func segments(w []string) (found map[kind]int, sure bool) {
	found, sure = map[kind]int{}, true
	clear := false // a phrase that means little outside of heads
	for i := 0; i < len(w); {
		n := min(4, len(w)-i)
		for ; n > 0; n-- {
			key := strings.Join(w[i:i+n], "")
			ks := phrases()[key]
			if len(ks) == 0 {
				continue
			}
			for _, k := range ks {
				found[k]++
			}
			clear = clear || !vague(key)
			break
		}
		if n == 0 {
			if inside(w[i], found) {
				clear = true
			} else {
				sure = false
			}
			n = 1
		}
		i += n
	}
	if !sure && !clear && len(found) > 0 && !long(w) {
		return map[kind]int{}, false
	}
	return found, sure
}

// vague reports whether a word of heads is one of people's names, or of other texts, as often.
func vague(key string) bool {
	switch key {
	case "first", "last", "given", "middle", "staff", "child", "guest":
		return true
	}
	return utf8.RuneCountInString(key) < 4 && key[0] < utf8.RuneSelf
}

// long reports whether words are a question, as forms ask it, rather than a name.
func long(w []string) bool { return len(w) > 4 }

// inside counts the phrases that a word is made of: German and Dutch join their words, Chinese, Japanese and Thai do not
// part them.
func inside(word string, found map[kind]int) bool {
	runes := []rune(word)
	if len(runes) > 40 {
		return false
	}
	joined := len(runes) > 0 && unicode.In(runes[0], unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
	some, rest := false, false
	for i := 0; i < len(runes); {
		n := len(runes) - i
		for ; n > 0; n-- {
			part := string(runes[i : i+n])
			ks := phrases()[part]
			if len(ks) > 0 && (joined || endsCompound(runes, i, n) || n >= 4 && !has(part, kindName) && !has(part, kindFiller) && i == 0) {
				for _, k := range ks {
					found[k]++
				}
				some = true
				break
			}
		}
		if n == 0 {
			rest, n = true, 1
		}
		i += n
	}
	return some && !rest
}

// endsCompound reports whether the phrase of n runes at i is the last part of a joined word: "Spielername", "Kindnachname".
func endsCompound(runes []rune, i, n int) bool {
	switch string(runes[i:]) {
	case "name", "namen", "names", "naam", "namn", "navn", "nimi", "nev", "vorname", "nachname", "familienname", "voornaam", "achternaam":
		return i+n == len(runes) && i > 1
	}
	return false
}

// listed reports whether a head is a phrase of heads.txt in the very letters, marks included.
func listed(head string) bool {
	return spelled()[strings.ToLower(norm.NFC.String(head))]
}

var spelled = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{}
	for line := range strings.Lines(headsText) {
		if _, list, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, "#") {
			for phrase := range strings.SplitSeq(list, "|") {
				all[strings.TrimSpace(phrase)] = true
			}
		}
	}
	return all
})
