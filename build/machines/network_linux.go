package machines

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// prefix begins the names of all network namespaces, which the number of the process that has made them follows.
const prefix = "belfry-"

// inside names the variable that tells the program that it runs in a network of its own.
const inside = "BELFRY_MACHINES_NETWORK"

// Apart reports whether the program runs in the network that Enter makes.
func Apart() bool { return os.Getenv(inside) != "" }

// Enter runs this very program again, with the same arguments, in a network of its own that has the bridges which join the
// machines, and returns its exit code. Its error says why that cannot be: the program then goes on with the loopback.
func Enter() (code int, err error) {
	removeOrphans()
	name := prefix + strconv.Itoa(os.Getpid())
	if err := ip("netns", "add", name); err != nil {
		return 0, err
	}
	defer func() { _ = ip("netns", "del", name) }()
	for _, command := range []string{
		"link set lo up",
		"link add machines type bridge", "link set machines up",
		"link add people type bridge", "addr add 10.78.0.254/24 dev people", "link set people up",
	} {
		if err := ip(append([]string{"-n", name}, strings.Fields(command)...)...); err != nil {
			return 0, err
		}
	}
	// What loss is made of.
	if err := command("ip", "netns", "exec", name, "iptables", "-L", "-n"); err != nil {
		return 0, err
	}
	args := append([]string{"netns", "exec", name, os.Args[0]}, os.Args[1:]...)
	cmd := exec.Command("ip", args...) //nolint:noctx // it ends by itself, or with this program
	cmd.Env = append(os.Environ(), inside+"="+name)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_ = cmd.Wait() // how it ended is its exit code
	return cmd.ProcessState.ExitCode(), nil
}

// removeOrphans removes the networks of programs that were killed.
func removeOrphans() {
	list, _ := filepath.Glob("/run/netns/" + prefix + "*") // a good pattern
	for _, file := range list {
		name := filepath.Base(file)
		pid, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "-")
		if n, err := strconv.Atoi(pid); err == nil && syscall.Kill(n, 0) != nil {
			_ = ip("netns", "del", name) // the next one may
		}
	}
}

func ip(args ...string) error { return command("ip", args...) }

func command(name string, args ...string) error {
	said, err := exec.Command(name, args...).CombinedOutput() //nolint:noctx // it ends by itself
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(said)))
	}
	return nil
}

// link is a machine's network: one card for the other machines, and one for people.
type link struct {
	namespace, port        string
	forMachines, forPeople string
}

func linkOf(number int) *link {
	return &link{
		namespace: fmt.Sprintf("%s-%d", os.Getenv(inside), number), port: strconv.Itoa(number),
		forMachines: fmt.Sprintf("10.77.0.%d", number+1), forPeople: fmt.Sprintf("10.78.0.%d", number+1),
	}
}

func (l *link) make() error {
	if err := ip("netns", "add", l.namespace); err != nil {
		return err
	}
	for _, words := range []string{
		"link add m" + l.port + " type veth peer name machines netns " + l.namespace,
		"link set m" + l.port + " master machines up",
		"link add p" + l.port + " type veth peer name people netns " + l.namespace,
		"link set p" + l.port + " master people up",
		"-n " + l.namespace + " link set lo up",
		"-n " + l.namespace + " addr add " + l.forMachines + "/24 dev machines",
		"-n " + l.namespace + " link set machines up",
		"-n " + l.namespace + " addr add " + l.forPeople + "/24 dev people",
		"-n " + l.namespace + " link set people up",
	} {
		if err := ip(strings.Fields(words)...); err != nil {
			return err
		}
	}
	return nil
}

// within is what a command begins with that runs in it.
func (l *link) within() []string { return []string{"ip", "netns", "exec", l.namespace} }

// remove removes it. The cards are removed first: with the network, they would go at some later time.
func (l *link) remove() error {
	return errors.Join(ip("link", "del", "m"+l.port), ip("link", "del", "p"+l.port), ip("netns", "del", l.namespace))
}

// Way is a direction between a machine and the others.
type Way string

// The ways: what comes to a machine, what goes from it, and both.
const (
	In   Way = "in"
	Out  Way = "out"
	Both Way = "both"
)

// Lose has a share of the packets between the machine and the others be lost, on one way or on both; 1 cuts it off. People
// still reach it. Heal ends it.
func (m *Machine) Lose(way Way, share float64) error {
	if m.link == nil {
		return fmt.Errorf("%s has no network of its own", m.Name)
	}
	for _, rule := range [][]string{{"INPUT", "-i"}, {"OUTPUT", "-o"}} {
		if way == In && rule[0] == "OUTPUT" || way == Out && rule[0] == "INPUT" {
			continue
		}
		words := append(m.link.within(), "iptables", "-A", rule[0], rule[1], "machines")
		if share < 1 {
			words = append(words, "-m", "statistic", "--mode", "random", "--probability", strconv.FormatFloat(share, 'f', 3, 64))
		}
		words = append(words, "-j", "DROP")
		if err := command(words[0], words[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// Heal ends what Lose has begun.
func (m *Machine) Heal() error {
	words := append(m.link.within(), "iptables", "-F")
	return command(words[0], words[1:]...)
}
