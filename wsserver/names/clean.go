package names

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"belfry/wsserver/wire"
)

// maxRawName is how many bytes a name may have before it is cleaned: cleaning hundreds of kilobytes takes long.
const maxRawName = 4 << 10

// maxMarks is how many combining marks one letter may have.
const maxMarks = 3

// maxTibetan is how many marks a Tibetan letter may have: the letters that are stacked below it count as marks.
const maxTibetan = 6

// Label cleans what the operator calls the room: control and format characters become blanks, and blanks are single. ""
// stays "". Errors: bad_frame if nothing of it can be seen, too_large.
func Label(name string) (string, error) {
	if name != "" && wire.IsBlank(name) {
		return "", wire.ErrBadFrame.WithMessage("A room's name needs at least one letter, digit or sign.")
	}
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, name)
	clean = strings.Join(strings.Fields(clean), " ")
	return clean, tooLong(clean)
}

var errNameTooLong = &wire.Error{Code: wire.ErrTooLarge.Code, Message: "A name can have at most 64 characters.", Field: "name"}

func tooLong(name string) error {
	if utf8.RuneCountInString(name) > wire.MaxName {
		return errNameTooLong
	}
	return nil
}

// Check returns a person's name in the form in which others see it, or a *wire.Error that says why it is refused: too long,
// without a letter, with a private character, with a word of two scripts, or readable as the operator's. It leaves a clean
// name as it is, and "" for a name of which nothing can be seen.
func Check(name string) (string, error) {
	clean, err := CheckOperator(name)
	if err == nil && readsAsOperator(clean) {
		return "", wire.ErrNameRefused.WithMessage("That name is reserved for the operator. Choose another one.")
	}
	return clean, err
}

// CheckOperator is Check for the operator's own name, which may read as the operator's.
func CheckOperator(name string) (string, error) {
	if len(name) > maxRawName {
		return "", errNameTooLong
	}
	clean := Normalize(name)
	if err := tooLong(clean); err != nil || clean == "" {
		return "", err
	}
	if why := refusal(clean); why != "" {
		return "", wire.ErrNameRefused.WithMessage(why)
	}
	return clean, nil
}

// refusal returns why a normalized name is refused, as a sentence that names what is wrong; "" if it is not.
func refusal(name string) string {
	if i := strings.IndexFunc(name, isPrivate); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return fmt.Sprintf("The character %U in that name looks different on each device, or cannot be seen. Leave it out.", r)
	}
	if !strings.ContainsFunc(name, canStandAlone) {
		return "That name has only signs. It needs a letter, a digit or an emoji."
	}
	return mixedWord(name)
}

func isPrivate(r rune) bool { return unicode.Is(unicode.Co, r) }

// canStandAlone reports whether r can be a name on its own: a letter, a number, an emoji or other picture, or a character
// that is newer than Go's tables.
func canStandAlone(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.So) || isNewer(r)
}

// isNewer reports whether r is a character that Go's tables do not have yet.
func isNewer(r rune) bool { return unicode.Is(unicode.Cn, r) }

// Normalize returns a name in NFC, with single blanks, without invisible characters except those that a script needs, and
// with at most maxMarks marks on a letter.
func Normalize(name string) string {
	name = strings.ToValidUTF8(name, "\ufffd")
	// What is left out can bring together what is then composed, or left out too. Nothing ever grows.
	for {
		next := normalizeOnce(name)
		if next == name {
			return name
		}
		name = next
	}
}

func normalizeOnce(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2800': // the blank Braille pattern
			return ' '
		case isJoiner(r), unicode.Is(unicode.Variation_Selector, r):
			return r
		case wire.Invisible(r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		}
		return r
	}, name)
	name = fewMarks(norm.NFC.String(strings.Join(strings.Fields(name), " ")))
	name = norm.NFC.String(neededInvisibles(name))
	return strings.TrimLeftFunc(name, func(r rune) bool { return r == ' ' || unicode.Is(unicode.M, r) }) // a mark without a letter before it
}

// fewMarks removes all but the first marks on each letter: maxMarks, or as many as a Tibetan stack of letters has.
func fewMarks(name string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if !unicode.In(r, unicode.Mn, unicode.Me) || wire.Invisible(r) {
			if !wire.Invisible(r) {
				n = 0
			}
			return r
		}
		most := maxMarks
		if unicode.Is(unicode.Tibetan, r) {
			most = maxTibetan
		}
		if n++; n > most {
			return -1
		}
		return r
	}, name)
}

// TypedCode returns a code as its comparison needs it: compatibility forms and digits of other scripts become plain ones,
// and blanks, dashes and invisible characters are left out.
func TypedCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.IsControl(r), wire.Invisible(r):
			return -1
		case unicode.IsDigit(r):
			return plainDigit(r)
		}
		return r
	}, norm.NFKC.String(wire.Clip(code, wire.MaxCode)))
}

// plainDigit returns a decimal digit of any script in ASCII: the ten digits of a script are consecutive, so counting back to
// the first of them gives the value.
func plainDigit(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	n := rune(0)
	for unicode.IsDigit(r - n - 1) {
		n++
	}
	return '0' + n%10
}

// CheckOptional is Check for a name that may be absent: nil stays nil.
func CheckOptional(name *string) (*string, error) {
	if name == nil {
		return nil, nil
	}
	clean, err := Check(*name)
	return &clean, err
}
