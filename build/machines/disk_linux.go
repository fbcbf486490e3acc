package machines

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// Disk is a file system of its own below a folder, in a file, which can lose its power. The rules are: what was told to be on
// the disk (fsync) is there when the power is back; whatever else was written may be gone; a power cut takes all of that at one
// moment. A disk that loses what it has itself confirmed is not played.
type Disk struct {
	dir    string
	device string
	// open keeps the device until Remove, or the end of the program. It is gone with the last that has it open.
	open *os.File
	cut  bool
}

// diskSize is how large a disk is: what the longest test writes, and some. Its file has only what was written.
const diskSize = 600 << 20

// diskOptions make loss likely: what nobody has asked to be on the disk is written there after ten minutes, not after five
// seconds, also a file that takes the place of another one.
const diskOptions = "commit=600,noauto_da_alloc"

// own names the variable that tells the program that what it mounts is gone with it.
const own = "BELFRY_MACHINES_MOUNTS"

// CanMount reports whether what the program mounts is seen by it alone, and gone with it, as in what EnterMounts and Enter run.
func CanMount() bool { return os.Getenv(own) != "" || Apart() }

// EnterMounts runs this very program again, with the same arguments, where what it mounts is its own, and returns its exit
// code. Its error says why that cannot be: the program then has no disks.
func EnterMounts() (code int, err error) {
	cmd := exec.Command(os.Args[0], os.Args[1:]...) //nolint:noctx // it ends by itself, or with this program
	cmd.Env = append(os.Environ(), own+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	_ = cmd.Wait() // how it ended is its exit code
	return cmd.ProcessState.ExitCode(), nil
}

// TryDisk says why there can be no disks that lose their power; nil: there can. dir is an empty folder.
func TryDisk(dir string) error {
	if !CanMount() {
		return errors.New("only root can mount them")
	}
	d, err := NewDisk(dir, dir+".disk")
	if err == nil {
		err = errors.Join(d.Cut(), d.Restore(), d.Remove())
	}
	return err
}

// NewDisk makes a disk in a file, and mounts it at an empty folder.
func NewDisk(dir, file string) (d *Disk, err error) {
	f, err := os.Create(file)
	if err == nil {
		err = errors.Join(f.Truncate(diskSize), f.Close())
	}
	if err == nil {
		err = command("mkfs.ext4", "-F", "-q", "-m", "0", "-E", "lazy_itable_init=1", file)
	}
	if err != nil {
		return nil, err
	}
	said, err := exec.Command("losetup", "--find", "--show", file).Output() //nolint:noctx // it ends by itself
	if err != nil {
		return nil, fmt.Errorf("losetup: %w", err)
	}
	d = &Disk{dir: dir, device: strings.TrimSpace(string(said))}
	d.open, err = os.Open(d.device)
	// While somebody has it open, it is detached when they have closed it.
	err = errors.Join(err, command("losetup", "--detach", d.device))
	if err == nil {
		err = d.mount()
	}
	if err != nil {
		return nil, errors.Join(err, d.open.Close())
	}
	return d, nil
}

func (d *Disk) mount() error {
	if err := syscall.Mount(d.device, d.dir, "ext4", 0, diskOptions); err != nil {
		return fmt.Errorf("mount %s: %w", d.device, err)
	}
	return nil
}

// goDown is the ioctl that takes a file system's power: from that moment on nothing of it is written or can be read. noFlush
// has its journal stay as it is.
const (
	goDown  = 0x8004587d // EXT4_IOC_SHUTDOWN
	noFlush = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
)

// Cut takes the power. What uses the disk is told of errors: it is to be frozen before, and killed then.
func (d *Disk) Cut() error {
	root, err := os.Open(d.dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // only read from
	how := uint32(noFlush)
	if _, _, no := syscall.Syscall(syscall.SYS_IOCTL, root.Fd(), goDown, uintptr(unsafe.Pointer(&how))); no != 0 {
		return fmt.Errorf("cut %s: %w", d.device, no)
	}
	d.cut = true
	return nil
}

// Restore gives the power back, once nothing uses the disk any more. It does nothing where there is power.
func (d *Disk) Restore() error {
	if !d.cut {
		return nil
	}
	for late := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Unmount(d.dir, 0)
		if err == nil {
			err = d.mount()
		}
		// Until the last who had it mounted has gone, it is the file system without power that is mounted again.
		if err == nil {
			err = tryToWrite(d.dir)
		}
		if err == nil {
			d.cut = false
			return nil
		}
		if time.Now().After(late) {
			return fmt.Errorf("give %s its power back: %w", d.device, err)
		}
	}
}

func tryToWrite(dir string) error {
	name := filepath.Join(dir, "power")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(name))
}

// Remove unmounts it. Its file is of no more use.
func (d *Disk) Remove() error {
	var err error
	for late := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if err = syscall.Unmount(d.dir, 0); err == nil || time.Now().After(late) {
			break
		}
	}
	return errors.Join(err, d.open.Close())
}

// shareMounts has what is mounted below a folder be mounted and unmounted also in the networks of machines, each of which sees
// a copy of what is mounted here. unshare ends it.
func shareMounts(dir string) (unshare func() error, err error) {
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		return nil, err
	}
	unshare = func() error { return syscall.Unmount(dir, 0) }
	if err := syscall.Mount("", dir, "", syscall.MS_SHARED, ""); err != nil {
		return nil, errors.Join(err, unshare())
	}
	return unshare, nil
}

// LosePower takes the power of machines and of their disks in one moment. Start gives it back.
func LosePower(list ...*Machine) error {
	var errs []error
	for _, m := range list {
		if m.Running() {
			_ = m.Freeze() // it may have ended just now
		}
	}
	for _, m := range list {
		if m.disk != nil {
			errs = append(errs, m.disk.Cut())
		}
	}
	for _, m := range list {
		m.Kill()
	}
	return errors.Join(errs...)
}
