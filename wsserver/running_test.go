package wsserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"belfry/wsserver"
)

func TestFindLocal_TheServerOfTheFolderAlone(t *testing.T) {
	dir := t.TempDir()
	fails := func(when, want string) {
		t.Helper()
		if local, err := wsserver.FindLocal(dir); err == nil || !strings.Contains(err.Error(), want) || local.Key != "" {
			t.Errorf("%s: %+v, error %v", when, local, err)
		}
	}
	fails("before the first start", "No Belfry is running")
	s := wsserver.New(wsserver.Config{Addr: "127.0.0.1:0", Dir: dir})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	local, err := wsserver.FindLocal(dir)
	if err != nil || local.Address != s.Addr().String() || local.TLS || local.Key == "" {
		t.Errorf("while it runs: %+v, error %v", local, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "running.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its file: %v, %v", info, err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "running.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	fails("after the stop", "No Belfry is running")
	// A server that was killed leaves the file, and something else may listen at its port by now.
	if err := os.WriteFile(filepath.Join(dir, "running.json"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	fails("after a crash", "No Belfry is running")
}

func TestFindLocal_AKeyThatAFlagGivesIsInNoFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "operator-token"), []byte("AN-OLDER-KEY-OF-THE-FOLDER\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := wsserver.New(wsserver.Config{Addr: "127.0.0.1:0", Dir: dir, Token: "the-operators-key"})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	if local, err := wsserver.FindLocal(dir); err == nil || local.Key != "" || !strings.Contains(err.Error(), "belfry token add") {
		t.Errorf("%+v, error %v", local, err)
	}
}
