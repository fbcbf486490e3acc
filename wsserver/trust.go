package wsserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"text/template"

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

// authority is nil while own_authority is off.
func (s *Server) authority() Authority {
	s.door.mu.Lock()
	defer s.door.mu.Unlock()
	if !s.limits().OwnAuthority {
		return nil
	}
	return s.door.authority
}

func (s *Server) serveTrust(w http.ResponseWriter, _ *http.Request) {
	t := trust{Names: []string{}, SpeaksFor: []string{}}
	if a := s.authority(); a != nil {
		t = trust{a.Name(), fingerprint(a.Root()), wire.WireTime(a.Until()).String(), s.doorPort(), a.Covered(), a.SpeaksFor()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(t) // the peer may be gone
}

// serveRoot is the authority's certificate. Its kind makes Firefox and iOS ask at once whether to trust it.
func (s *Server) serveRoot(w http.ResponseWriter, _ *http.Request) {
	if a := s.authority(); a != nil {
		download(w, "application/x-x509-ca-cert", a.Root())
		return
	}
	noAuthority(w)
}

// serveProfile is the same as a configuration profile, which iOS installs under a readable name.
func (s *Server) serveProfile(w http.ResponseWriter, _ *http.Request) {
	a := s.authority()
	if a == nil {
		noAuthority(w)
		return
	}
	b, err := profile(a)
	if err != nil {
		s.logger.Error("make a profile", "error", err)
		refuse(w, http.StatusInternalServerError, wire.ErrInternal)
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

// profileText is an Apple configuration profile that holds one root certificate.
var profileText = template.Must(template.New("profile").Parse(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>PayloadContent</key><array><dict>
<key>PayloadCertificateFileName</key><string>belfry.crt</string>
<key>PayloadContent</key><data>{{.Root}}</data>
<key>PayloadDisplayName</key><string>{{.Name}}</string>
<key>PayloadIdentifier</key><string>belfry.authority.{{.ID}}</string>
<key>PayloadType</key><string>com.apple.security.root</string>
<key>PayloadUUID</key><string>{{.ID}}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></array>
<key>PayloadDescription</key><string>Lets this device trust the encrypted address of a Belfry on your network.</string>
<key>PayloadDisplayName</key><string>{{.Name}}</string>
<key>PayloadIdentifier</key><string>belfry.profile.{{.ProfileID}}</string>
<key>PayloadType</key><string>Configuration</string>
<key>PayloadUUID</key><string>{{.ProfileID}}</string>
<key>PayloadVersion</key><integer>1</integer>
</dict></plist>
`))

// profile names itself by the certificate, so that the same one installed twice is there once.
func profile(a Authority) ([]byte, error) {
	sum := sha256.Sum256(a.Root())
	id := func(b []byte) string { return fmt.Sprintf("%X-%X-%X-%X-%X", b[:4], b[4:6], b[6:8], b[8:10], b[10:16]) }
	var name, text bytes.Buffer
	if err := xml.EscapeText(&name, []byte(a.Name())); err != nil {
		return nil, err
	}
	err := profileText.Execute(&text, map[string]string{
		"Root": base64.StdEncoding.EncodeToString(a.Root()), "Name": name.String(), "ID": id(sum[:16]), "ProfileID": id(sum[16:]),
	})
	return text.Bytes(), err
}
