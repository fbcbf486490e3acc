package lan

import (
	"context"
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

	"belfry/wsserver/wire"
)

// This file serves the same pages over TLS on a second port, with certificates of this server's own authority. Nothing is
// redirected there: a browser that does not trust the authority would show a warning.

// secureOffset is the distance of the TLS port from the plain one: 8443 for 8000.
const secureOffset = 443

// Secure is the TLS port as the operator sees it.
type Secure struct {
	// URL of the address shown, "" if it does not work, and Port.
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
	// Wide are names without a dot for which an authority may speak that an older version made. They can be domains of the
	// internet; none is certified any more, but who trusts the authority trusts it for them.
	Wide []string `json:"wide"`
	// Problem is why it does not work and Hint what to do; both "" if it does.
	Problem string `json:"problem"`
	Hint    string `json:"hint"`
}

// securePort is the TLS port.
type securePort struct {
	mu        sync.Mutex // guards all fields, and is held while files are written and ports opened
	authority Authority  // nil until it was first needed
	listener  net.Listener
	http      *http.Server
	asked     string // the address that was asked for
	port      int    // the one that it listens on, or would
	problem   *wire.Problem
	closed    bool // by CloseSecurePort
}

// UpdateSecurePort opens, closes or moves the TLS port as the settings say, and renews the certificate where necessary.
func (s *LAN) UpdateSecurePort(ctx context.Context) {
	if s.options.Addr() == nil {
		return // it has not started
	}
	sp := &s.securePort
	sp.mu.Lock()
	before := sp.fingerprintOfState()
	if want := s.options.Limits().OwnAuthority && s.options.TLSCert == ""; !want || sp.closed {
		sp.problem = nil
		s.closeListener(ctx)
	} else if err := s.openSecurePort(ctx); err != nil {
		s.closeListener(ctx)
		if !errors.As(err, &sp.problem) {
			sp.problem = sp.problemOf(err)
		}
		s.options.Logger.Warn("open the secure port", "error", err)
	} else {
		sp.problem = nil
	}
	changed := before != sp.fingerprintOfState()
	sp.mu.Unlock()
	if changed {
		s.options.Changed()
	}
}

// fingerprintOfState differs where the operator sees a different state. mu is held.
func (sp *securePort) fingerprintOfState() string {
	if sp.authority == nil {
		return ""
	}
	return fmt.Sprint(sp.listener != nil, sp.port, sp.problem, sp.authority.Covered())
}

// openSecurePort opens the TLS port unless it is open at the right address. sp.mu is held.
func (s *LAN) openSecurePort(ctx context.Context) error {
	sp := &s.securePort
	addr := s.securePortAddr()
	if sp.listener != nil && sp.asked != addr {
		s.closeListener(ctx)
	}
	err := s.certify()
	if sp.listener != nil || err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(addr)
	sp.port, _ = strconv.Atoi(port)
	if port == s.port() {
		return &wire.Problem{
			Code: "port_taken", Message: fmt.Sprintf("Port %s is already used for the plain http address.", port),
			Hint: "Choose another port for the encrypted address.",
		}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	sp.asked, sp.port = addr, listener.Addr().(*net.TCPAddr).Port
	sp.listener = tls.NewListener(listener, &tls.Config{
		GetCertificate: sp.authority.Certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	sp.http = s.options.NewHTTP()
	s.options.ServeOn(sp.http, sp.listener)
	s.options.Logger.Info("the encrypted address is open", "port", sp.port)
	return nil
}

// securePortAddr is where the TLS port should listen: at the host of the plain one.
func (s *LAN) securePortAddr() string {
	host, text, _ := net.SplitHostPort(s.options.Addr().String())
	chosen := s.options.Limits().SecurePort
	if _, asked, _ := net.SplitHostPort(s.options.Asked()); chosen == 0 && !s.options.Given && asked == "0" {
		return net.JoinHostPort(host, "0") // any, as the first one
	}
	port, _ := strconv.Atoi(text)
	return net.JoinHostPort(host, strconv.Itoa(securePortFor(port, chosen)))
}

// securePortFor is the chosen TLS port or, if that is 0, the one derived from the plain port.
func securePortFor(plain, chosen int) int {
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

// problemOf explains why the port cannot be opened. mu is held.
func (sp *securePort) problemOf(err error) *wire.Problem {
	p := &wire.Problem{Code: "start_failed", Port: sp.port, Err: err}
	switch {
	case errors.Is(err, syscall.EADDRINUSE) || IsAddrInUse(err):
		p.Message = fmt.Sprintf("Another program is using port %d.", sp.port)
		p.Hint = "Close that program, or choose another port for the encrypted address."
	case errors.Is(err, fs.ErrPermission):
		p.Message = fmt.Sprintf("Belfry is not allowed to use port %d: %s.", sp.port, wire.Reason(err))
		p.Hint = "Ports below 1024 are reserved for the system. Choose a higher one for the encrypted address."
	default:
		p.Message = fmt.Sprintf("Belfry could not open the encrypted address on port %d: %s.", sp.port, wire.Reason(err))
		p.Hint = "Choose another port for it, or restart Belfry."
	}
	return p
}

// closeListener closes the TLS port; its WebSocket connections go on. sp.mu is held.
func (s *LAN) closeListener(ctx context.Context) {
	sp := &s.securePort
	if sp.listener == nil {
		return
	}
	ShutdownHTTP(ctx, sp.http)
	sp.listener, sp.http = nil, nil
}

// CloseSecurePort closes the TLS port for good.
func (s *LAN) CloseSecurePort(ctx context.Context) {
	s.securePort.mu.Lock()
	defer s.securePort.mu.Unlock()
	s.securePort.closed = true
	s.closeListener(ctx)
}

// SecurePort is the number of the TLS port, 0 while it is not open.
func (s *LAN) SecurePort() int {
	s.securePort.mu.Lock()
	defer s.securePort.mu.Unlock()
	if s.securePort.listener == nil {
		return 0
	}
	return s.securePort.port
}

// Secure describes the TLS port beside the address shown, one of all; nil while own_authority is off.
func (s *LAN) Secure(shown Address, all []Address) *Secure {
	if !s.options.Limits().OwnAuthority || s.options.TLSCert != "" {
		return nil
	}
	sp := &s.securePort
	sp.mu.Lock()
	defer sp.mu.Unlock()
	v := &Secure{Port: sp.port, Names: []string{}, Wide: []string{}, Trust: shown.URL + "trust"}
	if sp.problem != nil {
		v.Problem, v.Hint = sp.problem.Message, sp.problem.Hint
	}
	if sp.authority == nil {
		return v
	}
	v.Fingerprint, v.Until = Fingerprint(sp.authority.Root()), wire.Time(sp.authority.Until()).String()
	v.Names = append(v.Names, sp.authority.Covered()...)
	v.Wide = append(v.Wide, tooWide(sp.authority.SpeaksFor())...)
	if sp.listener == nil {
		return v
	}
	for _, a := range append([]Address{shown}, all...) {
		if slices.Contains(v.Names, strings.Trim(a.Host, "[]")) {
			v.URL = secureURL(a.Host, sp.port)
			return v
		}
	}
	v.Problem = fmt.Sprintf("The certificate authority covers only private addresses, and %s is not one.", shown.Host)
	v.Hint = "Let people join by a name, or start Belfry with -tls-cert and -tls-key."
	return v
}

// secureURL is the encrypted address at a host, which is a name or an address as in a URL.
func secureURL(host string, port int) string {
	if port == 443 {
		return "https://" + host + "/"
	}
	return fmt.Sprintf("https://%s:%d/", host, port)
}

// IsAddrInUse reports whether err is WSAEADDRINUSE, which on Windows stands for syscall.EADDRINUSE.
func IsAddrInUse(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && uintptr(errno) == 10048
}
