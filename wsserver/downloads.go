package wsserver

import (
	"encoding/json"
	"net/http"

	"belfry/wsserver/client"
	"belfry/wsserver/lan"
	"belfry/wsserver/wire"
)

// This file is what the page at /trust needs: the authority's certificate as a download, and what it is.

// trust is what that page shows.
type trust struct {
	// Name is what systems list the authority under; "" while there is none.
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Until       string `json:"until"`
	// Port of the encrypted address, 0 while it is not open.
	Port int `json:"port"`
	// Names and addresses that the certificate is for, and the names that the authority may speak for.
	Names     []string `json:"names"`
	SpeaksFor []string `json:"speaks_for"`
}

func (s *Server) serveTrust(w http.ResponseWriter, _ *http.Request) {
	t := trust{Names: []string{}, SpeaksFor: []string{}}
	if a := s.Lan.Authority(); a != nil {
		t = trust{a.Name(), lan.Fingerprint(a.Root()), wire.WireTime(a.Until()).String(), s.Lan.DoorPort(), a.Covered(), a.SpeaksFor()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(t) // the peer may be gone
}

// serveRoot is the authority's certificate. Its kind makes Firefox and iOS ask at once whether to trust it.
func (s *Server) serveRoot(w http.ResponseWriter, _ *http.Request) {
	if a := s.Lan.Authority(); a != nil {
		download(w, "application/x-x509-ca-cert", a.Root())
		return
	}
	noAuthority(w)
}

// serveProfile is the same as a configuration profile, which iOS installs under a readable name.
func (s *Server) serveProfile(w http.ResponseWriter, _ *http.Request) {
	a := s.Lan.Authority()
	if a == nil {
		noAuthority(w)
		return
	}
	b, err := lan.Profile(a)
	if err != nil {
		s.Logger.Error("make a profile", "error", err)
		client.Refuse(w, http.StatusInternalServerError, wire.ErrInternal)
		return
	}
	download(w, "application/x-apple-aspen-config", b)
}

func download(w http.ResponseWriter, kind string, b []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // the peer may be gone
}

func noAuthority(w http.ResponseWriter) {
	http.Error(w, "This Belfry has no authority of its own: the operator has not switched it on.", http.StatusNotFound)
}
