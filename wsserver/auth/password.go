package auth

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
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
	// maxArgonMemory (KiB) and maxArgonTime bound what a damaged file may ask for.
	maxArgonMemory = 1 << 20
	maxArgonTime   = 64
)

// maxVerifications is how many may wait for their hash, of addresses from which nobody is signed in, and as many again of the
// others: so strangers who guess keep nobody out who was in before. One address has one under way.
const maxVerifications = 8

// passwordOff is the second line of the file while the password opens nothing.
const passwordOff = "off"

// Password is an alternative to the key, which can be typed on another machine; often none is set.
type Password struct {
	mu   sync.Mutex
	path string // of its file; "": it is kept in memory alone
	hash string // as it is written; "": none is set
	off  string // when it was switched off, "" while it opens

	underWay map[string]bool // the addresses of the verifications under way, and whether somebody is signed in there
	hashing  sync.Mutex      // held while one hash is computed: each takes 32 MiB

	keeper msglog.Keeper // of a log that several servers share; nil: it is in the file alone
	value  []byte        // as it is in that log
}

// NewPassword makes one that is not set.
func NewPassword() *Password { return &Password{underWay: map[string]bool{}} }

// Load reads the file; a missing one, or path "", is no password.
func (p *Password) Load(path string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path, p.hash, p.off = path, "", ""
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	hash, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(b), "\ufeff")), "\n")
	p.hash = strings.TrimSpace(hash)
	if rest = strings.TrimSpace(rest); rest != "" { // whatever it says: what cannot be read is not on
		p.off = cmp.Or(strings.TrimSpace(strings.TrimPrefix(rest, passwordOff)), passwordOff)
	}
	return err
}

// IsSet reports whether there is a password.
func (p *Password) IsSet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash != ""
}

// Set replaces the password, or removes it where text is "". Where it cannot be written nothing changes.
func (p *Password) Set(text string) (err error) {
	hash := ""
	if text != "" {
		hash = hashPassword(text)
	}
	p.mu.Lock()
	if k := p.keeper; k != nil {
		p.mu.Unlock()
		return k.Keep(passwordRecord{Hash: hash}.record())
	}
	defer p.mu.Unlock()
	if err = p.writeFile(hash, ""); err == nil {
		p.hash, p.off = hash, ""
	}
	return err
}

// writeFile writes a password, or removes the file where there is none. mu is held.
func (p *Password) writeFile(hash, off string) error {
	switch {
	case p.path == "":
		return nil
	case hash == "":
		err := atomicfile.Remove(p.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	case off != "":
		return p.write(hash + "\n" + passwordOff + " " + off + "\n")
	}
	return p.write(hash + "\n")
}

// Usable reports whether there is a password that opens.
func (p *Password) Usable() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash != "" && p.off == ""
}

// OffSince is when the password was switched off, in the form of wire.Time; "" if it opens, or none is set.
func (p *Password) OffSince() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.off
}

// SwitchOff has the password open nothing, also after a restart, until SwitchOn or Set. It is off also where the file could
// not be written, which is the error. switched is false if it was off, or none is set.
func (p *Password) SwitchOff(now time.Time) (switched bool, err error) {
	p.mu.Lock()
	if p.hash == "" || p.off != "" {
		p.mu.Unlock()
		return false, nil
	}
	p.off = wire.Time(now).String()
	k, r := p.keeper, passwordRecord{p.hash, p.off}.record().Expecting(p.value)
	err = p.writeFile(p.hash, p.off)
	p.mu.Unlock()
	if k != nil {
		err = keepUnlessChanged(k, r)
	}
	return true, err
}

// keepUnlessChanged keeps a record, unless another server has changed it.
func keepUnlessChanged(k msglog.Keeper, r msglog.Record) error {
	if err := k.Keep(r); !errors.Is(err, msglog.ErrCondition) {
		return err
	}
	return nil
}

// SwitchOn has it open again, and reports whether it was off. Where the file cannot be written nothing changes.
func (p *Password) SwitchOn() (wasOff bool, err error) {
	p.mu.Lock()
	if p.off == "" {
		p.mu.Unlock()
		return false, nil
	}
	if k := p.keeper; k != nil {
		r := passwordRecord{Hash: p.hash}.record().Expecting(p.value)
		p.mu.Unlock()
		return true, keepUnlessChanged(k, r)
	}
	defer p.mu.Unlock()
	if err := p.writeFile(p.hash, ""); err != nil {
		return true, err
	}
	p.off = ""
	return true, nil
}

// write writes the file, if there is one. mu is held.
func (p *Password) write(text string) error {
	if p.path == "" {
		return nil
	}
	return atomicfile.Write(p.path, []byte(text))
}

// Verify reports whether text is the password. from is the address that it comes from, known whether somebody is signed in
// there. ok is false where too many are being verified already, or one of that address is.
func (p *Password) Verify(text, from string, known bool) (right, ok bool) {
	p.mu.Lock()
	hash := p.hash
	if hash == "" || utf8.RuneCountInString(text) > MaxPassword {
		p.mu.Unlock()
		return false, true
	}
	ok = p.mayBegin(from, known)
	p.mu.Unlock()
	if !ok {
		return false, false
	}
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.underWay, from)
	}()
	p.hashing.Lock()
	defer p.hashing.Unlock()
	return verifyPassword(hash, text), true
}

// mayBegin notes a verification, or reports false if it is one too many. mu is held.
func (p *Password) mayBegin(from string, known bool) bool {
	if _, busy := p.underWay[from]; busy {
		return false
	}
	n := 0
	for _, k := range p.underWay {
		if k == known {
			n++
		}
	}
	if n >= maxVerifications {
		return false
	}
	p.underWay[from] = known
	return true
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
		memory > maxArgonMemory || times > maxArgonTime {
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
