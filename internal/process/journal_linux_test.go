package process

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestIsJournal_IsTheFileThatSystemdNames(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(f.Fd()), &stat); err != nil {
		t.Fatal(err)
	}
	own := fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
	for stream, want := range map[string]bool{own: true, "": false, own + "0": false, "0:" + own: false, "nonsense": false} {
		if IsJournal(f, stream) != want {
			t.Errorf("%q: %v", stream, !want)
		}
	}
	if IsJournal(&bytes.Buffer{}, own) {
		t.Error("what is no file is taken for the journal")
	}
}
