package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"belfry/wsserver/hosts"
	"belfry/wsserver/limiter"
)

// bearer is the key of an Authorization header, "" without one.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// fromThisMachine reports whether a request comes from the server's machine. One sign is not enough: a proxy or a tunnel on
// this machine has its address too, and a name on the network may be pointed at it. So the peer is a loopback address and no
// trusted proxy, nothing says that the request was sent on, and it was asked for localhost or a loopback address.
func (s *SignIn) fromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || s.o.Limiter.TrustsProxy(peer.Addr()) || limiter.ByProxy(r) {
		return false
	}
	at, ok := hosts.ParseEndpoint(r.Host)
	if !ok {
		return false
	}
	ip, err := netip.ParseAddr(at.Host)
	return at.Host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// FromOtherSite reports whether a browser says that a page of another site or origin has caused a request. Pages of another
// port are such. Browsers that send no such header send none for their own pages either.
func FromOtherSite(r *http.Request) bool {
	return slices.ContainsFunc(r.Header.Values("Sec-Fetch-Site"), func(site string) bool {
		return site != "" && site != "same-origin" && site != "none"
	})
}
