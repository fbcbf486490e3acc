//go:build dist

package dist

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// nspawn is a command in the fresh Debian as in a container, with its own processes and devices, and this machine's network.
func (d debian) nspawn(words ...string) *exec.Cmd {
	//nolint:noctx // ended by its caller, or by itself
	return exec.Command("systemd-nspawn", append([]string{"--directory", d.dir, "--register=no", "--keep-unit"}, words...)...)
}

// needsNspawn skips the test where the machine lets no container start.
func (d debian) needsNspawn() {
	d.t.Helper()
	needs(d.t, "systemd-nspawn", "nsenter")
	if said, err := d.nspawn("--quiet", "/bin/true").CombinedOutput(); err != nil {
		d.t.Skipf("not checked: this machine lets systemd-nspawn start no container: %s", lastLines(string(said)))
	}
}

// booted is a fresh Debian in which systemd runs.
type booted struct {
	debian
	init string // systemd's process, as this machine numbers it
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (w *tail) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, b...)
	w.text = w.text[max(0, len(w.text)-2000):]
	return len(b), nil
}

func (w *tail) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(w.text)
}

// bootedDebian starts a fresh Debian with systemd as its first process.
func bootedDebian(t *testing.T) booted {
	t.Helper()
	d := freshDebian(t)
	d.needsNspawn()
	d.fetch("systemd-sysv", "dbus")
	d.get("systemd-sysv", "dbus")
	var said tail
	cmd := d.nspawn("--boot", "--console=read-only")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(time.Minute):
			_ = cmd.Process.Kill()
			<-gone
		}
	})
	b := booted{debian: d}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid)) // it may be gone
		for _, pid := range strings.Fields(string(children)) {
			b.init = pid
			if out, _ := b.command("systemctl", "is-system-running").Output(); strings.TrimSpace(string(out)) == "running" || strings.TrimSpace(string(out)) == "degraded" {
				return b
			}
		}
		select {
		case <-gone:
			t.Skipf("not checked: systemd does not start on this machine: %s", lastLines(said.String()))
		default:
		}
		if time.Now().After(end) {
			t.Skipf("not checked: systemd does not come up on this machine: %s", lastLines(said.String()))
		}
	}
}

// command is one in there.
func (b booted) command(words ...string) *exec.Cmd {
	//nolint:noctx // it ends by itself
	return exec.Command("nsenter", append([]string{"--target", b.init, "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--"}, words...)...)
}

func (b booted) run(words ...string) string {
	b.t.Helper()
	cmd := b.command(words...)
	said, err := cmd.CombinedOutput()
	if err != nil {
		journal, _ := b.command("journalctl", "--no-pager", "-n", "30", "-u", "belfry-server").CombinedOutput() // a help
		b.t.Fatalf("%s: %v\n%s\n%s", cmd, err, said, journal)
	}
	return string(said)
}

// property is what systemd says of the unit.
func (b booted) property(name string) string {
	b.t.Helper()
	return strings.TrimSpace(b.run("systemctl", "show", "--value", "-p", name, "belfry-server"))
}

// serving waits until the server of the unit answers, and returns it.
func (b booted) serving(addr string) *server {
	b.t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if err := b.command("belfry-server", "health", "-data", "/var/lib/belfry").Run(); err == nil {
			break
		}
		if time.Now().After(end) {
			b.t.Fatalf("it does not answer:\n%s", b.run("journalctl", "--no-pager", "-u", "belfry-server"))
		}
	}
	if got := b.property("ActiveState"); got != "active" {
		b.t.Errorf("it answers, and the unit is %s", got)
	}
	return &server{t: b.t, addr: addr, key: strings.TrimSpace(b.read("var/lib/belfry/operator-token"))}
}

// Under systemd it starts when it is told to, serves, restarts with its data, is upgraded while it runs, stops and goes.
func TestUnit_UnderSystemd(t *testing.T) {
	b := bootedDebian(t)
	addr := freeAddress(t)
	b.put(olderPackage(t, "belfry-server_0.0.9_*.deb"), "older.deb")
	b.put(packageOf(t, "belfry-server_*.deb"), "newer.deb")
	b.run("dpkg", "-i", "/older.deb")
	if got := b.property("ActiveState"); got != "inactive" {
		t.Errorf("installed, and nobody has started it: the unit is %s", got)
	}
	b.write("etc/default/belfry-server", "BELFRY_ADDR="+addr+"\nBELFRY_NAME=Ward 7\n")
	b.run("systemctl", "enable", "--now", "belfry-server")
	s := b.serving(addr)
	s.person("ana").Notify("1", "general", "said under systemd")
	isHardened(t, b.run("systemd-analyze", "security", "--no-pager", "belfry-server"))
	if journal := b.run("journalctl", "--no-pager", "-u", "belfry-server"); strings.Contains(journal, s.key) || !strings.Contains(journal, "client http://"+addr) {
		t.Errorf("its journal has the operator's key, or no address:\n%s", journal)
	}

	for what, words := range map[string][]string{
		"a restart": {"systemctl", "restart", "belfry-server"}, "an upgrade": {"dpkg", "-i", "--force-confold", "/newer.deb"},
	} {
		before := b.property("MainPID")
		b.run(words...)
		if got := b.serving(addr).found("said under systemd"); len(got) != 1 || b.property("MainPID") == before {
			t.Errorf("after %s it has %q, and is process %s, before %s", what, got, b.property("MainPID"), before)
		}
	}
	b.run("systemctl", "stop", "belfry-server")
	if state, result := b.property("ActiveState"), b.property("Result"); state != "inactive" || result != "success" {
		t.Errorf("stopped, the unit is %s with %s", state, result)
	}
	b.run("systemctl", "start", "belfry-server")
	b.serving(addr)
	b.run("dpkg", "-r", "belfry-server")
	if got := b.command("systemctl", "is-active", "belfry-server"); got.Run() == nil {
		t.Error("removed, it still runs")
	}
	if _, err := os.Stat(filepath.Join(b.dir, "etc/systemd/system/multi-user.target.wants/belfry-server.service")); err == nil || !b.has("var/lib/belfry/log.db") {
		t.Error("removed, it would start with the computer, or has taken its data along")
	}
}
