package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSetAside_OverwritesNothing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "settings.json")
	for _, row := range []struct{ text, aside string }{
		{"first", name + ".damaged"}, {"second", name + ".damaged-2"}, {"third", name + ".damaged-3"},
	} {
		if err := Write(name, []byte(row.text)); err != nil {
			t.Fatal(err)
		}
		aside, err := SetAside(name)
		if err != nil || aside != row.aside || Exists(name) {
			t.Errorf("set aside as %s, error %v; want %s", aside, err, row.aside)
		}
		if b, err := os.ReadFile(aside); err != nil || string(b) != row.text {
			t.Errorf("%s holds %q, error %v", aside, b, err)
		}
	}
	if _, err := SetAside(name); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}
