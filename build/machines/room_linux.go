package machines

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Plan is what a room is made of.
type Plan struct {
	// Bin is the program.
	Bin string
	// Dir is an existing folder for what the machines keep and say.
	Dir string
	// Machines is how many there are that people connect to. One alone is no cluster.
	Machines int
	// Witness adds one that only counts for the majority.
	Witness bool
	// Apart gives each a network of its own: the program must run in the one that Enter has made.
	Apart bool
	// Disks puts the folder of each on a disk of its own, which LosePower takes the power of.
	Disks bool
}

// Room is several machines as one room. Nothing runs before Start.
type Room struct {
	// Machines are those that people connect to; Witness may be nil.
	Machines []*Machine
	Witness  *Machine
	// Key is the operator's, at each of them.
	Key string

	secret  string       // the file with the secret that they have in common
	unshare func() error // ends what the mounts of disks need; nil: there are none
}

// New prepares a room.
func New(p Plan) (*Room, error) {
	r := &Room{Key: rand.Text(), secret: filepath.Join(p.Dir, "cluster-key")}
	if p.Disks {
		var err error
		if r.unshare, err = shareMounts(p.Dir); err != nil {
			return nil, err
		}
	}
	if err := r.fill(p); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// fill makes the machines.
func (r *Room) fill(p Plan) error {
	if p.Machines > 1 || p.Witness {
		if err := command(p.Bin, "cluster", "key", r.secret); err != nil {
			return err
		}
	}
	for i := range p.Machines {
		m, err := r.machine(p, i, string(rune('a'+i)))
		if m != nil {
			r.Machines = append(r.Machines, m)
		}
		if err != nil {
			return err
		}
	}
	if p.Witness {
		m, err := r.machine(p, p.Machines, "witness")
		if m != nil {
			m.witness = true
			r.Witness = m
		}
		if err != nil {
			return err
		}
	}
	if p.Apart {
		for _, m := range r.All() {
			if err := m.link.make(); err != nil {
				return err
			}
		}
	}
	return nil
}

// machine prepares the one with a number. With an error there may be one all the same, for Close.
func (r *Room) machine(p Plan, number int, name string) (m *Machine, err error) {
	m = &Machine{Name: name, Bin: p.Bin, Dir: filepath.Join(p.Dir, name), room: r, said: filepath.Join(p.Dir, name+".log")}
	if err := os.MkdirAll(m.Dir, 0o700); err != nil {
		return nil, err
	}
	if p.Disks {
		if m.disk, err = NewDisk(m.Dir, m.Dir+".disk"); err != nil {
			return m, err
		}
	}
	if p.Apart {
		m.link = linkOf(number)
		m.Host, m.inside = m.link.forPeople+":8000", m.link.forMachines+":6222"
		return m, nil
	}
	if m.Host, err = freePort(); err == nil {
		m.inside, err = freePort()
	}
	return m, err
}

func freePort() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// All are the machines, the witness last.
func (r *Room) All() []*Machine {
	if r.Witness == nil {
		return r.Machines
	}
	return append(r.Machines[:len(r.Machines):len(r.Machines)], r.Witness)
}

// Start starts all of them, and returns when people can connect to each.
func (r *Room) Start(patience time.Duration) error {
	for _, m := range r.All() {
		if err := m.Start(); err != nil {
			return err
		}
	}
	var errs []error
	for _, m := range r.All() {
		errs = append(errs, m.Await(patience))
	}
	return errors.Join(errs...)
}

// Close kills what still runs, and removes the networks and the disks.
func (r *Room) Close() error {
	var errs []error
	for _, m := range r.All() {
		m.Kill()
		if m.link != nil {
			errs = append(errs, m.link.remove())
		}
		if m.disk != nil {
			errs = append(errs, m.disk.Remove())
		}
	}
	if r.unshare != nil {
		errs = append(errs, r.unshare())
	}
	return errors.Join(errs...)
}

// arguments are the flags of one of the machines.
func (r *Room) arguments(m *Machine) []string {
	args := []string{"-headless", "-addr", m.Host, "-data", m.Dir, "-operator-token", r.Key, "-client-rate", "0", "-max-per-address", "0"}
	if len(r.All()) == 1 {
		return args
	}
	args = append(args, "-cluster-name", "room", "-cluster-node", m.Name, "-cluster-key", r.secret, "-cluster-listen", m.inside)
	for _, other := range r.All() {
		if other != m {
			args = append(args, "-cluster", other.inside)
		}
	}
	if m.witness {
		return append(args, "-cluster-witness")
	}
	return append(args, "-public-url", "http://"+m.Host)
}

// tail is the last lines of a file.
func tail(file string, lines int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	list := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return fmt.Sprintf("%s\n", strings.Join(list[max(0, len(list)-lines):], "\n"))
}
