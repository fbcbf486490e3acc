package wsserver

import (
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"belfry/wsserver/internal/folder"
	"belfry/wsserver/wire"
)

// lockFolder keeps a second server from the folder, until r is closed. A file in it is locked, and the folder itself: whoever
// removes the file lets nobody in.
func lockFolder(dir string, r *run) error {
	for _, lock := range locksOf(dir) {
		locked, err := tryLock(lock)
		switch {
		case err != nil && lock.Path() == dir:
			continue // not every disk can lock a folder
		case err != nil:
			return folder.Problem(lock.Path(), err)
		case !locked:
			return &wire.Problem{
				Code: "in_use", Message: "Belfry is already running with this folder: " + dir + ".",
				Hint: "Use the Belfry that is open, or give this one its own folder with -data.",
			}
		}
		r.onClose(lock.Close)
	}
	return nil
}

// A program that looks whether a server runs holds the lock for a moment.
const (
	lockTries = 4
	lockPause = 50 * time.Millisecond
)

func tryLock(lock *flock.Flock) (locked bool, err error) {
	for range lockTries {
		if locked, err = lock.TryLock(); locked || err != nil {
			return locked, err
		}
		time.Sleep(lockPause)
	}
	return false, nil
}

func locksOf(dir string) []*flock.Flock {
	locks := []*flock.Flock{flock.New(filepath.Join(dir, "lock"))}
	if runtime.GOOS != "windows" { // where a folder cannot be opened, and a file that is open cannot be removed
		locks = append(locks, flock.New(dir, flock.SetFlag(os.O_RDONLY)))
	}
	return locks
}
