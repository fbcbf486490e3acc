package cli

import (
	"fmt"
	"strings"
	"unicode"
)

// forTerminal is a text on one line that does to a terminal nothing but be read: without control characters, and without
// those that change the direction or have no width.
func forTerminal(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		if !misleads(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// misleads reports whether a rune is not shown as itself. The joiners of emoji and of Indic scripts are.
func misleads(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner && r != zeroWidthJoiner || r == '\u2028' || r == '\u2029' || r == unicode.ReplacementChar
}

// safeJSON is the same JSON on one line, with those characters escaped.
func safeJSON(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case !misleads(r) || r == unicode.ReplacementChar:
			b.WriteRune(r)
		case r == '\n' || r == '\r' || r == '\t': // between the fields
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
