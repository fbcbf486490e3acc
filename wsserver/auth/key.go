package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"

	"belfry/wsserver/internal/atomicfile"
)

// keys is the operator's key: a secret that opens a dashboard in a browser.
type Key struct {
	mu         sync.Mutex
	Token      string
	path       string // where it is kept; "": nowhere, or a flag gives it
	generation int    // how often it was renewed
}

func (k *Key) Get() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.Token
}

func (k *Key) Matches(token string) bool {
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(k.Get()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// print tells one key from another without giving it away: sessions are of the key that they were opened under.
func (k *Key) Fingerprint() []byte {
	mac := hmac.New(sha256.New, []byte(k.Get()))
	mac.Write([]byte("belfry sessions"))
	return mac.Sum(nil)
}

// load sets the key: the configured one, the kept one, or a new one that is kept from now on.
func (k *Key) Load(configured, path string) error {
	if configured != "" {
		k.Token = configured
		return nil
	}
	k.path = path
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if k.Token = strings.TrimSpace(string(b)); k.Token != "" {
			return nil
		}
	}
	_, err := k.Renew()
	return err
}

// renew makes another key, which is kept before it holds.
func (k *Key) Renew() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	token := rand.Text()
	if k.path != "" {
		if err := atomicfile.Write(k.path, []byte(token+"\n")); err != nil {
			return "", err
		}
	}
	k.Token = token
	k.generation++
	return token, nil
}

// number tells whether there was another key meanwhile.
func (k *Key) Generation() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.generation
}
