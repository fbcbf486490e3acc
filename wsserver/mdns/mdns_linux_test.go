package mdns_test

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"belfry/wsserver/mdns"
)

// inside is set in the process that has a network of its own: nothing here may reach the machine's real one.
const inside = "BELFRY_MDNS_INSIDE"

// isolated runs the test again in a network namespace that ends with it, and reports whether this is that run.
func isolated(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	//nolint:gosec // the test's own binary
	c := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), inside+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := c.CombinedOutput()
	if c.ProcessState == nil {
		t.Skipf("no network of its own may be made here: %v", err)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Log(string(out))
	return false
}

// network makes an interface that leads to a wall.
func network(t *testing.T) {
	t.Helper()
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", "room0", "type", "veth", "peer", "name", "wall0"},
		{"address", "add", "10.77.0.1/24", "dev", "room0"},
		{"link", "set", "wall0", "up"},
		{"link", "set", "room0", "multicast", "on", "up"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Skipf("ip %v: %v: %s", args, err, out)
		}
	}
}

func TestNetwork_FindsANameOnlyWhileItIsAnswered(t *testing.T) {
	if !isolated(t) {
		return
	}
	network(t)
	on := []string{"room0"}
	ask := func(patience time.Duration) (netip.Addr, bool) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		answer, found, err := mdns.Network{}.Ask(ctx, "belfry.local", on)
		if err != nil {
			t.Fatal(err)
		}
		return answer, found
	}
	if answer, found := ask(300 * time.Millisecond); found {
		t.Fatalf("%v answers, and nobody is there", answer)
	}
	stop, err := mdns.Network{}.Answer("belfry.local", on, netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	if answer, found := ask(5 * time.Second); !found || answer != netip.MustParseAddr("10.77.0.1") {
		t.Errorf("answered by %v, %v", answer, found)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, found := ask(300 * time.Millisecond); found {
		t.Error("answered after the end")
	}
	if _, _, err := (mdns.Network{}).Ask(t.Context(), "belfry.local", []string{"lo"}); err == nil {
		t.Error("asked where there are no multicasts")
	}
}
