package names

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// sequentialTries is how many numbers are tried in sequence before random ones: if somebody has reserved thousands of
// numbered names, a hello must not look through all of them.
const sequentialTries = 20

// Alternative returns a free name like this one, followed by a number; "" if none was found.
func Alternative(name string, taken func(string) bool) string {
	base := strings.TrimRight(name, "0123456789")
	if base = strings.TrimSpace(base); base == "" || base == name || !strings.HasPrefix(name, base+" ") {
		base = name
	}
	for i := range 2 * sequentialTries {
		n := 2 + i
		if i >= sequentialTries {
			n = rand.IntN(1_000_000)
		}
		end := " " + strconv.Itoa(n)
		try := strings.TrimSpace(firstRunes(base, wire.MaxName-len(end))) + end
		if clean, err := Check(try); err == nil && clean == try && !taken(try) {
			return try
		}
	}
	return ""
}

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
