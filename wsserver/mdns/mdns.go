// Package mdns asks for a name on the local network, and answers for one (multicast DNS, RFC 6762). It is the only package
// that imports the library for that.
//
// Ask blocks until there is an answer or its context ends; Answer returns at once and works in goroutines of the library,
// which its stop ends. Both may be called from any goroutine; there is no state and no lock here.
package mdns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pion/logging"
	"github.com/pion/mdns/v2"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// askEvery is how often a question is repeated while nobody answers.
const askEvery = 250 * time.Millisecond

// Network asks and answers on the given interfaces of this machine.
type Network struct{}

// Ask asks for a name through these interfaces until somebody answers or ctx ends; found reports whether somebody did.
func (Network) Ask(ctx context.Context, name string, interfaces []string) (answer netip.Addr, found bool, err error) {
	conn, err := open(interfaces, mdns.WithQueryInterval(askEvery))
	if err != nil {
		return netip.Addr{}, false, err
	}
	_, answer, err = conn.QueryAddr(ctx, name)
	if cerr := conn.Close(); cerr != nil {
		return netip.Addr{}, false, cerr
	}
	// The library has one error only for all ways to get no answer.
	return answer.WithZone("").Unmap(), err == nil, nil
}

// Answer answers for a name on these interfaces until stop is called: with each interface's own address, or with address
// where that is valid.
func (Network) Answer(name string, interfaces []string, address netip.Addr) (stop func() error, err error) {
	options := []mdns.ServerOption{mdns.WithLocalNames(name)}
	if address.IsValid() {
		options = append(options, mdns.WithLocalAddress(address.AsSlice()))
	}
	conn, err := open(interfaces, options...)
	if err != nil {
		return nil, err
	}
	return conn.Close, nil
}

// open joins the multicast groups of mDNS, of IPv4 and IPv6, or of the one that this machine has.
func open(interfaces []string, options ...mdns.ServerOption) (*mdns.Conn, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(i net.Interface) bool {
		return !slices.Contains(interfaces, i.Name) || i.Flags&net.FlagMulticast == 0
	})
	if len(list) == 0 {
		return nil, errors.New("no network here accepts multicast")
	}
	var v4 *ipv4.PacketConn
	var v6 *ipv6.PacketConn
	c4, err4 := listen("udp4", mdns.DefaultAddressIPv4)
	if err4 == nil {
		v4 = ipv4.NewPacketConn(c4)
	}
	c6, err6 := listen("udp6", mdns.DefaultAddressIPv6)
	if err6 == nil {
		v6 = ipv6.NewPacketConn(c6)
	}
	if v4 == nil && v6 == nil {
		return nil, fmt.Errorf("listen to names: %w", errors.Join(err4, err6))
	}
	// The library's log lines are also returned as errors, or are about malformed packets of others.
	quiet := logging.NewDefaultLoggerFactory()
	quiet.DefaultLogLevel = logging.LogLevelDisabled
	options = append(options, mdns.WithInterfaces(list...), mdns.WithCacheRefresh(false), mdns.WithLoggerFactory(quiet))
	conn, err := mdns.NewServer(v4, v6, options...)
	if err != nil {
		for _, c := range []*net.UDPConn{c4, c6} {
			if c != nil {
				_ = c.Close() // the first error counts
			}
		}
		return nil, err
	}
	return conn, nil
}

// listen opens the port, which other services may have open too: the system's own uses the same.
func listen(network, address string) (*net.UDPConn, error) {
	at, err := net.ResolveUDPAddr(network, address)
	if err != nil {
		return nil, err
	}
	return net.ListenUDP(network, at)
}
