package settings

import "slices"

const AccessOpen = "open" // a name is enough

const AccessCode = "code" // six digits, or the secret of the QR code

const AccessApproval = "approval" // the operator lets in each

const AccessList = "list" // a personal code

var AccessModes = []string{AccessOpen, AccessCode, AccessApproval, AccessList}

func (v Values) AccessMode() string {
	if slices.Contains(AccessModes, v.Access) {
		return v.Access
	}
	return AccessOpen
}

// joinURL is what the QR code and the copy button carry: the address shown, with the secret in its fragment, which
// browsers send to nobody.
func (v Values) JoinURL(shown string) string {
	if v.AccessMode() == AccessCode && shown != "" {
		return shown + "#code=" + v.Secret
	}
	return shown
}
