package wsserver

// This file is the way in over TLS, under certificates that this server makes itself.

// Secure is that way, as the operator is told of it.
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

// secure is null while own_authority is off.
func (s *Server) secure() *Secure {
	if !s.limits().OwnAuthority {
		return nil
	}
	return &Secure{Names: []string{}, Problem: "This Belfry cannot make certificates.", Hint: "Start it with -tls-cert and -tls-key."}
}
