// Package atomicfile writes small files so that a crash never leaves half of one, and what is written stays written when the
// power is lost.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Write replaces the file of that name as a whole, with mode 0600: after a crash it holds the old or the new content, and the
// new one once Write has returned. A file that root replaces keeps its owner. It blocks for the disk. After an error the old
// file stands, or the new one where only the folder could not be written.
func Write(name string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	Give(tmp.Name(), name)
	if err == nil {
		err = rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return syncFolder(filepath.Dir(name))
}

// Rename is os.Rename, and blocks until the new name is on the disk.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// Remove is os.Remove, and blocks until the file is gone from the disk.
func Remove(name string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(name))
}

// rename tries again for a moment on Windows, which replaces no file that somebody is reading just then.
func rename(from, to string) (err error) {
	for range 20 {
		if err = os.Rename(from, to); err == nil || runtime.GOOS != "windows" {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return err
}
