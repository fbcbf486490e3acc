package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"belfry/wsserver/hosts"
)

// bearer is the key of an Authorization header, "" without one.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// fromThisMachine reports whether a request comes from the server's machine: from a loopback address, and, where it was
// forwarded, only over loopback addresses. What a proxy says is believed where it makes the request a stranger's, never
// where it would make it this machine's.
func fromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	if len(r.Header.Values(hosts.Forwarded)) > 0 || len(r.Header.Values("X-Real-Ip")) > 0 {
		return false
	}
	hops, _ := hosts.Hops(r.Header)
	if len(hops) == 0 && len(r.Header.Values(hosts.ForwardedFor)) > 0 {
		return false
	}
	return !slices.ContainsFunc(hops, func(ip netip.Addr) bool { return !ip.IsLoopback() })
}
