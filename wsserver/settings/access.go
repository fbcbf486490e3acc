package settings

// The access modes.
const (
	AccessOpen     = "open"     // a name is enough
	AccessCode     = "code"     // six digits, or the secret of the QR code
	AccessApproval = "approval" // the operator admits each
	AccessList     = "list"     // a personal code
)

// IsAccessMode reports whether mode is one of them.
func IsAccessMode(mode string) bool {
	switch mode {
	case AccessOpen, AccessCode, AccessApproval, AccessList:
		return true
	}
	return false
}

// AccessMode is the access mode that holds: AccessOpen where none, or no valid one, was chosen.
func (v Values) AccessMode() string {
	if IsAccessMode(v.Access) {
		return v.Access
	}
	return AccessOpen
}

// JoinURL is the URL of the QR code and the copy button: the URL of the address shown; where a code is needed with the
// secret in its fragment, which browsers send to no server.
func (v Values) JoinURL(shown string) string {
	if v.AccessMode() == AccessCode && shown != "" {
		return shown + "#code=" + v.Secret
	}
	return shown
}
