package names

import (
	"strings"

	"github.com/mtibben/confusables"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// This file compares what names look like, after UTS 39.

// skeleton returns the skeleton of s (UTS 39, section 4): strings that look alike have the same.
func skeleton(s string) string {
	return confusables.Skeleton(norm.NFKC.String(strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)))
}

// Keys returns one or two keys for the looks of a name: names that share a key look the same. One key is of the letters
// as they are written ("Ian" looks like "lan"), one ignores case ("IAN" is "ian"). It returns none for "".
func Keys(name string) []string {
	if name == "" {
		return nil
	}
	written, folded := fold(skeleton(name)), fold(skeleton(fold(name)))
	if written == folded {
		return []string{written}
	}
	return []string{written, folded}
}

func fold(s string) string { return cases.Fold().String(s) }
