// Package atomicfile writes small files so that a crash never leaves half of one.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write replaces the file of that name as a whole, with mode 0600: after a crash it holds the old or the new content.
// A file that root replaces keeps its owner. It blocks for the disk. After an error the old file stands.
func Write(name string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	Give(tmp.Name(), name)
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
