package desktop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"belfry/wsserver/wire"
)

// exportTick is the least time between two words to the page about how far an export has come.
const exportTick = 100 * time.Millisecond

// Exported is a file that was written; empty where none was.
type Exported struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// ExportProgress is how far an export has come: seqs passed of how many.
type ExportProgress struct {
	Done uint64 `json:"done"`
	Of   uint64 `json:"of"`
}

// Exports is the one export that may run at a time.
type Exports struct {
	mu   sync.Mutex
	stop context.CancelFunc // nil while none runs
}

var errExporting = &wire.Error{Code: "busy", Message: "Another export is still being written."}

// Run writes a file beside path and puts it there when it is whole, so that half a file is never taken for a whole
// one. A cancelled export leaves nothing and is no error.
func (e *Exports) Run(ctx context.Context, path string, write func(context.Context, io.Writer, func(done, of uint64)) error, tell func(ExportProgress)) (Exported, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if !e.begin(stop) {
		return Exported{}, errExporting
	}
	defer e.begin(nil)
	tell(ExportProgress{0, 1}) // where to is known, and it begins
	var told time.Time
	n, err := writeWhole(path, func(w io.Writer) error {
		return write(ctx, w, func(done, of uint64) {
			if now := time.Now(); now.Sub(told) >= exportTick || done == of {
				told = now
				tell(ExportProgress{done, of})
			}
		})
	})
	if ctx.Err() != nil {
		return Exported{}, nil
	}
	if err != nil {
		return Exported{}, exportError(err)
	}
	return Exported{filepath.Base(path), n}, nil
}

// exportError is err as the page tells it: the server's own refusal, or that the file could not be written and why.
func exportError(err error) error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return err
	}
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		err = file.Err // the operator knows where they wanted it
	}
	return &wire.Error{Code: "not_saved", Message: fmt.Sprintf("The file could not be written: %v.", err)}
}

// begin notes the export that runs, or with nil that none does; false where one runs already.
func (e *Exports) begin(stop context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if stop != nil && e.stop != nil {
		return false
	}
	e.stop = stop
	return true
}

// Cancel ends the export that runs, if any.
func (e *Exports) Cancel() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		e.stop()
	}
}

func writeWhole(path string, write func(io.Writer) error) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".belfry-export-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = write(f)
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return size, err
}
