package admission

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/names"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// This file is the room's code: six digits, and the secret that a QR code carries in their place.

const (
	// CodeRetry is the least time that a page waits before it sends another code.
	CodeRetry = time.Second
	// MaxWrongCodes is how many wrong digits there may be in all before the digits change by themselves: of a million that
	// is a chance of one in five thousand to guess them.
	MaxWrongCodes = 200

	codeDigits = 6
)

// CodeGuesses counts the wrong tries at one code, of all addresses together. Its zero value has counted none.
type CodeGuesses struct {
	mu   sync.Mutex
	code string
	n    int
}

// Wrong counts a wrong try at a code. tooMany is called for the one that reaches MaxWrongCodes, and for each after it while
// the code stays the same; one call at a time, and others are counted after it.
func (g *CodeGuesses) Wrong(code string, tooMany func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.code != code {
		g.code, g.n = code, 0
	}
	if g.n++; g.n >= MaxWrongCodes {
		tooMany()
	}
}

// CodeNeeded is the error code_needed of an access mode: the room's code or a personal one.
func CodeNeeded(access string) error {
	if access == settings.AccessList {
		return &wire.Error{Code: "code_needed", Message: "Enter your personal code. It is on your card."}
	}
	return &wire.Error{Code: "code_needed", Message: "Enter the room's code: six digits, shown by the operator."}
}

// CodeWrong is the error code_wrong. The next try is to wait for retry, and for CodeRetry at least.
func CodeWrong(message string, retry time.Duration) error {
	return &wire.Error{Code: "code_wrong", Message: message, Retry: max(CodeRetry, retry)}
}

// EqualSecret compares in a time that says nothing of secret; "" equals nothing.
func EqualSecret(given, secret string) bool {
	return secret != "" && subtle.ConstantTimeCompare([]byte(given), []byte(secret)) == 1
}

// ParseDigits is a code as it was typed, without blanks and dashes, and whether it is six digits.
func ParseDigits(code string) (digits string, ok bool) {
	digits = names.TypedCode(code)
	return digits, len(digits) == codeDigits && strings.Trim(digits, "0123456789") == ""
}

// NewCode is six random digits.
func NewCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%06d", n)
}

// NewSecret is 128 random bits, as a URL's fragment carries them.
func NewSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
