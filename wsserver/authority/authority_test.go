package authority_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/authority"
)

var hosts = []string{"localhost", "127.0.0.1", "192.168.1.24", "fd12:8:1::24", "belfry.local", "desk.example"}

func open(t *testing.T, dir string) *authority.Authority {
	t.Helper()
	a, err := authority.Open(dir, hosts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func cover(t *testing.T, a *authority.Authority, hosts []string) (renewed bool) {
	t.Helper()
	renewed, err := a.Cover(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return renewed
}

func leaf(t *testing.T, a *authority.Authority) *x509.Certificate {
	t.Helper()
	c, err := a.Certificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return c.Leaf
}

// trusted verifies as somebody does who trusts the authority and nothing else.
func trusted(t *testing.T, a *authority.Authority, host string) error {
	t.Helper()
	root, err := x509.ParseCertificate(a.Root())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	_, err = leaf(t, a).Verify(x509.VerifyOptions{Roots: pool, DNSName: host})
	return err
}

func TestAuthority_IsTrustedForAllOfItsHosts(t *testing.T) {
	a := open(t, "")
	cover(t, a, hosts)
	for _, h := range hosts {
		if err := trusted(t, a, h); err != nil {
			t.Errorf("%s: %v", h, err)
		}
	}
	if err := trusted(t, a, "192.168.1.25"); err == nil {
		t.Error("trusted for a neighbour's address")
	}
}

func TestAuthority_SpeaksForNothingOnTheInternet(t *testing.T) {
	a := open(t, "")
	cover(t, a, append(slices.Clone(hosts), "example.com", "93.184.216.34", "2001:db8::1", "not a name"))
	if got := a.Covered(); len(got) != len(hosts) {
		t.Errorf("covers %q", got)
	}
	root, err := x509.ParseCertificate(a.Root())
	if err != nil {
		t.Fatal(err)
	}
	if !root.PermittedDNSDomainsCritical || slices.Contains(root.PermittedDNSDomains, "com") || len(root.PermittedIPRanges) == 0 {
		t.Errorf("the constraints are %v and %v, critical %v", root.PermittedDNSDomains, root.PermittedIPRanges, root.PermittedDNSDomainsCritical)
	}
	if !slices.Equal(root.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}) {
		t.Errorf("it may be used for %v", root.ExtKeyUsage)
	}
}

// A machine may be called as a domain of the internet is.
func TestAuthority_SpeaksForNoNameWithoutADot(t *testing.T) {
	names := []string{"church", "studio", "tv", "dev", "com", "local", "Church", "church.", "lan", "home", "internal"}
	a, err := authority.Open("", append(names, "church.lan", "tv.example.org", "STUDIO.home.arpa."))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"local", "localhost", "church.lan", "tv.example.org", "studio.home.arpa"}
	if got := a.SpeaksFor(); !slices.Equal(got, want) {
		t.Errorf("it may speak for %q, want %q", got, want)
	}
	cover(t, a, append(names, "grace.church", "a.tv", "church.local", "church.lan", "sub.tv.example.org"))
	if got := a.Covered(); !slices.Equal(got, []string{"church.lan", "church.local", "local", "sub.tv.example.org"}) {
		t.Errorf("it covers %q", got)
	}
}

// An authority of an older version stays, since devices trust it, but certifies no name without a dot any more.
func TestAuthority_OfAnOlderVersionCertifiesNoNameWithoutADot(t *testing.T) {
	dir := t.TempDir()
	rootKey, leafKey := newKey(t), newKey(t)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(9, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, PermittedDNSDomainsCritical: true, PermittedDNSDomains: []string{"local", "localhost", "church"},
	}
	old := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), DNSNames: []string{"church", "belfry.local"},
	}
	write(t, filepath.Join(dir, "authority.pem"), root, root, rootKey, rootKey)
	write(t, filepath.Join(dir, "certificate.pem"), old, root, leafKey, rootKey)
	a := open(t, dir)
	if !slices.Contains(a.SpeaksFor(), "church") {
		t.Fatalf("another authority: %q", a.SpeaksFor())
	}
	if !cover(t, a, []string{"church", "grace.church", "belfry.local"}) {
		t.Error("the old certificate stays")
	}
	if got := a.Covered(); !slices.Equal(got, []string{"belfry.local", "grace.church"}) {
		t.Errorf("it covers %q", got)
	}
	if cover(t, a, []string{"church", "grace.church", "belfry.local"}) {
		t.Error("renewed again")
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func write(t *testing.T, path string, c, parent *x509.Certificate, key, by *ecdsa.PrivateKey) {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAuthority_StaysTheSameAcrossStarts(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	cover(t, a, hosts)
	b := open(t, dir)
	if string(a.Root()) != string(b.Root()) {
		t.Error("another authority")
	}
	if cover(t, b, hosts) || string(leaf(t, a).Raw) != string(leaf(t, b).Raw) {
		t.Error("another certificate, although nothing changed")
	}
	for _, name := range []string{"authority.pem", "certificate.pem"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestAuthority_RenewsAsAddressesChange(t *testing.T) {
	a := open(t, "")
	cover(t, a, hosts)
	if cover(t, a, hosts[:3]) {
		t.Error("renewed because an address went away")
	}
	if !cover(t, a, append(slices.Clone(hosts), "10.0.0.7")) {
		t.Error("not renewed for another address")
	}
	if err := trusted(t, a, "10.0.0.7"); err != nil {
		t.Error(err)
	}
}

func TestAuthority_RenewsBeforeTheEnd(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		a := open(t, dir)
		cover(t, a, hosts)
		first := leaf(t, a)
		if age := first.NotAfter.Sub(first.NotBefore); age > 397*24*time.Hour {
			t.Errorf("holds for %v", age)
		}
		time.Sleep(364 * 24 * time.Hour)
		if cover(t, a, hosts) {
			t.Error("renewed with a month to go")
		}
		time.Sleep(2 * 24 * time.Hour)
		if !cover(t, a, hosts) {
			t.Error("not renewed with less than a month to go")
		}
		if err := trusted(t, a, "192.168.1.24"); err != nil {
			t.Error(err)
		}
		time.Sleep(3650 * 24 * time.Hour)
		if again := open(t, dir); string(again.Root()) == string(a.Root()) {
			t.Error("an authority that has ended is used on")
		}
	})
}

func TestAuthority_SaysThatItsFileIsDamaged(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "authority.pem"), []byte("nothing of use"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := authority.Open(dir, hosts); err == nil {
		t.Error("a damaged file was replaced: everybody would have to trust another authority")
	}
}

func TestAuthority_MakesAnotherCertificateForAnotherAuthority(t *testing.T) {
	dir := t.TempDir()
	cover(t, open(t, dir), hosts)
	if err := os.Remove(filepath.Join(dir, "authority.pem")); err != nil {
		t.Fatal(err)
	}
	a := open(t, dir)
	if !cover(t, a, hosts) {
		t.Error("the old authority's certificate is used on")
	}
	if err := trusted(t, a, "127.0.0.1"); err != nil {
		t.Error(err)
	}
}

// A certificate is renewed while handshakes ask for it.
func TestAuthority_IsSafeForConcurrentUse(t *testing.T) {
	a := open(t, "")
	cover(t, a, hosts)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			if _, err := a.Cover(append(slices.Clone(hosts), "10.0.0."+string(rune('1'+i)))); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := a.Certificate(nil); err != nil || len(a.Covered()) == 0 {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
