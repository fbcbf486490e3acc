package faults

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"belfry/build/machines"
)

// synced is a call that has what was written be on the disk, as strace shows it once.
var synced = regexp.MustCompile(`\b(fsync|fdatasync)\(`)

// trace is strace, which counts those calls of a machine.
type trace struct {
	cmd *exec.Cmd
	out string
}

// traceOf begins, and returns once the machine is being looked at.
func traceOf(t *testing.T, m *machines.Machine) *trace {
	t.Helper()
	c := &trace{out: filepath.Join(t.TempDir(), m.Name)}
	c.cmd = exec.CommandContext(t.Context(), "strace", "-f", "-e", "trace=fsync,fdatasync", "-o", c.out, "-p", fmt.Sprint(m.Pid()))
	says, err := c.cmd.StderrPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(says)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "attached") {
			go func() {
				for lines.Scan() { // it also names each new thread
				}
			}()
			return c
		}
		if strings.Contains(lines.Text(), "Operation not permitted") {
			t.Skip("strace may not look at a program here: " + lines.Text())
		}
	}
	t.Fatalf("strace said nothing: %v", lines.Err())
	return nil
}

// end ends it, and returns how many calls there were.
func (c *trace) end(t *testing.T) int {
	t.Helper()
	_ = c.cmd.Process.Signal(syscall.SIGINT) // it may have ended
	_ = c.cmd.Wait()                         // with that signal
	b, err := os.ReadFile(c.out)
	if err != nil {
		t.Fatal(err)
	}
	return len(synced.FindAll(b, -1))
}

// Each message that is accepted by itself was on the disks of two machines before.
func TestSync_AcceptedIsOnTwoDisks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip(err)
	}
	all, err := machines.New(machines.Plan{Bin: program(t), Dir: t.TempDir(), Machines: 3})
	if err == nil {
		err = all.Start(patience)
	}
	t.Cleanup(func() {
		if err := all.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	line, err := dial(t.Context(), all.Machines[0], "")
	if err != nil {
		t.Fatal(err)
	}
	defer line.close()
	if _, err := line.hello("ana", nil); err != nil {
		t.Fatal(err)
	}
	var traces []*trace
	for _, m := range all.Machines {
		traces = append(traces, traceOf(t, m))
	}
	const messages = 50
	for n := range messages {
		id := fmt.Sprint(n)
		err := line.send(fields{"action": "notify", "id": id, "topic": "general", "message": textOf("ana", n)})
		_, no := line.until(unanswered, nil, func(f *frame) bool { return f.Type == "accepted" && f.ID == id })
		if err := errors.Join(err, no); err != nil {
			t.Fatal(err)
		}
	}
	enough, counts := 0, []int{}
	for _, c := range traces {
		n := c.end(t)
		if counts = append(counts, n); n >= messages {
			enough++
		}
	}
	t.Logf("%d messages, one after the other; the machines had their disks write %v times", messages, counts)
	if enough < 2 {
		t.Error("a message was accepted before two machines had it on their disks")
	}
}
