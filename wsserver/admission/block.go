package admission

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// refusal is what those whom a ban keeps out read.
func (b Ban) Refusal() *wire.Error {
	if b.Reason != "" {
		return wire.ErrNotAllowed.Because(b.Reason)
	}
	return wire.ErrNotAllowed.Because("The operator has blocked you.")
}

// cleanReason is a reason as people read it.
func CleanReason(reason string) (string, error) {
	reason = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, reason))
	if utf8.RuneCountInString(reason) > wire.MaxReason {
		return "", wire.ErrTooLarge.Because("A reason has at most 500 characters.")
	}
	return reason, nil
}
