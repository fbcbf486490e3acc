package auth

import (
	"bytes"
	"context"
	"crypto/rand"
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
	shared     sharedKey                         // what of it is in a log that several servers share
	renewing   sync.Mutex                        // held while it is renewed, before mu
}

// Get returns the key itself.
func (k *Key) Get() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.token
}

// Matches reports whether token is the key that opens, in constant time.
func (k *Key) Matches(token string) bool {
	return subtle.ConstantTimeCompare(printOf(token), k.Fingerprint()) == 1
}

// Fingerprint identifies the key that opens without revealing it (HMAC). Sessions are kept with that of the key they belong to.
func (k *Key) Fingerprint() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.print()
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
	return k.Renew(nil)
}

func (k *Key) set(token, path string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.token, k.path = token, path
}

// Renew replaces the key by a random one, once that is written to the file, and keep has returned for its print; nil: there is
// nothing else to be done first. Where either fails nothing changes.
func (k *Key) Renew(keep func(print []byte) error) error {
	k.renewing.Lock()
	defer k.renewing.Unlock()
	k.mu.Lock()
	path, before := k.path, k.token
	k.mu.Unlock()
	token := rand.Text()
	write := func(token string) error {
		if path == "" {
			return nil
		}
		return atomicfile.Write(path, []byte(token+"\n"))
	}
	if err := write(token); err != nil {
		return err
	}
	if keep != nil {
		if err := keep(printOf(token)); err != nil {
			return errors.Join(err, write(before))
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	opened := k.print()
	k.token = token
	if k.shared.since = ""; !bytes.Equal(opened, k.print()) {
		k.endWork()
	}
	return nil
}

// endWork ends what was begun with the key that has opened until now. mu is held.
func (k *Key) endWork() {
	k.generation++
	for cancel := range k.work {
		(*cancel)(errEnded)
	}
	clear(k.work)
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
