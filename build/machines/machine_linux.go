package machines

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Machine is one Belfry of a room. Its methods are for one goroutine at a time.
type Machine struct {
	// Name is its name in the room, Host the address that people connect to, Dir its data folder.
	Name, Host, Dir string
	// Bin is the program with which it starts next, Env what is added to its environment.
	Bin string
	Env []string

	room    *Room
	inside  string // the address for the other machines
	witness bool
	link    *link // nil: it is on the loopback
	disk    *Disk // nil: its folder is like any other
	said    string
	run     *run // nil: it does not run
}

// run is one start.
type run struct {
	cmd   *exec.Cmd
	ready chan struct{} // closed when it has said where people connect
	ended chan struct{} // closed when it has ended
}

// Start starts the program, and gives its disk the power back. Until enough of the others run, people cannot connect: Await
// waits for that.
func (m *Machine) Start() error {
	if m.disk != nil {
		if err := m.disk.Restore(); err != nil {
			return err
		}
	}
	words := append([]string{m.Bin}, m.room.arguments(m)...)
	if m.link != nil {
		words = append(m.link.within(), words...)
	}
	said, err := os.OpenFile(m.said, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = said.Close() }() // the program has its own
	r := &run{ready: make(chan struct{}), ended: make(chan struct{})}
	r.cmd = exec.Command(words[0], words[1:]...) //nolint:noctx // ended by Kill or Terminate
	r.cmd.Stderr, r.cmd.Env = said, append(os.Environ(), m.Env...)
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // no machine outlives who has started it
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", m.Name, err)
	}
	m.run = r
	go r.watch(out)
	return nil
}

// watch waits for the first line, and for the end.
func (r *run) watch(out io.ReadCloser) {
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); err == nil && strings.TrimSpace(line) != "" {
		close(r.ready)
	}
	_, _ = io.Copy(io.Discard, lines) // until it ends
	_ = r.cmd.Wait()                  // how is in ProcessState
	close(r.ended)
}

// Await waits until people can connect. Its error has what the machine has said at the end.
func (m *Machine) Await(patience time.Duration) error {
	if m.run == nil {
		return fmt.Errorf("%s does not run", m.Name)
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-m.run.ready:
		return nil
	case <-m.run.ended:
		return fmt.Errorf("%s ended by itself with %d and said:\n%s", m.Name, m.run.cmd.ProcessState.ExitCode(), tail(m.said, 5))
	case <-late.C:
		return fmt.Errorf("nobody can connect to %s after %v; it said:\n%s", m.Name, patience, tail(m.said, 5))
	}
}

// Running reports whether it runs, frozen or not.
func (m *Machine) Running() bool {
	if m.run == nil {
		return false
	}
	select {
	case <-m.run.ended:
		return false
	default:
		return true
	}
}

// Pid is the process.
func (m *Machine) Pid() int { return m.run.cmd.Process.Pid }

// Said is the end of what it has said on stderr in all its runs.
func (m *Machine) Said(lines int) string { return tail(m.said, lines) }

// Kill is kill -9.
func (m *Machine) Kill() { m.end(syscall.SIGKILL) }

// Terminate is SIGTERM; it returns how long the program then took to end, and its exit code.
func (m *Machine) Terminate() (took time.Duration, code int) {
	began, r := time.Now(), m.run
	m.end(syscall.SIGTERM)
	return time.Since(began), r.cmd.ProcessState.ExitCode()
}

func (m *Machine) end(signal os.Signal) {
	if m.run == nil {
		return
	}
	_ = m.run.cmd.Process.Signal(signal) // it may have ended
	<-m.run.ended
	m.run = nil
}

// Freeze stops the process, and Thaw lets it go on.
func (m *Machine) Freeze() error { return m.run.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (m *Machine) Thaw() error { return m.run.cmd.Process.Signal(syscall.SIGCONT) }
