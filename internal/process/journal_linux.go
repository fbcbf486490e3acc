package process

import (
	"fmt"
	"os"
	"syscall"
)

// IsJournal reports whether w goes to the system's journal, which keeps what it is told, for more people than the one who
// reads it now. stream is the value of JOURNAL_STREAM, by which systemd names the file that it gave.
func IsJournal(w any, stream string) bool {
	f, ok := w.(*os.File)
	if !ok || stream == "" {
		return false
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}
