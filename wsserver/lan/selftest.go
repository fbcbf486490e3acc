package lan

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// This file tests whether an address works. A server can only try from its own machine: that something between keeps other
// machines away shows only in none having connected.

// addressTimeout is how long an address has to answer.
const addressTimeout = 3 * time.Second

// AddressTest is the result of connecting to an address of this server from this machine.
type AddressTest struct {
	Host string `json:"host"`
	// Code is "answers", "loopback" (bound to this machine alone), "silent", "refused", "other" (another server answers
	// there) or "unknown" (no such address).
	Code string `json:"code"`
	// Message is a sentence, each of Hints something to do.
	Message string   `json:"message"`
	Hints   []string `json:"hints"`
	// Reached: another machine has sent this server a request since the start.
	Reached bool `json:"reached"`
}

// selfTests are the tests in progress.
type selfTests struct {
	pending sync.Map // by nonce; the value is an *atomic.Bool: its request was received
	// reached: another machine has sent a request.
	reached atomic.Bool
}

// NoteTest notes a request that may be one of TestAddress: nonce is its parameter "test".
func (s *LAN) NoteTest(nonce string) {
	if received, ok := s.tests.pending.Load(nonce); ok && nonce != "" {
		received.(*atomic.Bool).Store(true)
	}
}

// NoteRemotePeer notes whether a request comes from another machine.
func (s *LAN) NoteRemotePeer(r *http.Request) {
	if s.tests.reached.Load() {
		return
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || peer.Addr().Unmap().IsLoopback() {
		return
	}
	ip := peer.Addr().Unmap().WithZone("")
	if !slices.ContainsFunc(s.options.Interfaces(), func(a NetAddr) bool { return a.IP == ip }) {
		s.tests.reached.Store(true)
	}
}

// TestAddress tests whether this server answers at one of its addresses: an Address.Host, "" for the one shown. The error
// is that of Options.Started, or of ctx.
func (s *LAN) TestAddress(ctx context.Context, host string) (AddressTest, error) {
	if err := s.options.Started(); err != nil {
		return AddressTest{}, err
	}
	all := s.Addresses()
	at := SelectAddress(all, s.options.Shown())
	if host != "" {
		i := slices.IndexFunc(all, func(a Address) bool { return a.Host == host })
		if i < 0 {
			return AddressTest{
				Host: host, Code: "unknown", Message: host + " is no longer an address of this computer.",
				Hints: []string{"Choose one from the list."}, Reached: s.tests.reached.Load(),
			}, nil
		}
		at = all[i]
	}
	code := "loopback"
	if at.Kind != kindLoopback {
		code = s.tryAddress(ctx, at)
	}
	if ctx.Err() != nil {
		return AddressTest{}, ctx.Err()
	}
	t := AddressTest{Host: at.Host, Code: code, Reached: s.tests.reached.Load()}
	t.Message, t.Hints = describe(t, at, runtime.GOOS)
	return t, nil
}

// tryAddress requests /healthz at an address, and checks whether this server received that request.
func (s *LAN) tryAddress(ctx context.Context, at Address) (code string) {
	ctx, cancel := context.WithTimeout(ctx, addressTimeout)
	defer cancel()
	nonce := rand.Text()
	var received atomic.Bool
	s.tests.pending.Store(nonce, &received)
	defer s.tests.pending.Delete(nonce)
	err := s.askHealth(ctx, at, nonce)
	switch {
	case received.Load():
		return "answers"
	case err == nil:
		return "other"
	case errors.Is(err, syscall.ECONNREFUSED) || isRefused(err):
		return "refused"
	}
	return "silent"
}

// askHealth makes the request without an HTTP client, which would use a proxy, and dial on after ctx has ended.
func (s *LAN) askHealth(ctx context.Context, at Address, nonce string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.URL+"healthz?test="+nonce, nil)
	if err != nil {
		return err
	}
	req.Close = true
	port := cmp.Or(req.URL.Port(), req.URL.Scheme) // "http" is a port by its name
	conn, err := s.options.Dial(ctx, "tcp", net.JoinHostPort(req.URL.Hostname(), port))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // only the received request counts
	if end, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(end)
	}
	if req.URL.Scheme == "https" {
		// Whether it is this server shows in the request that it receives, whatever the certificate is for.
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // nothing secret is sent, nothing received is trusted
	}
	if err := req.Write(conn); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), req)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// isRefused reports whether err is WSAECONNREFUSED, which on Windows stands for syscall.ECONNREFUSED.
func isRefused(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && uintptr(errno) == 10061
}

// describe returns the result of a test as a sentence, with hints.
func describe(t AddressTest, at Address, system string) (message string, hints []string) {
	place := strings.TrimSuffix(at.URL[strings.Index(at.URL, "//")+2:], "/")
	switch t.Code {
	case "loopback":
		return "Belfry listens only on this computer, so nobody else can join.",
			[]string{"To let other devices join, start it without -addr, or with -addr :8000."}
	case "refused":
		return "Nothing answers at " + place + ".", []string{"Choose another address, or restart Belfry."}
	case "other":
		return "Something else answers at " + place + ".",
			[]string{"Another device has the same address, or another program is using the port. Choose another address."}
	case "answers":
		if t.Reached {
			return place + " answers, and other devices have reached it.", []string{}
		}
		message = place + " answers on this computer. No other device has reached it yet."
	default:
		message = place + " does not answer, not even from this computer."
	}
	if at.Kind == kindName {
		return message, []string{"Names like this do not work on every network, and often not on Android. The address does."}
	}
	hints = []string{firewallOf(system, strings.TrimPrefix(at.Port, ":"))}
	if at.Kind == kindVirtual {
		hints = []string{"This address belongs to a virtual machine or a VPN. Phones cannot reach it. Choose another one."}
	}
	return message, append(hints,
		"Guest networks often keep devices apart. Use the main network, or switch off “client isolation” in its settings.",
		"Switch off any VPN on this computer and on the phone, and mobile data on the phone. Then try again.")
}

// firewallOf says how to open the firewall of a system.
func firewallOf(system, port string) string {
	switch system {
	case "windows":
		return "Windows may be blocking other devices. Open Windows Security → Firewall → “Allow an app”, and tick Belfry under Private."
	case "darwin":
		return "macOS may be blocking other devices. Open System Settings → Network → Firewall → Options, and allow Belfry."
	}
	if port == "" {
		port = "80"
	}
	return fmt.Sprintf("A firewall on this computer may be blocking other devices. Run sudo ufw allow %s/tcp, or sudo firewall-cmd --add-port=%s/tcp.", port, port)
}

// Dialer connects to an address, as net.Dialer.DialContext does.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)
