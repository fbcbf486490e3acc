package wstest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// DocumentedCodes are the codes of errors that the protocol's text, a file, lists.
func DocumentedCodes(tb testing.TB, path string) map[string]bool {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "## 9 Errors")
	text, _, _ = strings.Cut(text, "## 10 ")
	codes := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(text, -1) {
		codes[m[1]] = true
	}
	if len(codes) < 20 {
		tb.Fatalf("codes %v", codes)
	}
	return codes
}
