package lan

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"

	"belfry/wsserver/wire"
)

// This file is the server's own certificate authority, and its certificate as a profile that Apple's systems install.

// Authority makes certificates; package authority implements it. It is safe for concurrent use.
type Authority interface {
	// Cover renews the certificate if it ends soon, or does not cover all of hosts for which the authority may vouch.
	Cover(hosts []string) (renewed bool, err error)
	// Certificate is the newest one.
	Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Covered are the names and addresses that the certificate is for.
	Covered() []string
	// Root is the authority's own certificate as DER, Name what systems list it under, Until when that ends.
	Root() []byte
	Name() string
	Until() time.Time
	// SpeaksFor are the names that it may speak for, beside private addresses.
	SpeaksFor() []string
}

// certify makes or renews the certificate for all names and addresses of this server. sp.mu is held.
func (s *LAN) certify() error {
	sp := &s.securePort
	if sp.authority == nil {
		if s.options.OpenAuthority == nil {
			return &wire.Problem{Code: "authority", Message: "This Belfry cannot make certificates.", Hint: "Start it with -tls-cert and -tls-key."}
		}
		a, err := s.options.OpenAuthority(s.options.Dir, append(s.ownHosts(), s.options.Hosts...))
		if err != nil {
			return &wire.Problem{
				Code: "authority", Message: "Belfry cannot use the certificate authority in its folder: " + wire.Reason(err) + ".", Err: err,
				Hint: "Check authority.pem there. Without that file Belfry makes a new authority, which everyone has to trust again.",
			}
		}
		sp.authority = a
	}
	renewed, err := sp.authority.Cover(s.certifiable())
	if renewed {
		s.options.Logger.Info("made a certificate", "for", sp.authority.Covered())
	}
	if err != nil && len(sp.authority.Covered()) > 0 {
		s.options.Logger.Warn("keep the certificate", "error", err)
		return nil
	}
	return err
}

// ownHosts are the names of this machine on any network.
func (s *LAN) ownHosts() []string { return append([]string{"localhost"}, OwnNames()...) }

// certifiable are the names and addresses under which this server may be reached.
func (s *LAN) certifiable() []string {
	hosts := append(s.ownHosts(), s.options.Hosts...)
	hosts = append(hosts, "127.0.0.1", "::1")
	for _, a := range offered(s.Addresses(), s.options.Shown()) {
		hosts = append(hosts, strings.Trim(a.Host, "[]"))
	}
	return hosts
}

// offered is addresses without those of virtual machines, containers and VPNs: everybody can read a certificate, and should not
// learn of these networks. The one that the operator chose to show is offered, and if there is no other, all are.
func offered(addresses []Address, shown string) []Address {
	list := slices.DeleteFunc(slices.Clone(addresses), func(a Address) bool { return a.Kind == kindVirtual && a.Host != shown })
	if !slices.ContainsFunc(list, func(a Address) bool { return a.Kind != kindName }) {
		return addresses
	}
	return list
}

// tooWide are those of the names that an authority may speak for that can be a domain of the internet.
func tooWide(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return strings.Contains(name, ".") || name == "local" || name == "localhost"
	})
}

// Fingerprint is SHA-256 of a certificate in DER, as people compare it: "AB:CD:…".
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}

// Authority returns nil while own_authority is off, or before the authority was first needed.
func (s *LAN) Authority() Authority {
	s.securePort.mu.Lock()
	defer s.securePort.mu.Unlock()
	if !s.options.Limits().OwnAuthority {
		return nil
	}
	return s.securePort.authority
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

// Profile is an Apple configuration profile with the certificate of an authority. Its identifiers derive from the
// certificate, so installing it twice leaves one profile.
func Profile(a Authority) ([]byte, error) {
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
