package hosts

import "strings"

// Origin is where a page comes from, as its browser says in the Origin header.
type Origin struct {
	// TLS: the page came over https.
	TLS bool
	// Endpoint always has a port.
	Endpoint
}

// ParseOrigin reads an Origin header. ok is false for whatever is no page of a server: "null", another scheme, a user, a
// path. ws and wss are what some programs write for http and https, which browsers never do; and some end with a slash.
func ParseOrigin(s string) (o Origin, ok bool) {
	scheme, rest, _ := strings.Cut(s, "://")
	switch strings.ToLower(scheme) {
	case "http", "ws":
	case "https", "wss":
		o.TLS = true
	default:
		return Origin{}, false
	}
	if o.Endpoint, ok = ParseEndpoint(strings.TrimSuffix(rest, "/")); !ok {
		return Origin{}, false
	}
	if o.Port == 0 {
		o.Port = DefaultPort(o.TLS)
	}
	return o, true
}

// DefaultPort is the port that a URL with or without TLS need not name.
func DefaultPort(tls bool) int {
	if tls {
		return httpsPort
	}
	return httpPort
}
