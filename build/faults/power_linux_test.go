package faults

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"belfry/build/machines"
)

// This file is machines that lose their power: whatever they have not made sure to be on the disk is gone.

var powerFaults = []fault{
	{"power lost: one", 0, 4 * seconds, false, aDisk, false, func(_ *room, m *machines.Machine) (func() error, error) {
		return m.Start, machines.LosePower(m)
	}},
	{"power lost: two", 0, 4 * seconds, false, aDisk, true, func(r *room, m *machines.Machine) (func() error, error) {
		list := []*machines.Machine{m, r.otherThan(m)}
		return startAll(list), machines.LosePower(list...)
	}},
	{"power lost: all at once", 0, 3 * seconds, true, aDisk, true, func(r *room, _ *machines.Machine) (func() error, error) {
		return startAll(r.all.All()), machines.LosePower(r.all.All()...)
	}},
}

var leaderPowerFaults = []fault{func() fault {
	f := powerFaults[0]
	f.name = "power lost: the leader"
	return f
}()}

// disks says in the log why there are none that lose their power.
func disks(t *testing.T) bool {
	t.Helper()
	if err := machines.TryDisk(t.TempDir()); err != nil {
		t.Logf("no machine loses its power: %v", err)
		return false
	}
	return true
}

// The disks of this test lose what was not made sure to be on them, and nothing else.
func TestPower_TakesWhatIsNotOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	if err := machines.TryDisk(dir); err != nil {
		t.Skip(err)
	}
	d, err := machines.NewDisk(dir, dir+".disk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Remove(); err != nil {
			t.Error(err)
		}
	})
	for name, sync := range map[string]bool{"kept": true, "replaced": true} {
		put(t, filepath.Join(dir, name), "first", sync)
	}
	folder, err := os.Open(dir)
	if err == nil {
		err = errors.Join(folder.Sync(), folder.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "lost"), "text", false)
	put(t, filepath.Join(dir, "new"), "second", true)
	if err := os.Rename(filepath.Join(dir, "new"), filepath.Join(dir, "replaced")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Cut(), d.Restore()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"kept": "first", "replaced": "first", "new": "second", "lost": ""} {
		if b, _ := os.ReadFile(filepath.Join(dir, name)); string(b) != want {
			t.Errorf("%s has %q, want %q", name, b, want)
		}
	}
}

func put(t *testing.T, file, text string, sync bool) {
	t.Helper()
	f, err := os.Create(file)
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil && sync {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
