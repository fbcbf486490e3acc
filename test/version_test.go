package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// The installers and the pages are built from files of their own, which must not say another version.
func TestVersion_SameEverywhere(t *testing.T) {
	printed, err := exec.CommandContext(t.Context(), binary(t), "-version").Output()
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^belfry (\S+)( \(commit [0-9a-f]{7}, \d{4}-\d\d-\d\d(, with changes)?\))?\n$`)
	words := line.FindSubmatch(printed)
	if words == nil {
		t.Fatalf("-version printed %q", printed)
	}
	version := string(words[1])
	for _, name := range []string{"../wails.json", "../frontend/package.json"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Version string
			Info    struct{ ProductVersion string }
		}
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := f.Version + f.Info.ProductVersion; got != version {
			t.Errorf("%s says version %q, the program %q", name, got, version)
		}
	}
}
