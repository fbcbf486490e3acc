package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/internal/atomicfile"
)

// Key is the operator's key: the secret that opens a dashboard in a browser. Load gives it its value.
type Key struct {
	mu         sync.Mutex
	token      string
	path       string                            // of its file; "": it is not written
	generation int                               // how often it was renewed
	work       map[*context.CancelCauseFunc]bool // what to call when it is renewed
}

// Get returns the key itself.
func (k *Key) Get() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.token
}

// Matches reports whether token is the key, in constant time.
func (k *Key) Matches(token string) bool {
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(k.Get()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Fingerprint identifies the key without revealing it (HMAC). Sessions are kept with that of the key they belong to.
func (k *Key) Fingerprint() []byte {
	mac := hmac.New(sha256.New, []byte(k.Get()))
	mac.Write([]byte("belfry sessions"))
	return mac.Sum(nil)
}

// minKey is how many characters a key has at least.
const minKey = 16

// Why a key cannot be used. None of them holds the key.
var (
	ErrKeyShort  = fmt.Errorf("a key must have at least %d characters", minKey)
	ErrKeyBlanks = errors.New("a key cannot contain spaces or control characters")
	ErrKeyBytes  = errors.New("a key must be UTF-8 text")
)

// CheckKey returns why a person's own key cannot be used, nil if it can.
func CheckKey(key string) error {
	unfit := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }
	switch {
	case !utf8.ValidString(key):
		return ErrKeyBytes
	case strings.ContainsFunc(key, unfit):
		return ErrKeyBlanks
	case utf8.RuneCountInString(key) < minKey:
		return ErrKeyShort
	}
	return nil
}

// KeyError is a key in a file that cannot be used.
type KeyError struct {
	Path string
	Err  error
}

// Error returns the path and the reason.
func (e *KeyError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *KeyError) Unwrap() error { return e.Err }

// Load sets the key: the configured one, or the one in the file, or a new one, which is written there. path "" means no
// file. A configured key is never written. What an editor adds to the file, a mark of its encoding or the end of a line,
// is no part of the key. The error is a *KeyError where the key in the file cannot be used.
func (k *Key) Load(configured, path string) error {
	if configured != "" {
		k.set(configured, "")
		return nil
	}
	token := ""
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		token = strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff"))
		if token != "" {
			if err := CheckKey(token); err != nil {
				return &KeyError{path, err}
			}
		}
	}
	k.set(token, path)
	if token != "" {
		return nil
	}
	return k.Renew()
}

func (k *Key) set(token, path string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.token, k.path = token, path
}

// Renew replaces the key by a random one, once that is written.
func (k *Key) Renew() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	token := rand.Text()
	if k.path != "" {
		if err := atomicfile.Write(k.path, []byte(token+"\n")); err != nil {
			return err
		}
	}
	k.token = token
	k.generation++
	for cancel := range k.work {
		(*cancel)(errEnded)
	}
	clear(k.work)
	return nil
}

// While is ctx for work of a program that showed the key of a generation, which ends when the key is renewed. stop is called
// when the work is done.
func (k *Key) While(ctx context.Context, generation int) (work context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.generation != generation {
		cancel(errEnded)
		return ctx, func() {}
	}
	if k.work == nil {
		k.work = map[*context.CancelCauseFunc]bool{}
	}
	k.work[&cancel] = true
	return ctx, func() {
		cancel(nil)
		k.mu.Lock()
		defer k.mu.Unlock()
		delete(k.work, &cancel)
	}
}

// Generation rises with each Renew: a caller who has checked a key compares it to see whether that key is still valid.
func (k *Key) Generation() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.generation
}
