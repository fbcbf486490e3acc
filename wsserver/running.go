package wsserver

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/internal/folder"
	"belfry/wsserver/wire"
)

// runningName is the file in which a running server says where it listens, for programs of its own account.
const runningName = "running.json"

// Local is how a program on the server's own machine reaches it.
type Local struct {
	// Address is a loopback address with its port.
	Address string `json:"address"`
	TLS     bool   `json:"tls"`
	// KeyGiven: a flag gives the operator's key, which is in no file then.
	KeyGiven bool `json:"key_given"`
	// Key is the operator's, from its own file.
	Key string `json:"-"`
}

// writeRunning writes the file of a server that listens; it is removed when r is closed.
func writeRunning(c Config, r *run) error {
	at, err := netip.ParseAddrPort(r.listener.Addr().String())
	if err != nil {
		return nil // a listener of tests
	}
	local := Local{TLS: c.TLSCert != "", KeyGiven: c.Token != ""}
	switch ip := at.Addr().Unmap(); {
	case ip.IsLoopback():
		local.Address = netip.AddrPortFrom(ip, at.Port()).String()
	case ip.IsUnspecified():
		local.Address = net.JoinHostPort("127.0.0.1", strconv.Itoa(int(at.Port())))
	}
	b, err := json.Marshal(local)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(filepath.Join(c.Dir, runningName), b); err != nil {
		return err
	}
	r.onClose(func() error { return removeRunning(c.Dir) })
	return nil
}

// removeRunning removes what an earlier server wrote, which may have ended without doing so itself.
func removeRunning(dir string) error {
	if err := os.Remove(filepath.Join(dir, runningName)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// IsRunning reports whether a server runs on a data folder. Errors are *wire.Problem.
func IsRunning(dir string) (bool, error) {
	runs, err := isLocked(dir)
	if err != nil {
		return false, folder.Problem(dir, err)
	}
	return runs, nil
}

// FindLocal finds the server that runs on a data folder, and the folder's key. The key is for that server alone: whether it
// runs is known by the lock of the folder, and another program that listens at its old port is never taken for it. Errors are
// *wire.Problem.
func FindLocal(dir string) (Local, error) {
	var local Local
	runs, err := isLocked(dir)
	if err != nil {
		return local, folder.Problem(dir, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, runningName))
	switch {
	case !runs || errors.Is(err, fs.ErrNotExist):
		return local, &wire.Problem{Message: "No Belfry is running with the folder " + dir + ".", Hint: "Start Belfry, or give the address of another one with -server and a token in BELFRY_TOKEN."}
	case err != nil:
		return local, folder.Problem(dir, err)
	case json.Unmarshal(b, &local) != nil || local.Address == "":
		return local, &wire.Problem{Message: "The Belfry with the folder " + dir + " does not listen on this computer's own address.", Hint: "Give its address with -server and a token in BELFRY_TOKEN."}
	}
	if b, err = os.ReadFile(filepath.Join(dir, "operator-token")); err != nil || local.KeyGiven {
		return local, &wire.Problem{Message: "The key of this Belfry is not in its folder: it was given with -operator-token.", Hint: "Make a token with belfry token add, and give it in BELFRY_TOKEN."}
	}
	local.Key = strings.TrimSpace(string(b))
	return local, nil
}

// isLocked reports whether a server has locked a folder.
func isLocked(dir string) (bool, error) {
	lock := locksOf(dir)[0]
	if _, err := os.Stat(lock.Path()); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	free, err := lock.TryRLock()
	if err != nil {
		return false, err
	}
	if free {
		return false, lock.Close()
	}
	return true, nil
}
