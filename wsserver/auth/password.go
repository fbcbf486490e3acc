package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"belfry/wsserver/internal/atomicfile"
)

const // passwordLeast and passwordMost are code points.
MinPassword = 10

const MaxPassword = 256

const // What one hash costs: 32 MiB, twice over.
argonTime = 2

const argonMemory = 32 << 10 // KiB

const argonLanes = 1

const argonSalt = 16

const argonMost = 1 << 20 // KiB, or times: what a damaged file may ask for

const argonSum = 32

const // passwordsWaiting is how many may wait for a hash, which are made one after the other.
passwordsWaiting = 4

// password is the one that is set, if any.
type Password struct {
	mu   sync.Mutex
	path string // "": kept in memory alone
	hash string // as it is kept; "": none is set

	waiting chan struct{} // who waits
	hashing sync.Mutex    // one hash at a time: each takes 32 MiB
}

func NewPassword() *Password { return &Password{waiting: make(chan struct{}, passwordsWaiting)} }

func (p *Password) Load(path string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path, p.hash = path, ""
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	p.hash = strings.TrimSpace(string(b))
	return err
}

func (p *Password) IsSet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash != ""
}

// set keeps a password, or removes it where text is "".
func (p *Password) Set(text string) (err error) {
	hash := ""
	if text != "" {
		hash = HashPassword(text)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.path != "" {
		if hash == "" {
			if err = os.Remove(p.path); errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
		} else {
			err = atomicfile.Write(p.path, []byte(hash+"\n"))
		}
	}
	if err == nil {
		p.hash = hash
	}
	return err
}

// right reports whether text is the password. ok is false where too many are being looked at already.
func (p *Password) Verify(text string) (right, ok bool) {
	p.mu.Lock()
	hash := p.hash
	p.mu.Unlock()
	if hash == "" || utf8.RuneCountInString(text) > MaxPassword {
		return false, true
	}
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return false, false
	}
	p.hashing.Lock()
	defer p.hashing.Unlock()
	return VerifyPassword(hash, text), true
}

// hashPassword is a password's hash in the form that other programs write it in, too.
func HashPassword(text string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey(plain(text), salt, argonTime, argonMemory, argonLanes, argonSum)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64(salt), b64(sum))
}

// verifyPassword compares in constant time. A hash that cannot be read is nobody's.
func VerifyPassword(hash, text string) bool {
	parts := strings.Split(hash, "$")
	var version int
	var memory, times uint32
	var lanes uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &times, &lanes); err != nil || times == 0 || lanes == 0 ||
		memory > argonMost || times > argonMost {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	sum, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(sum) < argonSum {
		return false
	}
	got := argon2.IDKey(plain(text), salt, times, memory, lanes, uint32(len(sum)))
	return subtle.ConstantTimeCompare(got, sum) == 1
}

// plain is a password as it is hashed: keyboards write the same letter in several ways, and add blanks at the end.
func plain(text string) []byte { return norm.NFC.Bytes([]byte(strings.TrimSpace(text))) }
