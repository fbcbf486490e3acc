package lan

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"text/template"
)

// This file is the authority's certificate as a profile that Apple's systems install.

// authority is nil while own_authority is off.
func (s *LAN) Authority() Authority {
	s.securePort.mu.Lock()
	defer s.securePort.mu.Unlock()
	if !s.Limits().OwnAuthority {
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

// profile names itself by the certificate, so that the same one installed twice is there once.
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
