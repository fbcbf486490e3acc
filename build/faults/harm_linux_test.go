package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"belfry/build/machines"
	"belfry/wsserver/sqlite"
)

// roomy is how large the small file system is that one machine may have: what the longest test writes, and some.
const roomy = "size=600m"

// mount puts the folder of a machine on a small file system, before it is first started, until the end of the test.
func mount(t *testing.T, m *machines.Machine) {
	t.Helper()
	if err := syscall.Mount("none", m.Dir, "tmpfs", 0, roomy); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(m.Dir, 0); err != nil {
			t.Error(err)
		}
	})
}

// fullDisk fills the small file system.
func fullDisk(_ *room, m *machines.Machine) (func() error, error) {
	ballast := filepath.Join(m.Dir, "ballast")
	f, err := os.Create(ballast)
	if err != nil {
		return nil, err
	}
	for chunk := make([]byte, 1<<20); err == nil; {
		_, err = f.Write(chunk)
	}
	_ = f.Close() // it is only to be there
	if !errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	return func() error {
		if err := os.Remove(ballast); err != nil {
			return err
		}
		if m.Running() {
			time.Sleep(5 * time.Second)
			m.Kill() // what the engine has put away it takes up again when it starts
		}
		return m.Start()
	}, nil
}

// flipInOrder flips a bit in what a machine keeps of the order.
func flipInOrder(r *room, m *machines.Machine) (func() error, error) {
	if err := r.awaitWhole(); err != nil {
		return untouched, err
	}
	m.Kill()
	_, err := r.flipBit(m.Dir, "*.blk")
	return m.Start, err
}

// flipInLog flips a bit in a machine's log.db, and lets it run for a while. SQLite has no checksums: a bit of a text is not
// noticed. What must hold is that the others have nothing of it, and that the machine is whole with an empty folder.
func flipInLog(r *room, m *machines.Machine) (func() error, error) {
	if err := r.awaitWhole(); err != nil {
		return untouched, err
	}
	m.Kill()
	what, err := r.flipBit(m.Dir, sqlite.File)
	if err != nil || what == "" {
		return m.Start, err
	}
	return func() error {
		if err := m.Start(); err != nil {
			return err
		}
		err := m.Await(patience)
		if err != nil && m.Running() {
			return err
		}
		if err != nil {
			r.t.Logf("  noticed: %.300s", m.Said(2))
		}
		time.Sleep(2 * time.Second)
		m.Kill()
		return errors.Join(empty(m.Dir), m.Start())
	}, nil
}

// flipBit flips one bit behind the first page of a file below a folder, and returns which it was; "" where there is none yet.
func (r *room) flipBit(dir, pattern string) (what string, err error) {
	var files []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if ok, _ := filepath.Match(pattern, d.Name()); ok && err == nil && info.Size() > 8192 { // a good pattern
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		return "", err
	}
	file := files[r.random.IntN(len(files))]
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	at := 4096 + r.random.IntN(len(b)-4096)
	b[at] ^= 1 << r.random.IntN(8)
	what = fmt.Sprintf("a bit of %s at %d of %d", strings.TrimPrefix(file, dir), at, len(b))
	r.t.Logf("  %s is flipped", what)
	return what, os.WriteFile(file, b, 0o600)
}

// untouched ends what was not begun.
func untouched() error { return nil }

// awaitWhole waits until every machine says that all is well. What a disk has lost is made good by the others, so one that is to
// lose something must not be the second at once: docs/cluster.md says to wait for this.
func (r *room) awaitWhole() error {
	for late := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		err := r.isWhole()
		if err == nil || time.Now().After(late) {
			return err
		}
	}
}

func (r *room) isWhole() error {
	for _, m := range r.machines {
		if out, err := exec.CommandContext(r.t.Context(), r.bin, "cluster", "status", "-data", m.Dir).CombinedOutput(); err != nil {
			return fmt.Errorf("%s is not well: %w\n%s", m.Name, err, out)
		}
	}
	return nil
}
