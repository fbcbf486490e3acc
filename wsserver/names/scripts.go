package names

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// This file says which scripts a name may mix: UTS 39, section 5.2, level "highly restrictive".

// mixes are the sets of scripts that may be mixed.
var mixes = [][]string{
	{"Latin", "Han", "Hiragana", "Katakana"},
	{"Latin", "Han", "Bopomofo"},
	{"Latin", "Han", "Hangul"},
}

// mixedScripts returns the scripts of a name in words where they may not be mixed, else "".
func mixedScripts(name string) string {
	seen := map[string]bool{}
	for _, r := range name {
		if s := scriptOf(r); s != "" {
			seen[s] = true
		}
	}
	if len(seen) < 2 {
		return ""
	}
	list := slices.Sorted(maps.Keys(seen))
	for _, mix := range mixes {
		if !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(mix, s) }) {
			return ""
		}
	}
	for i, s := range list {
		list[i] = strings.ReplaceAll(s, "_", " ")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// scriptOf returns the script of r, "" where r belongs to all or to none.
func scriptOf(r rune) string {
	if r < 0x80 {
		if unicode.IsLetter(r) {
			return "Latin"
		}
		return ""
	}
	if unicode.In(r, unicode.Latin, unicode.Common, unicode.Inherited) {
		if unicode.Is(unicode.Latin, r) {
			return "Latin"
		}
		return ""
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
