package test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The installers and the pages are built from files of their own, which must not say another version.
func TestVersion_SameEverywhere(t *testing.T) {
	printed, err := exec.CommandContext(t.Context(), binary(t), "-version").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(printed)), "belfry ")
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
