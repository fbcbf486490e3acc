package admission

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math/big"
)

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
