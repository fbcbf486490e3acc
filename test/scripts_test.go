package test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/*.txtar. Beside the usual commands they have "listening", which waits until a server
// answers on $ADDR, "terminate", which sends SIGTERM to the background process, and "mode FILE MODE".
func TestScripts(t *testing.T) {
	folder := filepath.Dir(binary(t))
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			port, err := freePort()
			e.Setenv("PATH", folder+string(os.PathListSeparator)+e.Getenv("PATH"))
			e.Setenv("PORT", strconv.Itoa(port))
			e.Setenv("ADDR", fmt.Sprintf("127.0.0.1:%d", port))
			e.Setenv("XDG_DATA_HOME", filepath.Join(e.WorkDir, "data"))
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"listening": listening, "mode": mode, "terminate": terminate},
	})
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

func listening(ts *testscript.TestScript, neg bool, _ []string) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", ts.Getenv("ADDR"))
		if err == nil {
			_ = c.Close()
		}
		switch {
		case (err == nil) != neg:
			return
		case time.Now().After(end):
			ts.Fatalf("listening on %s: %v", ts.Getenv("ADDR"), err)
		}
	}
}

func terminate(ts *testscript.TestScript, _ bool, _ []string) {
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}
