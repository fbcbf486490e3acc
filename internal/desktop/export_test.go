package desktop

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"belfry/wsserver/wire"
)

func TestExporter_WholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log.csv")
	var e Exporter
	var told []ExportProgress
	tell := func(p ExportProgress) { told = append(told, p) }

	file, err := e.Run(t.Context(), path, func(_ context.Context, w io.Writer, progress func(done, of uint64)) error {
		progress(1, 3)
		progress(2, 3) // too soon after the first
		_, err := io.WriteString(w, "seq\r\n")
		progress(3, 3)
		return err
	}, tell)
	if err != nil || file != (ExportedFile{"log.csv", 5}) {
		t.Fatalf("Run = %v, %v", file, err)
	}
	if len(told) != 3 || told[0] != (ExportProgress{0, 1}) || told[2] != (ExportProgress{3, 3}) {
		t.Errorf("told %v, want the beginning, the first and the last", told)
	}

	failed := errors.New("no room")
	_, err = e.Run(t.Context(), path, func(context.Context, io.Writer, func(done, of uint64)) error { return failed }, tell)
	if told := wire.ErrorJSON(err).Error(); !strings.Contains(told, "Belfry could not write the file: no room.") {
		t.Errorf("a failed export: %s", told)
	}
	_, err = e.Run(t.Context(), filepath.Join(dir, "gone", "log.csv"), nil, tell)
	if told := wire.ErrorJSON(err).Error(); !strings.Contains(told, "not_saved") || strings.Contains(told, dir) {
		t.Errorf("a folder that is not there: %s", told)
	}
	file, err = e.Run(t.Context(), path, func(ctx context.Context, w io.Writer, _ func(done, of uint64)) error {
		if _, err := e.Run(ctx, path, nil, tell); !errors.Is(err, errBusy) {
			t.Errorf("a second one beside it: %v", err)
		}
		e.Cancel()
		return ctx.Err()
	}, tell)
	if err != nil || file != (ExportedFile{}) {
		t.Errorf("a cancelled export = %v, %v", file, err)
	}

	if b, _ := os.ReadFile(path); string(b) != "seq\r\n" {
		t.Errorf("the first file now holds %q", b)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
