package test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"belfry/wsserver/wstest"
)

// The disk is really full: a small file system in memory. Nothing half-written is shown, and writing resumes by itself.
func TestFault_TheDiskIsFull(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	if err := syscall.Mount("none", p.dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("not checked: no file system can be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if p.cmd != nil {
			p.kill()
		}
		if err := syscall.Unmount(p.dir, 0); err != nil {
			t.Error(err)
		}
	})
	p.start()
	c, d := p.person("ana"), p.dashboard()
	c.Notify("1", "general", "before")
	ballast := filepath.Join(p.dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}

	long := strings.Repeat("x", 60<<10)
	for i := range 3 {
		id := fmt.Sprint("full-", i)
		c.Send(map[string]any{"action": "notify", "id": id, "topic": "general", "message": long})
		if f := c.ExpectAfter("error", "message"); f.Code != "not_kept" || f.ID != id || !strings.Contains(f.Message, "disk") {
			t.Errorf("refused by %s", f.Text)
		}
	}
	if told := trouble(t, d); told == nil || told.Code != "disk_full" || !strings.Contains(told.Message, "The disk is full.") {
		t.Errorf("the operator is told %+v", told)
	}
	c.Send(map[string]any{"action": "history", "id": "h"})
	if f := c.ExpectAfter("history", "message"); len(f.Messages) != 1 || f.Messages[0].Message != "before" {
		t.Errorf("history meanwhile: %s", f.Text)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	awaitNoTrouble(t, d)
	if seq := c.Notify("full-0", "general", long); seq != 2 {
		t.Errorf("accepted as %d", seq)
	}
	p.kill()
	p.start()
	missed, f := p.device().Return("ana", tokenOf("ana"), "", 0, "general")
	if len(missed) != 2 || !f.Complete {
		t.Errorf("%d messages, ended by %s", len(missed), f.Text)
	}
}

// awaitNoTrouble waits until the dashboard shows no fault: while nobody writes, the server tries the log every few
// seconds.
func awaitNoTrouble(t *testing.T, dashboard *wstest.Client) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		told := trouble(t, dashboard)
		if told == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the operator is still told %+v", told)
		}
	}
}
