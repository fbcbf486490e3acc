package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// This file is the signature of the Standard Webhooks specification.

const (
	secretPrefix = "whsec_"
	// secretBytes is the length of a new secret; the specification wants 24 to 64.
	secretBytes, minSecret, maxSecret = 32, 24, 64
)

var errSecret = errors.New("the secret of a webhook is whsec_ and the base64 of 24 to 64 bytes")

// newSecret draws a secret.
func newSecret() string {
	key := make([]byte, secretBytes)
	_, _ = rand.Read(key) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// keyOf returns the key that a secret holds.
func keyOf(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < minSecret || len(key) > maxSecret {
		return nil, errSecret
	}
	return key, nil
}

// sign returns the value of webhook-signature for a body that is sent at a time.
func sign(key []byte, id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
