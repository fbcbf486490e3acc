// Package authority is a certificate authority of one machine's own, and the certificates that it makes for the server
// there. Trusting it means trusting that server on this network, and nothing on the internet: the authority is
// constrained to private addresses, to names that end in .local, and to the names with a dot that the machine had when it
// was made.
//
// Every method may be called from any goroutine. Open and Cover make keys and write files, so they block for moments; all
// others return at once. Authority.mu is taken under no other lock, and nothing outside is called under it.
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
	// rootAge is how long the authority is valid: nobody should have to trust a second one.
	rootAge = 10 * 365 * 24 * time.Hour
	// leafAge is a little less than browsers accept (398 days), and renewBefore how long before its end a certificate is
	// replaced.
	leafAge     = 396 * 24 * time.Hour
	renewBefore = 30 * 24 * time.Hour
	// early is how long before now certificates begin to be valid: the clocks of some phones are slow.
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

// Open reads the authority kept in dir, or makes one and keeps it there, its key readable by its owner alone. A new one may
// certify hosts, beside private addresses and names under .local. With dir "" it lasts as long as the program.
func Open(dir string, hosts []string) (*Authority, error) {
	a := &Authority{dir: dir}
	if dir != "" {
		root, err := read(filepath.Join(dir, rootFile))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the authority's own file: %w", err)
		}
		a.root = root
	}
	// An authority that ends soon could not sign a certificate of full length.
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

// readLeaf reads the certificate that was made last, if this authority made it. Without one, the next Cover makes another.
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

// bundle is the chain that a TLS server sends: the certificate alone, since a system that trusts the authority has the
// authority's.
func (a *Authority) bundle(p pair) *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{p.cert.Raw}, PrivateKey: p.key, Leaf: p.cert}
}

// Cover makes sure that the certificate names hosts, which are names and IP addresses, and does not end soon. What the
// authority may not certify is left out. It reports whether a new certificate was made.
func (a *Authority) Cover(hosts []string) (renewed bool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	hosts = a.permitted(hosts)
	now := time.Now()
	if a.leaf != nil && (a.leaf.Leaf.NotAfter.Sub(now) > renewBefore || a.leaf.Leaf.NotAfter.Equal(a.root.cert.NotAfter)) {
		covered := hostsOf(a.leaf.Leaf)
		lacking := slices.ContainsFunc(hosts, func(h string) bool { return !slices.Contains(covered, h) })
		foreign := len(a.permitted(covered)) < len(covered) // as older versions made them
		if !lacking && !foreign {
			return false, nil
		}
	}
	leaf, err := a.newLeaf(hosts, now)
	if err != nil {
		return false, err
	}
	a.leaf = a.bundle(leaf)
	// A certificate that cannot be written to the folder works all the same; the next start makes another.
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

// Covered returns the names and addresses that the certificate is for.
func (a *Authority) Covered() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.leaf == nil {
		return nil
	}
	return hostsOf(a.leaf.Leaf)
}

// Root returns the authority's own certificate, as DER.
func (a *Authority) Root() []byte { return a.root.cert.Raw }

// Name returns the name under which systems list the authority.
func (a *Authority) Name() string { return a.root.cert.Subject.CommonName }

// Until returns when the authority ends.
func (a *Authority) Until() time.Time { return a.root.cert.NotAfter }

// SpeaksFor lists the names that the authority may certify, with all names below them, beside private addresses.
func (a *Authority) SpeaksFor() []string { return slices.Clone(a.root.cert.PermittedDNSDomains) }

// keep writes a certificate and its key to the folder, where there is one.
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
