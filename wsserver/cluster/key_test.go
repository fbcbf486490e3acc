package cluster

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A key is for its owner, or for a service's group to read, and for nobody else.
func TestKey_OthersMustNotReadIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files there have no such permissions")
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := MakeKey(file); err != nil {
		t.Fatal(err)
	}
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: true, 0o644: false, 0o660: false, 0o604: false, 0o602: false} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		k, err := ReadKey(file)
		if good && (err != nil || len(k.secret) != keyBytes) {
			t.Errorf("mode %o: %v", mode, err)
		} else if !good {
			wantProblem(t, err, "can read or change")
		}
	}
}
