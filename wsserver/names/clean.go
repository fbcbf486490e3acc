package names

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"

	"belfry/wsserver/wire"
)

// maxRawName is how many bytes a name may have before it is cleaned: cleaning hundreds of kilobytes takes long.
const maxRawName = 4 << 10

// maxMarks is how many combining marks one letter may have.
const maxMarks = 3

// joiners are the zero-width joiners, which some scripts need between letters.
const joiners = "\u200c\u200d"

var freeform = precis.NewFreeform(precis.Norm(norm.NFC))

// Label cleans what the operator calls the room: control and format characters become blanks, and blanks are single. The
// error is too_large.
func Label(name string) (string, error) {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, name)
	clean = strings.Join(strings.Fields(clean), " ")
	return clean, tooLong(clean)
}

var errNameTooLong = &wire.Error{Code: wire.ErrTooLarge.Code, Message: "A name has at most 64 characters.", Field: "name"}

func tooLong(name string) error {
	if utf8.RuneCountInString(name) > wire.MaxName {
		return errNameTooLong
	}
	return nil
}

// Check returns a person's name in the form in which others see it, or a *wire.Error that says why it is refused: too long,
// with unsafe characters, of mixed scripts, or readable as the operator's. It leaves a clean name as it is.
func Check(name string) (string, error) {
	if len(name) > maxRawName {
		return "", errNameTooLong
	}
	clean := Normalize(name)
	if err := tooLong(clean); err != nil || clean == "" {
		return clean, err
	}
	shown, err := freeform.String(clean)
	if err != nil { // a joiner in the wrong place, or a character that is not allowed in names
		clean = Normalize(strings.Map(dropJoiner, clean))
		if shown, err = freeform.String(clean); err != nil {
			return "", wire.ErrNameRefused.WithMessage("There is a character in that name that cannot be shown safely. Write it in letters.")
		}
	}
	if scripts := mixedScripts(shown); scripts != "" {
		return "", wire.ErrNameRefused.WithMessage("That name mixes letters of " + scripts + ", which look alike. Write it in one script.")
	}
	if readsAsOperator(shown) {
		return "", wire.ErrNameRefused.WithMessage("That name would read as the operator's. Take another one.")
	}
	return shown, tooLong(shown)
}

// Normalize returns a name in NFC, with single blanks, without invisible characters and with at most maxMarks marks on a letter.
func Normalize(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r), r == '\u2800': // the blank Braille pattern
			return ' '
		case strings.ContainsRune(joiners, r):
			return r
		case invisible(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, "\ufffd"))
	name = fewMarks(norm.NFC.String(strings.Join(strings.Fields(name), " ")))
	name = strings.TrimLeftFunc(name, func(r rune) bool { return r == ' ' || unicode.Is(unicode.M, r) }) // a mark without a letter before it
	if strings.Trim(name, " "+joiners) == "" {
		return ""
	}
	return name
}

// invisible reports whether r has no width and no shape of its own: format characters, bidi controls, fillers.
func invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func dropJoiner(r rune) rune {
	if strings.ContainsRune(joiners, r) {
		return -1
	}
	return r
}

// fewMarks removes all but the first maxMarks marks on each letter.
func fewMarks(name string) string {
	n := 0
	return strings.Map(func(r rune) rune {
		if !unicode.In(r, unicode.Mn, unicode.Me) {
			n = 0
			return r
		}
		if n++; n > maxMarks {
			return -1
		}
		return r
	}, name)
}

// readsAsOperator reports whether a name could be taken for the operator's: the word can be read in it, alone or beside
// others ("Operator 2", "Ana (operator)"), with blanks and signs between its letters, or digits in place of some.
func readsAsOperator(name string) bool {
	for _, letters := range []string{onlyLetters(name), onlyLetters(skeleton(name))} {
		for _, k := range Keys(letters) {
			if slices.ContainsFunc(operatorKeys, func(o string) bool { return strings.Contains(k, o) }) {
				return true
			}
		}
	}
	return false
}

var operatorKeys = Keys(wire.OperatorName)

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
	}, norm.NFKD.String(s))
}

// TypedCode returns a code as its comparison needs it: compatibility forms and digits of other scripts become plain ones,
// and blanks, dashes and invisible characters are left out.
func TypedCode(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.IsControl(r), invisible(r):
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
