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

// progressInterval is the least time between two reports of an export's progress to the page.
const progressInterval = 100 * time.Millisecond

// ExportedFile is a file that was written; empty if none was.
type ExportedFile struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// ExportProgress is how many seqs an export has passed, of how many.
type ExportProgress struct {
	Done uint64 `json:"done"`
	Of   uint64 `json:"of"`
}

// Exporter runs one export at a time.
type Exporter struct {
	mu   sync.Mutex
	stop context.CancelFunc // ends the export that runs; nil while none does
}

var errBusy = &wire.Error{Code: "busy", Message: "Another export is still running."}

// Run writes an export into a temporary file beside path and renames it to path when it is complete, so that nobody
// takes half a file for a whole one. It calls report with the progress. A cancelled export leaves no file and is no error.
func (e *Exporter) Run(ctx context.Context, path string, write func(context.Context, io.Writer, func(done, of uint64)) error, report func(ExportProgress)) (ExportedFile, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if !e.start(stop) {
		return ExportedFile{}, errBusy
	}
	defer e.finish()
	report(ExportProgress{0, 1}) // the file has been chosen, writing begins
	var reported time.Time
	n, err := writeAtomically(path, func(w io.Writer) error {
		return write(ctx, w, func(done, of uint64) {
			if now := time.Now(); now.Sub(reported) >= progressInterval || done == of {
				reported = now
				report(ExportProgress{done, of})
			}
		})
	})
	if ctx.Err() != nil {
		return ExportedFile{}, nil
	}
	if err != nil {
		return ExportedFile{}, exportError(err)
	}
	return ExportedFile{filepath.Base(path), n}, nil
}

// exportError is err in words for the page: the server's refusal unchanged, or why the file could not be written.
func exportError(err error) error {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return err
	}
	if file := (*fs.PathError)(nil); errors.As(err, &file) {
		err = file.Err // without the path: the operator has just chosen it
	}
	return &wire.Error{Code: "not_saved", Message: fmt.Sprintf("Belfry could not write the file: %v.", err)}
}

// start registers an export that stop ends; false if one runs already.
func (e *Exporter) start(stop context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return false
	}
	e.stop = stop
	return true
}

func (e *Exporter) finish() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop = nil
}

// Cancel ends the running export, if there is one.
func (e *Exporter) Cancel() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		e.stop()
	}
}

func writeAtomically(path string, write func(io.Writer) error) (size int64, err error) {
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
