package faults

import (
	"bytes"
	"context"
	"database/sql"
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

// flipInLog flips a bit anywhere in a machine's log.db, and lets it run for a while. Indexes have no checksums: a bit of theirs may
// not be noticed. What must hold is that the others have nothing of it, and that the machine is whole with an empty folder.
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

// flipInMessage flips a bit in the text of a message. That must be noticed: the machine stops by itself, and is whole once it is
// started again, with the folder that it has.
func flipInMessage(r *room, m *machines.Machine) (func() error, error) {
	if err := r.awaitWhole(); err != nil {
		return untouched, err
	}
	m.Kill()
	seq, err := r.flipText(m)
	if err != nil || seq == 0 {
		return m.Start, err
	}
	return func() error {
		if err := m.Start(); err != nil {
			return err
		}
		began := time.Now()
		for m.Running() {
			if time.Since(began) > noticedWithin {
				return fmt.Errorf("%s has not noticed in %v that message %d is not what it was", m.Name, noticedWithin, seq)
			}
			time.Sleep(200 * time.Millisecond)
		}
		said := m.Said(5)
		r.t.Logf("  noticed after %v: %.300s", time.Since(began).Round(time.Second), said)
		if !strings.Contains(said, fmt.Sprintf("(number %d)", seq)) {
			return fmt.Errorf("%s stopped, and did not say that it is message %d:\n%s", m.Name, seq, said)
		}
		return m.Start()
	}, nil
}

// noticedWithin is how long a machine may take until it has read all of its log.
const noticedWithin = 5 * time.Minute

// flipText flips a bit in the text of a message of a machine that is off, and returns its seq; 0 where there is none.
func (r *room) flipText(m *machines.Machine) (seq int64, err error) {
	file := filepath.Join(m.Dir, sqlite.File)
	if _, err := os.Stat(file); err != nil { // a witness
		return 0, nil
	}
	db, err := sql.Open("sqlite", "file:"+file+"?mode=rw")
	if err != nil {
		return 0, err
	}
	var text string
	err = db.QueryRowContext(r.t.Context(), "SELECT seq, text FROM message WHERE length(text) BETWEEN 4 AND 200 AND sum IS NOT NULL ORDER BY random() LIMIT 1").Scan(&seq, &text)
	if err := errors.Join(err, db.Close()); err != nil { // closing brings what was committed into the file
		if errors.Is(err, sql.ErrNoRows) {
			return 0, nil
		}
		return 0, err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for at := 0; ; at++ {
		n := bytes.Index(b[at:], []byte(text))
		if n < 0 {
			return 0, fmt.Errorf("%s: the text of message %d is not in the file", m.Name, seq)
		}
		at += n
		b[at+len(text)/2] ^= 1
		if err := os.WriteFile(file, b, 0o600); err != nil {
			return 0, err
		}
		if now, err := messageText(r.t.Context(), m, seq); err != nil || now != text {
			r.t.Logf("  a bit of message %d is flipped: %.40q is %.40q", seq, text, now)
			return seq, err
		}
		b[at+len(text)/2] ^= 1 // it was that of another row, or of none
	}
}

func messageText(ctx context.Context, m *machines.Machine, seq int64) (text string, err error) {
	db, err := open(m)
	if err != nil {
		return "", err
	}
	defer func() { _ = db.Close() }() // it was read only
	err = db.QueryRowContext(ctx, "SELECT text FROM message WHERE seq = ?", seq).Scan(&text)
	return text, err
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
