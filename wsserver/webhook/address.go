package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// This file refuses the addresses that no webhook may reach: this machine's own, and those of no machine. A private
// network stays allowed, since that is where receivers are.

// errRefused is of an address that is refused.
var errRefused = errors.New("Belfry does not call this machine, nor link-local or multicast addresses") //nolint:staticcheck // a sentence for the operator

// Networks in whose addresses an IPv4 address is written, with the byte at which it begins.
var embedded = []struct {
	network netip.Prefix
	at      int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},    // NAT64
	{netip.MustParsePrefix("::/96"), 12},           // IPv4-compatible, given up long ago
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12}, // IPv4-translated
	{netip.MustParsePrefix("2002::/16"), 2},        // 6to4
}

// Networks that are refused as a whole.
var refusedNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),          // this network
	netip.MustParsePrefix("127.0.0.0/8"),        // loopback
	netip.MustParsePrefix("169.254.0.0/16"),     // link-local, and where clouds tell machines their secrets
	netip.MustParsePrefix("224.0.0.0/4"),        // multicast
	netip.MustParsePrefix("255.255.255.255/32"), // broadcast
	netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("::1/128"),
	netip.MustParsePrefix("64:ff9b:1::/48"), // NAT64 of a network's own, which writes the IPv4 address where it likes
	netip.MustParsePrefix("2001::/32"),      // Teredo
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("ff00::/8"),
}

// isRefused reports whether an address is refused, in whatever form it is written. own are the addresses of this machine.
func isRefused(ip netip.Addr, own []netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if !ip.IsValid() || slices.ContainsFunc(refusedNetworks, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return true
	}
	if slices.ContainsFunc(own, func(o netip.Addr) bool { return o.WithZone("").Unmap() == ip }) {
		return true
	}
	if ip.Is4() {
		return false
	}
	b := ip.As16()
	for _, e := range embedded {
		if e.network.Contains(ip) && isRefused(netip.AddrFrom4([4]byte(b[e.at:])), own) {
			return true
		}
	}
	// ISATAP writes it behind 0:5efe in whatever network.
	return b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe && isRefused(netip.AddrFrom4([4]byte(b[12:])), own)
}

// guard dials what is not refused. It looks at the address of each connection, after every name was looked up, so that a
// name that changes its address between two look-ups changes nothing.
type guard struct {
	own func() []netip.Addr // addresses of this machine, as they are now
}

func (g guard) refuses(ip netip.Addr) bool { return isRefused(ip, g.own()) }

func (g guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: timeout, KeepAlive: -1, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || g.refuses(at.Addr()) {
			return errRefused
		}
		return nil
	}}
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if sameMachine(c) {
		_ = c.Close() // nothing was written to it
		return nil, errRefused
	}
	return c, nil
}

// sameMachine reports whether a connection comes from the address that it goes to: then that is an address of this
// machine, also one that no interface lists.
func sameMachine(c net.Conn) bool {
	from, err := netip.ParseAddrPort(c.LocalAddr().String())
	to, err2 := netip.ParseAddrPort(c.RemoteAddr().String())
	return err != nil || err2 != nil || from.Addr().Unmap() == to.Addr().Unmap()
}

// timeout bounds one request, from the look-up of the name to the last byte of the answer.
const timeout = 5 * time.Second

// reason is why a request failed, as a sentence. It names no path or query of the URL: those may hold a secret.
func reason(err error) string {
	var dns *net.DNSError
	var timed net.Error
	switch {
	case errors.Is(err, errRefused):
		return errRefused.Error() + "."
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("There is no machine called %s.", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Connection refused: nothing listens there."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "That machine cannot be reached."
	case errors.As(err, &timed) && timed.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "It did not answer within 5 seconds."
	case isCertificate(err):
		return "Its certificate is not valid for this address."
	}
	for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
		err = next // the innermost says what happened, without the URL
	}
	return "The request failed: " + strings.TrimSuffix(clean(err.Error()), ".") + "."
}
