package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// privateRanges are the addresses that an authority may certify: those that exist on the local network only.
var privateRanges = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
	"fc00::/7", "fe80::/10", "::1/128",
}

// aName is a host name as certificates can hold it.
var aName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// localDomains are the names without a dot that an authority may certify, with all names below them.
var localDomains = []string{"local", "localhost"}

// isOwn reports whether a name can be one machine's own. A name without a dot may be a domain of the internet with all that
// is below it, as "church", "studio" and "dev" are: only a whole name stands for itself.
func isOwn(name string) bool {
	return aName.MatchString(name) && (strings.Contains(name, ".") || slices.Contains(localDomains, name))
}

// newRoot makes an authority that may certify hosts, beside private addresses and .local.
func newRoot(hosts []string, now time.Time) (pair, error) {
	key, serial, err := fresh()
	if err != nil {
		return pair{}, err
	}
	domains := slices.Clone(localDomains)
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSuffix(h, "."))
		if _, err := netip.ParseAddr(h); err != nil && isOwn(h) && !under(h, domains) {
			domains = append(domains, h)
		}
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"Belfry"}, CommonName: rootName(now)},
		NotBefore: now.Add(-early), NotAfter: now.Add(rootAge),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: domains, PermittedIPRanges: ranges(),
	}
	return sign(template, key, pair{template, key})
}

// rootName names the machine and the year, so that several authorities differ in a system's list.
func rootName(now time.Time) string {
	host, err := os.Hostname()
	if short, _, _ := strings.Cut(host, "."); err == nil && short != "" {
		return fmt.Sprintf("Belfry on %.40s, %s", short, now.Format("2006-01-02"))
	}
	return "Belfry, " + now.Format("2006-01-02")
}

// newLeaf makes a certificate for hosts.
func (a *Authority) newLeaf(hosts []string, now time.Time) (pair, error) {
	key, serial, err := fresh()
	if err != nil {
		return pair{}, err
	}
	begin := now.Add(-early)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"Belfry"}},
		NotBefore: begin, NotAfter: begin.Add(leafAge), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if template.NotAfter.After(a.root.cert.NotAfter) {
		template.NotAfter = a.root.cert.NotAfter
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	return sign(template, key, a.root)
}

// fresh returns a new key on P-256 and a random serial number.
func fresh() (*ecdsa.PrivateKey, *big.Int, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	return key, serial, err
}

func sign(template *x509.Certificate, key *ecdsa.PrivateKey, by pair) (pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, &key.PublicKey, by.key)
	if err != nil {
		return pair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return pair{cert, key}, err
}

func ranges() (list []*net.IPNet) {
	for _, r := range privateRanges {
		if _, n, err := net.ParseCIDR(r); err == nil { // constants: they all parse
			list = append(list, n)
		}
	}
	return list
}

// permitted returns those of hosts that the authority may certify, sorted and each once.
func (a *Authority) permitted(hosts []string) []string {
	list := []string{}
	for _, h := range hosts {
		h = strings.ToLower(strings.TrimSuffix(h, "."))
		ip := net.ParseIP(h)
		switch {
		case ip != nil && slices.ContainsFunc(a.root.cert.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) }):
			list = append(list, ip.String())
		case ip == nil && isOwn(h) && under(h, a.root.cert.PermittedDNSDomains):
			list = append(list, h)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// under reports whether a name is one of domains, or ends in one.
func under(name string, domains []string) bool {
	return slices.ContainsFunc(domains, func(d string) bool { return name == d || strings.HasSuffix(name, "."+d) })
}

func hostsOf(cert *x509.Certificate) []string {
	list := slices.Clone(cert.DNSNames)
	for _, ip := range cert.IPAddresses {
		list = append(list, ip.String())
	}
	return list
}

// encode returns a certificate and its key as PEM; decode reads them.
func encode(p pair) ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		return nil, err
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw})
	return append(b, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...), nil
}

func read(name string) (pair, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return pair{}, err
	}
	return decode(b)
}

func decode(b []byte) (p pair, err error) {
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			if p.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
				return pair{}, err
			}
		case "PRIVATE KEY":
			key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			if err != nil {
				return pair{}, err
			}
			p.key, _ = key.(*ecdsa.PrivateKey)
		}
	}
	if p.cert == nil || p.key == nil || !p.key.PublicKey.Equal(p.cert.PublicKey) {
		return pair{}, errors.New("it does not hold a certificate and the key that belongs to it")
	}
	return p, nil
}
