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

// MinPassword and MaxPassword bound the length of a password, in code points.
const (
	MinPassword = 10
	MaxPassword = 256
)

// The parameters of argon2id: 32 MiB, two passes.
const (
	argonTime   = 2
	argonMemory = 32 << 10 // KiB
	argonLanes  = 1
	argonSalt   = 16
	argonSum    = 32
	// maxArgon bounds what a damaged file may ask for, in KiB and in passes.
	maxArgon = 1 << 20
)

// maxVerifications is how many may wait for their hash; more are refused.
const maxVerifications = 4

// Password replaces the key on another machine, where it can be typed; often none is set.
type Password struct {
	mu   sync.Mutex
	path string // of its file; "": it is kept in memory alone
	hash string // as it is written; "": none is set

	waiting chan struct{} // has an element for each verification under way
	hashing sync.Mutex    // held while one hash is computed: each takes 32 MiB
}

// NewPassword makes one that is not set.
func NewPassword() *Password { return &Password{waiting: make(chan struct{}, maxVerifications)} }

// Load reads the file; a missing one, or path "", is no password.
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

// IsSet reports whether there is a password.
func (p *Password) IsSet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash != ""
}

// Set replaces the password, or removes it where text is "". Where the file cannot be written nothing changes.
func (p *Password) Set(text string) (err error) {
	hash := ""
	if text != "" {
		hash = hashPassword(text)
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

// Verify reports whether text is the password. ok is false where too many are being verified already.
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
	return verifyPassword(hash, text), true
}

// hashPassword returns the hash in the usual encoding ("$argon2id$v=19$…"), which other programs read.
func hashPassword(text string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey(normalized(text), salt, argonTime, argonMemory, argonLanes, argonSum)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64(salt), b64(sum))
}

// verifyPassword compares in constant time. No password matches a hash that cannot be parsed.
func verifyPassword(hash, text string) bool {
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
		memory > maxArgon || times > maxArgon {
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
	got := argon2.IDKey(normalized(text), salt, times, memory, lanes, uint32(len(sum)))
	return subtle.ConstantTimeCompare(got, sum) == 1
}

// normalized is a password as it is hashed: keyboards compose the same letter in several ways (NFC), and blanks are added
// at the end by accident.
func normalized(text string) []byte { return norm.NFC.Bytes([]byte(strings.TrimSpace(text))) }
