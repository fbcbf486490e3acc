// Package authority is a certificate authority of one machine's own, and the certificates that it makes for the server
// there. Whoever trusts it trusts that server on this network, and nothing on the internet: the authority is
// constrained to private addresses, to names that end in .local, and to the names that the machine had when it was made.
package authority

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/internal/atomicfile"
)

const (
	// rootAge is how long the authority holds: nobody should have to trust it twice.
	rootAge = 10 * 365 * 24 * time.Hour
	// leafAge is a little less than browsers accept (398 days), and renewBefore when a certificate is made anew.
	leafAge     = 396 * 24 * time.Hour
	renewBefore = 30 * 24 * time.Hour
	// early is how much before now certificates begin: the clocks of phones are not all right.
	early = 24 * time.Hour

	rootFile = "authority.pem"
	leafFile = "certificate.pem"
)

// pair is a certificate and its key.
type pair struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Authority makes certificates. It is safe for concurrent use.
type Authority struct {
	dir  string // "": nothing is kept
	root pair

	mu   sync.Mutex
	leaf *tls.Certificate // its Leaf is set; nil before the first Cover
}

// Open reads the authority kept in dir, or makes one and keeps it there, its key readable by its owner alone. A new one
// may speak for hosts, beside private addresses and names under .local. With dir "" it lives as long as the program.
func Open(dir string, hosts []string) (*Authority, error) {
	a := &Authority{dir: dir}
	if dir != "" {
		root, err := read(filepath.Join(dir, rootFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the authority's own file: %w", err)
		}
		a.root = root
	}
	// One that has not long to live could not vouch for a whole certificate.
	if a.root.cert == nil || time.Until(a.root.cert.NotAfter) < renewBefore {
		root, err := newRoot(hosts, time.Now())
		if err != nil {
			return nil, err
		}
		a.root = root
		if err := a.keep(rootFile, a.root); err != nil {
			return nil, err
		}
	}
	if leaf, err := a.readLeaf(); err == nil {
		a.leaf = leaf
	}
	return a, nil
}

// readLeaf reads the certificate that was made last, if this authority made it. Without one another is made.
func (a *Authority) readLeaf() (*tls.Certificate, error) {
	if a.dir == "" {
		return nil, fs.ErrNotExist
	}
	leaf, err := read(filepath.Join(a.dir, leafFile))
	if err != nil {
		return nil, err
	}
	if err := leaf.cert.CheckSignatureFrom(a.root.cert); err != nil {
		return nil, err
	}
	return a.bundle(leaf), nil
}

// bundle is what a TLS server sends: the certificate alone, since whoever trusts the authority has it.
func (a *Authority) bundle(p pair) *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

// Cover makes sure that the certificate names hosts, which are names and IP addresses, and does not end soon. What the
// authority may not speak for is left out. It reports whether a new certificate was made.
func (a *Authority) Cover(hosts []string) (renewed bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	hosts = a.permitted(hosts)
	now := time.Now()
	if a.leaf != nil && (a.leaf.Leaf.NotAfter.Sub(now) > renewBefore || a.leaf.Leaf.NotAfter.Equal(a.root.cert.NotAfter)) {
		covered := hostsOf(a.leaf.Leaf)
		if !slices.ContainsFunc(hosts, func(h string) bool { return !slices.Contains(covered, h) }) {
			return false, nil
		}
	}
	leaf, err := a.newLeaf(hosts, now)
	if err != nil {
		return false, err
	}
	a.leaf = a.bundle(leaf)
	// One that cannot be kept does its work all the same, until the next start makes another.
	return true, a.keep(leafFile, leaf)
}

// Certificate is for tls.Config.GetCertificate: the newest one.
func (a *Authority) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leaf == nil {
		return nil, errors.New("no certificate has been made yet")
	}
	return a.leaf, nil
}

// Covered are the names and addresses that the certificate is for.
func (a *Authority) Covered() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leaf == nil {
		return nil
	}
	return hostsOf(a.leaf.Leaf)
}

// Root is the authority's own certificate, as DER.
func (a *Authority) Root() []byte { return a.root.cert.Raw }

// Name is what systems list the authority under, and Until when it ends.
func (a *Authority) Name() string { return a.root.cert.Subject.CommonName }

// Until is when the authority ends.
func (a *Authority) Until() time.Time { return a.root.cert.NotAfter }

// SpeaksFor lists the names that it may speak for, with all that end in them, beside private addresses.
func (a *Authority) SpeaksFor() []string { return slices.Clone(a.root.cert.PermittedDNSDomains) }

func (a *Authority) keep(name string, p pair) error {
	if a.dir == "" {
		return nil
	}
	b, err := encode(p)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(a.dir, name), b)
}
