package wsserver

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkName is a name as others are shown it, or why it may not be.
func checkName(name string) (string, error) {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, name)
	clean = strings.Join(strings.Fields(clean), " ")
	if utf8.RuneCountInString(clean) > maxName {
		return "", &Error{Code: ErrTooLarge.Code, Message: "A name has at most 64 characters.", Field: "name"}
	}
	return clean, nil
}

// nameKeys are what a name looks like: two names that share one are the same to the eye.
func nameKeys(name string) []string { return []string{strings.ToLower(name)} }

// typedCode is a code as it was typed, in plain letters and digits.
func typedCode(code string) string { return code }
