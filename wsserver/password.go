package wsserver

import (
	"belfry/wsserver/wire"
	"context"
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
)

// This file is the password that may be set beside the key, for who types it on another machine. Of it only a hash by
// argon2id is kept, in a file of its own.

const (
	// passwordLeast and passwordMost are code points.
	passwordLeast = 10
	passwordMost  = 256

	// What one hash costs: 32 MiB, twice over.
	argonTime   = 2
	argonMemory = 32 << 10 // KiB
	argonLanes  = 1
	argonSalt   = 16
	argonMost   = 1 << 20 // KiB, or times: what a damaged file may ask for
	argonSum    = 32

	// passwordsWaiting is how many may wait for a hash, which are made one after the other.
	passwordsWaiting = 4
)

// password is the one that is set, if any.
type password struct {
	mu   sync.Mutex
	path string // "": kept in memory alone
	hash string // as it is kept; "": none is set

	turns chan struct{} // who waits
	turn  sync.Mutex    // one hash at a time: each takes 32 MiB
}

func newPassword() *password { return &password{turns: make(chan struct{}, passwordsWaiting)} }

func (p *password) load(path string) error {
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

func (p *password) isSet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hash != ""
}

// set keeps a password, or removes it where text is "".
func (p *password) set(text string) (err error) {
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
			err = writeFile(p.path, []byte(hash+"\n"))
		}
	}
	if err == nil {
		p.hash = hash
	}
	return err
}

// right reports whether text is the password. ok is false where too many are being looked at already.
func (p *password) right(text string) (right, ok bool) {
	p.mu.Lock()
	hash := p.hash
	p.mu.Unlock()
	if hash == "" || utf8.RuneCountInString(text) > passwordMost {
		return false, true
	}
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	default:
		return false, false
	}
	p.turn.Lock()
	defer p.turn.Unlock()
	return verifyPassword(hash, text), true
}

// hashPassword is a password's hash in the form that other programs write it in, too.
func hashPassword(text string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey(plain(text), salt, argonTime, argonMemory, argonLanes, argonSum)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes, b64(salt), b64(sum))
}

// verifyPassword compares in constant time. A hash that cannot be read is nobody's.
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

// SetPassword sets the password that opens a dashboard beside the key, or removes it where it is "". Sessions that were
// opened with the old one end, but the caller's. Errors: too_short, too_large, not_kept.
func (s *Server) SetPassword(ctx context.Context, text string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case text != "" && n < passwordLeast:
		return &wire.Error{Code: "too_short", Message: fmt.Sprintf("A password has at least %d characters. Several words are easy to remember.", passwordLeast)}
	case n > passwordMost:
		return wire.ErrTooLarge.Because(fmt.Sprintf("A password has at most %d characters.", passwordMost))
	case !utf8.ValidString(text):
		return wire.ErrBadFrame.Because("A password is UTF-8.")
	case text == "" && !s.password.isSet():
		return nil
	}
	if err := s.password.set(text); err != nil {
		s.logger.Error("keep the password", "error", err)
		return wire.ErrSettingNotKept
	}
	s.endPasswordSessions(callerOf(ctx).Session)
	what := "password_set"
	if text == "" {
		what = "password_removed"
	}
	s.note(ctx, AuditEntry{What: what})
	s.events.raise(&s.events.settingsRev)
	return nil
}

// endPasswordSessions ends the sessions that the old password opened.
func (s *Server) endPasswordSessions(own string) {
	ended := map[string]bool{}
	_, err := s.sessions.end(func(o *session) bool {
		ended[o.ID] = o.How == byPassword && o.ID != own
		return ended[o.ID]
	})
	if err != nil {
		s.logger.Error("keep the sessions", "error", err)
	}
	s.endDashboards(func(c *conn) bool { return ended[c.session] }, "The password was changed.")
	s.events.raise(&s.events.sessionsRev)
}
