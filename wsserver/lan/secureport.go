package lan

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"belfry/wsserver/wire"
)

// This file is the way in over TLS, under certificates that this server makes itself: a second port with the same
// answers as the first. Nothing is ever redirected there: who has not come to trust the authority would see a warning.

// secureOffset is how far above the port of plain http the secure one is: 8443 beside 8000.
const secureOffset = 443

// Authority makes the certificates; package authority has it. It is safe for concurrent use.
type Authority interface {
	// Cover makes sure that the certificate is for hosts, as far as the authority may speak for them, and does not
	// end soon.
	Cover(hosts []string) (renewed bool, err error)
	// Certificate is the newest one.
	Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Covered are the names and addresses that it is for.
	Covered() []string
	// Root is the authority's own certificate as DER, Name what systems list it under, Until when it ends.
	Root() []byte
	Name() string
	Until() time.Time
	// SpeaksFor are the names that it may speak for, beside private addresses.
	SpeaksFor() []string
}

// Secure is the way in over TLS as the operator is told of it.
type Secure struct {
	// URL of the address shown, "" where it does not work, and Port.
	URL  string `json:"url"`
	Port int    `json:"port"`
	// Trust is the page that explains how to trust the authority.
	Trust string `json:"trust"`
	// Fingerprint is SHA-256 of the authority's certificate: "AB:CD:…".
	Fingerprint string `json:"fingerprint"`
	// Names and addresses that the certificate is for.
	Names []string `json:"names"`
	// Until is when the authority ends.
	Until string `json:"until"`
	// Problem is why it does not work and Hint what to do; both "" where it does.
	Problem string `json:"problem"`
	Hint    string `json:"hint"`
}

// securePort is the second port.
type securePort struct {
	mu        sync.Mutex // guards all of it, while files are written and ports opened
	authority Authority  // nil until it was first needed
	listener  net.Listener
	http      *http.Server
	asked     string // the address that was asked for
	port      int    // the one that it listens on, or would
	problem   *wire.Problem
	closed    bool // for good
}

// adjustDoor opens, closes or moves the second port as the settings say, and renews the certificate where it must be.
func (s *LAN) UpdateSecurePort(ctx context.Context) {
	if s.Addr() == nil {
		return // it has not started
	}
	d := &s.securePort
	d.mu.Lock()
	before := d.fingerprintOfState()
	if want := s.Limits().OwnAuthority && s.Config.TLSCert == ""; !want || d.closed {
		d.problem = nil
		s.closeListener(ctx)
	} else if err := s.openSecurePort(ctx); err != nil {
		s.closeListener(ctx)
		if !errors.As(err, &d.problem) {
			d.problem = d.problemOf(err)
		}
		s.Logger.Warn("open the secure port", "error", err)
	} else {
		d.problem = nil
	}
	changed := before != d.fingerprintOfState()
	d.mu.Unlock()
	if changed {
		s.Changed()
	}
}

// fingerprintOfState is what the operator sees of a door, to be compared. mu is held.
func (d *securePort) fingerprintOfState() string {
	if d.authority == nil {
		return ""
	}
	return fmt.Sprint(d.listener != nil, d.port, d.problem, d.authority.Covered())
}

// openSecurePort makes sure that the second port is open where it should be. d.mu is held.
func (s *LAN) openSecurePort(ctx context.Context) error {
	d := &s.securePort
	addr := s.securePortAddr()
	if d.listener != nil && d.asked != addr {
		s.closeListener(ctx)
	}
	err := s.certify()
	if d.listener != nil || err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(addr)
	d.port, _ = strconv.Atoi(port)
	if port == s.port() {
		return &wire.Problem{
			Code: "port_taken", Message: fmt.Sprintf("Port %s is the one of the page over plain http.", port),
			Hint: "Choose another port for the encrypted address.",
		}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	d.asked, d.port = addr, listener.Addr().(*net.TCPAddr).Port
	d.listener = tls.NewListener(listener, &tls.Config{
		GetCertificate: d.authority.Certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	d.http = s.NewHTTP()
	s.ServeOn(d.http, d.listener)
	s.Logger.Info("the encrypted address is open", "port", d.port)
	return nil
}

// certify makes sure of a certificate for all of this server's names and addresses. d.mu is held.
func (s *LAN) certify() error {
	d := &s.securePort
	if d.authority == nil {
		if s.Config.OpenAuthority == nil {
			return &wire.Problem{Code: "authority", Message: "This Belfry cannot make certificates.", Hint: "Start it with -tls-cert and -tls-key."}
		}
		a, err := s.Config.OpenAuthority(s.Config.Dir, append(s.ownHosts(), s.Config.Hosts...))
		if err != nil {
			return &wire.Problem{
				Code: "authority", Message: "The authority that is kept in the folder cannot be used.", Err: err,
				Hint: "Look at authority.pem there. Without that file Belfry makes another authority, which everyone has to trust anew.",
			}
		}
		d.authority = a
	}
	renewed, err := d.authority.Cover(s.certifiable())
	if renewed {
		s.Logger.Info("made a certificate", "for", d.authority.Covered())
	}
	if err != nil && len(d.authority.Covered()) > 0 {
		s.Logger.Warn("keep the certificate", "error", err)
		return nil
	}
	return err
}

// ownHosts are the names of this machine that it has on any network.
func (s *LAN) ownHosts() []string { return append([]string{"localhost"}, OwnNames()...) }

// certifiable are the names and addresses under which this server may be reached.
func (s *LAN) certifiable() []string {
	hosts := append(s.ownHosts(), s.Config.Hosts...)
	hosts = append(hosts, "127.0.0.1", "::1")
	for _, a := range s.Addresses() {
		hosts = append(hosts, strings.Trim(a.Host, "[]"))
	}
	return hosts
}

// securePortAddr is where the second port belongs: the host of the first one, and the port that was chosen or goes with it.
func (s *LAN) securePortAddr() string {
	host, text, _ := net.SplitHostPort(s.Addr().String())
	chosen := s.Limits().SecurePort
	if _, asked, _ := net.SplitHostPort(s.Asked()); chosen == 0 && !s.Config.Given && asked == "0" {
		return net.JoinHostPort(host, "0") // any, as the first one
	}
	port, _ := strconv.Atoi(text)
	return net.JoinHostPort(host, strconv.Itoa(DefaultSecurePort(port, chosen)))
}

// securePort is the port that was chosen, or goes with the port of plain http.
func DefaultSecurePort(plain, chosen int) int {
	switch {
	case chosen != 0:
		return chosen
	case plain == 80:
		return 443
	case plain+secureOffset > 65535:
		return plain - secureOffset
	}
	return plain + secureOffset
}

// problemOf puts into words why the port cannot be opened. mu is held.
func (d *securePort) problemOf(err error) *wire.Problem {
	p := &wire.Problem{Code: "start_failed", Port: d.port, Err: err}
	switch {
	case errors.Is(err, syscall.EADDRINUSE) || IsAddrInUse(err):
		p.Message = fmt.Sprintf("Port %d is taken by another program.", d.port)
		p.Hint = "Close that program, or choose another port for the encrypted address."
	case errors.Is(err, fs.ErrPermission):
		p.Message = fmt.Sprintf("Belfry may not use port %d.", d.port)
		p.Hint = "Ports below 1024 are kept for the system. Choose a higher one for the encrypted address."
	default:
		p.Message = fmt.Sprintf("The encrypted address could not be opened on port %d.", d.port)
		p.Hint = "Belfry's own log says why."
	}
	return p
}

// closeListener closes the second port; sockets that came in by it live on. d.mu is held.
func (s *LAN) closeListener(ctx context.Context) {
	d := &s.securePort
	if d.listener == nil {
		return
	}
	ShutdownHTTP(ctx, d.http)
	d.listener, d.http = nil, nil
}

// closeDoor is shutDoor for good.
func (s *LAN) CloseSecurePort(ctx context.Context) {
	s.securePort.mu.Lock()
	defer s.securePort.mu.Unlock()
	s.securePort.closed = true
	s.closeListener(ctx)
}

// doorPort is the port of the encrypted address, 0 where there is none.
func (s *LAN) SecurePort() int {
	s.securePort.mu.Lock()
	defer s.securePort.mu.Unlock()
	if s.securePort.listener == nil {
		return 0
	}
	return s.securePort.port
}

// secure is the way over TLS beside the address shown; null while own_authority is off.
func (s *LAN) Secure(shown Address, all []Address) *Secure {
	if !s.Limits().OwnAuthority || s.Config.TLSCert != "" {
		return nil
	}
	d := &s.securePort
	d.mu.Lock()
	defer d.mu.Unlock()
	v := &Secure{Port: d.port, Names: []string{}, Trust: shown.URL + "trust"}
	if d.problem != nil {
		v.Problem, v.Hint = d.problem.Message, d.problem.Hint
	}
	if d.authority == nil {
		return v
	}
	v.Fingerprint, v.Until = Fingerprint(d.authority.Root()), wire.Time(d.authority.Until()).String()
	v.Names = append(v.Names, d.authority.Covered()...)
	if d.listener == nil {
		return v
	}
	for _, a := range append([]Address{shown}, all...) {
		if slices.Contains(v.Names, strings.Trim(a.Host, "[]")) {
			v.URL = secureURL(a.Host, d.port)
			return v
		}
	}
	v.Problem = fmt.Sprintf("The authority speaks for private addresses only, and %s is none.", shown.Host)
	v.Hint = "Have people come by a name, or start Belfry with -tls-cert and -tls-key."
	return v
}

// secureURL is the encrypted address at a host, which is a name or an address as in a URL.
func secureURL(host string, port int) string {
	if port == 443 {
		return "https://" + host + "/"
	}
	return fmt.Sprintf("https://%s:%d/", host, port)
}

// fingerprint is how people compare certificates.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// isAddrInUse knows Windows' number for it (WSAEADDRINUSE), which syscall.EADDRINUSE is not there.
func IsAddrInUse(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && uintptr(errno) == 10048
}
