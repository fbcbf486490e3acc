package limiter

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"belfry/wsserver/hosts"
)

// This file decides which address a request comes from.

// proxiesNamed is how many proxies the log names at most, each once: a network that is too wide must not fill it.
const proxiesNamed = 16

// proxies are the trusted ones. They are safe for concurrent use.
type proxies struct {
	networks []netip.Prefix
	logger   *slog.Logger

	mu    sync.Mutex
	named map[string]bool // proxies and what is wrong with them, as they were logged
}

func newProxies(networks []netip.Prefix, logger *slog.Logger) *proxies {
	if logger == nil {
		logger = slog.Default()
	}
	return &proxies{networks: slices.Clone(networks), logger: logger, named: map[string]bool{}}
}

// trusts reports whether an address is that of a trusted proxy.
func (p *proxies) trusts(ip netip.Addr) bool {
	ip = ip.WithZone("") // a network contains no address with one
	return slices.ContainsFunc(p.networks, func(n netip.Prefix) bool { return n.Contains(ip) })
}

// Address is the IP address that a request comes from: the nearest one that no trusted proxy vouches for. Where a trusted
// proxy does not say it, or not readably, the address is the proxy's own: nobody gets around a limit or a ban by words.
func (l *Limiter) Address(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr // not TCP: a listener of tests
	}
	ip, p := peer.Addr().Unmap(), l.proxies
	if !p.trusts(ip) {
		return ip.String()
	}
	hops, header := hosts.Hops(r.Header)
	if len(hops) == 0 {
		p.name(ip, "a trusted proxy does not name its clients: they all count as one address", hosts.ForwardedFor, "")
	}
	for _, hop := range slices.Backward(hops) {
		if !hop.IsValid() {
			p.name(ip, "a trusted proxy names its clients in a way that cannot be read: these count as one address", header, r.Header.Get(header))
			break
		}
		ip = hop
		if !p.trusts(ip) {
			break
		}
	}
	return ip.String()
}

// TrustsProxy reports whether an address is that of a trusted proxy.
func (l *Limiter) TrustsProxy(ip netip.Addr) bool { return l.proxies.trusts(ip.Unmap()) }

// ForwardedTLS reports whether a trusted proxy says that it was asked over TLS.
func (l *Limiter) ForwardedTLS(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && l.TrustsProxy(peer.Addr()) && strings.EqualFold(strings.TrimSpace(r.Header.Get("X-Forwarded-Proto")), "https")
}

// ByProxy reports whether a request says that a proxy has sent it on, trusted or not.
func ByProxy(r *http.Request) bool {
	return slices.ContainsFunc([]string{hosts.ForwardedFor, hosts.Forwarded, "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"}, func(name string) bool {
		return len(r.Header.Values(name)) > 0
	})
}

// name logs once what is wrong with a proxy.
func (p *proxies) name(proxy netip.Addr, what, header, value string) {
	key := proxy.String() + what
	p.mu.Lock()
	known := p.named[key] || len(p.named) >= proxiesNamed
	if !known {
		p.named[key] = true
	}
	p.mu.Unlock()
	if known {
		return
	}
	const shown = 200 // bytes
	p.logger.Warn(what, "proxy", proxy.String(), "header", header, "value", value[:min(len(value), shown)])
}
