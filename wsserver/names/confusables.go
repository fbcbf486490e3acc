package names

import (
	"strings"

	"github.com/mtibben/confusables"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// This file is what names look like, after UTS 39.

// skeleton is what s looks like, in the plainest letters for it.
func skeleton(s string) string {
	return confusables.Skeleton(norm.NFKC.String(strings.Map(func(r rune) rune {
		if invisible(r) {
			return -1
		}
		return r
	}, s)))
}

// nameKeys are what a name looks like: two names that share one are the same to the eye. One is of the letters as they
// are written ("Ian" looks like "lan"), one without regard to case ("IAN" is "ian").
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
