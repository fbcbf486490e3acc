package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"belfry/build/machines"
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

// flip returns a fault that kills a machine and flips a bit in one of its files that fit a pattern. A machine that then
// says that the file is damaged and ends, is given an empty folder, as the documentation says.
func flip(patterns ...string) func(*room, *machines.Machine) (func() error, error) {
	return func(r *room, m *machines.Machine) (func() error, error) {
		m.Kill()
		file, err := r.flipBit(m.Dir, patterns)
		if err != nil {
			return m.Start, err
		}
		return func() error {
			if err := m.Start(); err != nil {
				return err
			}
			err := m.Await(patience)
			if err == nil || m.Running() {
				return err
			}
			r.t.Logf("  %s is noticed: %.300s", file, m.Said(2))
			m.Kill()
			return errors.Join(empty(m.Dir), m.Start())
		}, nil
	}
}

// flipBit flips one bit behind the first page of a file below a folder, and returns which it was.
func (r *room) flipBit(dir string, patterns []string) (what string, err error) {
	var files []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		for _, p := range patterns {
			if ok, _ := filepath.Match(p, d.Name()); ok && err == nil && info.Size() > 8192 { // a good pattern
				files = append(files, path)
			}
		}
		return err
	})
	if err != nil || len(files) == 0 {
		return "", err // it has not written so much yet
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
