//go:build unix

package test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ask makes the server log a line: a wrong key. It returns the status.
func (p *program) ask() (status int, err error) {
	r, err := http.NewRequest(http.MethodGet, "http://"+p.addr+"/session", http.NoBody) //nolint:noctx // it ends by itself
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer wrong")
	answer, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// serves waits until the server answers.
func (p *program) serves() {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		status, err := p.ask()
		if err == nil && (status == http.StatusUnauthorized || status == http.StatusTooManyRequests) {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("it does not answer: status %d, %v", status, err)
		}
	}
}

// ends sends a signal and wants exit code 0.
func (p *program) ends(sig os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Error(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("%v ended it with %v", sig, err)
	}
	p.cmd = nil
}

// shell runs the program in a shell, with words around it.
func (p *program) shell(before, after string) {
	p.t.Helper()
	args := p.serving().Args
	//nolint:noctx // ended by kill
	p.cmd = exec.Command("sh", append([]string{"-c", before + `exec "$0" "$@" ` + after}, args...)...)
}

func TestOutputs_NoneEndsTheProgram(t *testing.T) {
	for name, after := range map[string]string{
		"closed": ">&- 2>&- <&-", "full": ">/dev/full 2>/dev/full",
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			if _, err := os.Stat("/dev/full"); err != nil {
				t.Skip("no /dev/full here")
			}
			p.shell("", after)
			if err := p.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				p.serves()
			}
			p.ends(syscall.SIGTERM)
			if head, err := os.ReadFile(p.log()); err != nil || !strings.HasPrefix(string(head), "SQLite format 3\x00") {
				t.Errorf("a line was written into the log's file: error %v", err)
			}
		})
	}
}

func TestOutputs_AReaderThatGoesAwayEndsNothing(t *testing.T) {
	p := newProgram(t)
	p.cmd = p.serving()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	if line, err := bufio.NewReader(r).ReadString('\n'); err != nil || !strings.HasPrefix(line, "client ") {
		t.Fatalf("printed %q, error %v", line, err)
	}
	_ = r.Close()
	for range 3 {
		p.serves()
	}
	p.ends(syscall.SIGTERM)
}

// A reader that is there and does not read: more lines than a pipe holds.
func TestOutputs_AReaderThatSleepsStopsNothing(t *testing.T) {
	p := newProgram(t)
	p.cmd = p.serving()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	p.cmd.Stderr = w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	p.serves()
	for range 1500 {
		if status, err := p.ask(); err != nil {
			t.Fatalf("status %d, error %v", status, err)
		}
	}
	p.ends(syscall.SIGTERM)
}

func TestSignals_ThoseThatAskForTheEndEndItWell(t *testing.T) {
	// The tests may run under nohup, whose children ignore SIGHUP: what this process takes is back to its default in them.
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGINT, syscall.SIGTERM} {
		p := newProgram(t)
		p.start()
		p.ends(sig)
	}
}

func TestSignals_OthersEndNothing(t *testing.T) {
	p := newProgram(t)
	p.start()
	for _, sig := range []syscall.Signal{
		syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGVTALRM, syscall.SIGXCPU, syscall.SIGXFSZ,
		syscall.SIGIO, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGWINCH, syscall.SIGCHLD, syscall.SIGCONT, syscall.SIGPROF,
	} {
		if err := p.cmd.Process.Signal(sig); err != nil {
			t.Fatalf("%v: %v", sig, err)
		}
	}
	p.serves()
	p.ends(syscall.SIGTERM)
}

func TestSignals_HangUpIsIgnoredWhereItWasBefore(t *testing.T) {
	p := newProgram(t)
	p.shell("trap '' HUP; ", ">/dev/null")
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.serves()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	p.serves()
	p.ends(syscall.SIGTERM)
}

// Few open files are a reason not to start, never a room without a bound.
func TestLimits_FewOpenFilesAreSaid(t *testing.T) {
	for files, want := range map[string]string{
		"20": "allows this program 20 open files; Belfry needs ", "64": "allows this program 64 open files; Belfry needs ", "100": "",
	} {
		p := newProgram(t)
		p.shell("ulimit -n "+files+"; ", "")
		if want == "" {
			p.cmd.Stderr = os.Stderr
			if err := p.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			p.serves()
			p.ends(syscall.SIGTERM)
			continue
		}
		told, err := p.cmd.CombinedOutput()
		p.cmd = nil
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(told), want) || !strings.Contains(string(told), "belfry: hint: ") {
			t.Errorf("with %s: %v, said %q", files, err, told)
		}
	}
}

// A limit on the size of files makes messages not kept; it ends nothing.
func TestLimits_SmallFilesEndNothing(t *testing.T) {
	p := newProgram(t)
	p.start()
	p.ends(syscall.SIGTERM)
	p.shell("ulimit -f 600; ", "")
	p.cmd.Stderr = io.Discard
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.serves()
	d := p.dashboard()
	refused := false
	for i := range 200 {
		e := d.Ask("broadcast", map[string]any{"message": strings.Repeat("x", 16<<10), "message_id": string(rune('a' + i))}, nil)
		if refused = e != nil; refused {
			if e.Code != "not_kept" {
				t.Errorf("refused with %s", e.Code)
			}
			break
		}
	}
	if !refused {
		t.Error("nothing was refused")
	}
	p.serves()
}

// A journal keeps what it is told, for more people than who reads it now. Everywhere else the second line has the key.
func TestOutputs_TheJournalIsNotToldTheKey(t *testing.T) {
	for name, row := range map[string]struct {
		before  string
		printed bool
	}{
		"to the journal":            {"export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/$$/fd/1); ", false},
		"beside it, through a pipe": {"export JOURNAL_STREAM=1:2; ", true},
		"through a pipe":            {"", true},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat("/proc/self/fd"); err != nil {
				t.Skip("no /proc here")
			}
			p := newProgram(t)
			p.shell(row.before, "")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			p.cmd.Stdout = w
			if err := p.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = w.Close()
			out := bufio.NewReader(r)
			client, _ := out.ReadString('\n')
			dashboard, err := out.ReadString('\n')
			if !strings.HasPrefix(client, "client http://") || !strings.HasPrefix(dashboard, "dashboard http://") || err != nil {
				t.Fatalf("printed %q, %q, error %v", client, dashboard, err)
			}
			if strings.Contains(dashboard, "/server#token=") != row.printed || !strings.Contains(dashboard, "/server") {
				t.Errorf("printed %q", dashboard)
			}
			p.ends(syscall.SIGTERM)
		})
	}
}
