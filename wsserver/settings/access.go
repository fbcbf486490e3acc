package settings

import "slices"

// Access modes: how people come in.
const (
	AccessOpen     = "open"     // a name is enough
	AccessCode     = "code"     // six digits, or the secret of the QR code
	AccessApproval = "approval" // the operator admits each
	AccessList     = "list"     // a personal code
)

// AccessModes are all of them.
var AccessModes = []string{AccessOpen, AccessCode, AccessApproval, AccessList}

// AccessMode is the access mode that holds: AccessOpen where none, or no valid one, was chosen.
func (v Values) AccessMode() string {
	if slices.Contains(AccessModes, v.Access) {
		return v.Access
	}
	return AccessOpen
}

// JoinURL is what the QR code and the copy button carry: the URL of the address shown; where a code is needed with the
// secret in its fragment, which browsers send to no server.
func (v Values) JoinURL(shown string) string {
	if v.AccessMode() == AccessCode && shown != "" {
		return shown + "#code=" + v.Secret
	}
	return shown
}
