package wsserver

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"belfry/wsserver/topics"
)

// No topic is at an address that the server answers itself: programs find a topic at an address of its name. The addresses
// are those of the patterns in the code, and of the files of the pages.
func TestReserved_AreAllAddressesOfTheServer(t *testing.T) {
	pattern := regexp.MustCompile(`(?:Handle|HandleFunc)\("(?:[A-Z]+ )?/([^/" {]*)`)
	addresses := map[string]bool{}
	for _, dir := range []string{".", "api", "api/v1", "api/ntfy", "api/gotify", "metrics"} {
		files, err := fs.Glob(os.DirFS(dir), "*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			code, err := os.ReadFile(dir + "/" + file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range pattern.FindAllStringSubmatch(string(code), -1) {
				addresses[found[1]] = true
			}
		}
	}
	for route := range pageFiles {
		addresses[strings.TrimPrefix(route, "/")] = true
	}
	for _, dir := range []string{"../frontend/dist", "../frontend/public"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // the pages are not built
		}
		for _, entry := range entries {
			if !strings.HasPrefix(entry.Name(), ".") {
				addresses[entry.Name()] = true
			}
		}
	}
	delete(addresses, "") // the page itself, and what begins with a topic
	if len(addresses) < 10 {
		t.Fatalf("only %v were found", addresses)
	}
	for address := range addresses {
		if !topics.Reserved(address) {
			t.Errorf("a topic could be called %q, which is an address of the server", address)
		}
	}
}
