package wire

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// TimeFormat is RFC 3339 in UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Time is a time as the wire writes it, in TimeFormat.
type Time time.Time

// MarshalText writes the time in UTC with milliseconds.
func (t Time) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, TimeFormat), nil
}

// UnmarshalText reads what MarshalText writes.
func (t *Time) UnmarshalText(b []byte) error {
	p, err := time.Parse(time.RFC3339Nano, string(b))
	*t = Time(p)
	return err
}

// String returns the time in TimeFormat.
func (t Time) String() string { return time.Time(t).UTC().Format(TimeFormat) }

// ceilMilliseconds rounds up: a client that retries a moment too early is refused again.
func ceilMilliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// Clip cuts s to at most n bytes, between two runes.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// IsBlank reports whether nothing of a text can be seen: it has no letter, number, sign or emoji, only blanks, controls,
// marks without a letter, and characters without a shape. frontend/src/lib/blank.ts is the same for the pages.
func IsBlank(text string) bool { return !strings.ContainsFunc(text, isSeen) }

// emptyShapes are characters of classes that are seen, but whose shape is empty: the Braille pattern without dots, a musical
// note without a head, and blanks of the hieroglyphs.
const emptyShapes = "\u2800\U0001d159\U00013441\U00013442"

func isSeen(r rune) bool {
	// Cn are the characters that are newer than Go's tables, an emoji for example.
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S, unicode.Co, unicode.Cn) && !Invisible(r) &&
		!strings.ContainsRune(emptyShapes, r) && !unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// Invisible reports whether r has no width and no shape of its own: format characters, bidi controls, variation selectors,
// fillers.
func Invisible(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}
