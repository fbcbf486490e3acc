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

const // codeRetry is the least time that a page waits before it sends another code.
CodeRetry = time.Second

// guesses counts the wrong tries at one code, of all addresses together.
type CodeGuesses struct {
	Mu   sync.Mutex
	Code string
	N    int
}

// reserved reports whether a name is that of somebody on the list, while that is the way in.
func (r *List) Reserved(access, name string) bool {
	return access == settings.AccessList && r.FindByName(name) != ""
}

func CodeNeeded(access string) error {
	if access == settings.AccessList {
		return &wire.Error{Code: "code_needed", Message: "This room needs your personal code: it is on your card."}
	}
	return &wire.Error{Code: "code_needed", Message: "This room needs a code: six digits, which the host shows."}
}

func CodeWrong(message string, retry time.Duration) error {
	return &wire.Error{Code: "code_wrong", Message: message, Retry: max(CodeRetry, retry)}
}

// same compares in a time that says nothing of what is there.
func EqualSecret(given, secret string) bool {
	return secret != "" && subtle.ConstantTimeCompare([]byte(given), []byte(secret)) == 1
}

// digitsOf is a code as it was typed, without blanks and dashes, and whether it is six digits.
func ParseDigits(code string) (digits string, ok bool) {
	digits = names.TypedCode(code)
	return digits, len(digits) == codeDigits && strings.Trim(digits, "0123456789") == ""
}

const codeDigits = 6

// newCode is six digits.
func NewCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%06d", n)
}

// newSecret is 128 bits, as a URL's fragment carries them.
func NewSecret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
