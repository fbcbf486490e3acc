package auth

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/internal/atomicfile"
)

// SessionAge is how long a session lasts.
const SessionAge = 30 * 24 * time.Hour

const (
	// maxSessions is how many there may be; beyond it the one that was used longest ago ends.
	maxSessions = 100
	// writeUsedEvery is the precision of the last use in the file.
	writeUsedEvery = 10 * time.Minute
)

// How somebody has signed in.
const (
	ByKey      = "key"
	ByPassword = "password"
	ByBearer   = "bearer" // a program that shows the key at each connection; it has no session
)

// Session is one browser that is signed in. Times are Unix seconds.
type Session struct {
	ID      string `json:"id"`
	Hash    []byte `json:"hash"` // SHA-256 of the cookie's value, which is random and long
	Half    []byte `json:"half"` // SHA-256 of the page's half, likewise
	Since   int64  `json:"since"`
	Used    int64  `json:"used"`
	Expires int64  `json:"ends"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	How     string `json:"how"`
	// Shown is when the key or the password was last shown in it, 0 if that was before a restart.
	Shown int64 `json:"-"`
}

// Credentials are what a browser shows for its session: the cookie's value, and the half that the page keeps. Browsers send
// a cookie to every program on the same host, whatever its port; what a page keeps stays with its origin.
type Credentials struct{ Cookie, Half string }

// Sessions are all sessions. Without Load they are kept only in memory.
type Sessions struct {
	mu          sync.Mutex
	path        string // of their file; "": none
	fingerprint []byte // of the key that they belong to
	list        []*Session
	written     time.Time
	work        map[*context.CancelCauseFunc]string // what to call when a session ends, with its ID
	shared      sharedSessions
}

// sessionsFile is the file.
type sessionsFile struct {
	Fingerprint []byte     `json:"print"`
	Sessions    []*Session `json:"sessions"`
}

// Load reads the file, path "" being none. Sessions of another key, those of which a
// cookie would be all, and a damaged file, are no sessions.
func (l *Sessions) Load(path string, fingerprint []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.path, l.fingerprint, l.list = path, fingerprint, nil
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var kept sessionsFile
	if json.Unmarshal(b, &kept) == nil && bytes.Equal(kept.Fingerprint, fingerprint) {
		l.list = slices.DeleteFunc(kept.Sessions, func(s *Session) bool { return s == nil || len(s.Hash) == 0 || len(s.Half) == 0 })
	}
	return nil
}

// write writes the file. mu is held.
func (l *Sessions) write() error {
	l.written = time.Now()
	if l.path == "" || l.shared.records.IsShared() {
		return nil
	}
	b, err := json.Marshal(sessionsFile{l.fingerprint, l.list})
	if err != nil {
		return err
	}
	return atomicfile.Write(l.path, append(b, '\n'))
}

// Open makes a session, and returns what its browser is to show. The session is valid also where the file could not be
// written, which is the error.
func (l *Sessions) Open(address, browser, how string) (shown Credentials, s Session, err error) {
	now := time.Now()
	shown = Credentials{Cookie: rand.Text() + rand.Text(), Half: rand.Text()}
	s = Session{
		ID: strings.ToLower(rand.Text()[:10]), Hash: hashOf(shown.Cookie), Half: hashOf(shown.Half), Since: now.Unix(), Used: now.Unix(),
		Expires: now.Add(SessionAge).Unix(), Address: address, Browser: browser, How: how, Shown: now.Unix(),
	}
	l.mu.Lock()
	// Those that have ended stay: it may be the clock that is wrong.
	if len(l.list) >= maxSessions {
		oldest := slices.MinFunc(l.list, func(a, b *Session) int { return cmp.Compare(a.Used, b.Used) })
		l.remove(func(o *Session) bool { return o == oldest })
		l.owe(oldest.ID)
	}
	kept := s
	l.list = append(l.list, &kept)
	l.owe(s.ID)
	err = l.write()
	l.mu.Unlock()
	return shown, s, errors.Join(err, l.Write())
}

// owe notes that a session is not in the log as it is here. mu is held.
func (l *Sessions) owe(id string) {
	if !l.shared.records.IsShared() {
		return
	}
	l.shared.owed[id] = true
	if l.shared.prints[id] == nil {
		l.shared.prints[id] = l.fingerprint
	}
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Proves reports whether half is the page's half of the session.
func (s *Session) Proves(half string) bool {
	return len(s.Half) > 0 && subtle.ConstantTimeCompare(s.Half, hashOf(half)) == 1
}

// Get returns the session of an ID.
func (l *Sessions) Get(id string) (Session, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ID == id && l.holds(s, time.Now()) {
			return *s, true
		}
	}
	return Session{}, false
}

// Show notes that the key or the password was shown in a session.
func (l *Sessions) Show(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ID == id {
			s.Shown = time.Now().Unix()
		}
	}
}

// errEnded is the cause of the end of work whose session has ended.
var errEnded = errors.New("the session was ended")

// While is ctx for work of a session, which ends with it. stop is called when the work is done.
func (l *Sessions) While(ctx context.Context, id string) (work context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.ContainsFunc(l.list, func(s *Session) bool { return s.ID == id }) {
		cancel(errEnded)
		return ctx, func() {}
	}
	if l.work == nil {
		l.work = map[*context.CancelCauseFunc]string{}
	}
	l.work[&cancel] = id
	return ctx, func() {
		cancel(nil)
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.work, &cancel)
	}
}

// remove removes the sessions for which ends reports true, and ends their work. mu is held.
func (l *Sessions) remove(ends func(*Session) bool) {
	l.list = slices.DeleteFunc(l.list, func(s *Session) bool {
		if !ends(s) {
			return false
		}
		for cancel, id := range l.work {
			if id == s.ID {
				(*cancel)(errEnded)
				delete(l.work, cancel)
			}
		}
		return true
	})
}

// Find returns the session of a cookie's value, and notes that it is used.
func (l *Sessions) Find(value string) (Session, bool) {
	if value == "" {
		return Session{}, false
	}
	sum, now := sha256.Sum256([]byte(value)), time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if bytes.Equal(s.Hash, sum[:]) && l.holds(s, now) {
			s.Used = now.Unix()
			if now.Sub(l.written) >= writeUsedEvery {
				_ = l.write() // only the last use would be lost
			}
			return *s, true
		}
	}
	return Session{}, false
}

// early is how far a session may have been opened ahead of now: the clock may have gone back a little since.
const early = 24 * time.Hour

// valid reports whether a session holds at a time. One that was opened later, by a clock that was ahead, would hold for too
// long.
func (s *Session) valid(now time.Time) bool {
	return now.Unix() < s.Expires && s.Expires <= now.Add(SessionAge+early).Unix()
}

// Has reports whether there is a session of that ID.
func (l *Sessions) Has(id string) bool {
	_, ok := l.Get(id)
	return ok
}

// Touch notes that a session is used. The file has it later: with the next change, or by Flush.
func (l *Sessions) Touch(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ID == id {
			s.Used = time.Now().Unix()
		}
	}
}

// End removes the sessions for which ends reports true, and returns how many. They are removed also where the file could
// not be written.
func (l *Sessions) End(ends func(*Session) bool) (n int, err error) {
	l.mu.Lock()
	l.remove(func(s *Session) bool {
		if !ends(s) {
			return false
		}
		l.owe(s.ID)
		n++
		return true
	})
	if n > 0 {
		err = l.write()
	}
	l.mu.Unlock()
	if n == 0 {
		return 0, nil
	}
	return n, errors.Join(err, l.Write())
}

// EndOthers is for a new key: it removes all sessions but one, by its ID, which belongs to the new key from now on.
func (l *Sessions) EndOthers(fingerprint []byte, but string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fingerprint = fingerprint
	l.remove(func(s *Session) bool { return s.ID != but })
	return l.write()
}

// Flush writes when each was last used. It does nothing if there are no sessions.
func (l *Sessions) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return nil
	}
	return l.write()
}

// All returns the sessions that have not expired, in no order.
func (l *Sessions) All() (list []Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if l.holds(s, time.Now()) {
			list = append(list, *s)
		}
	}
	return list
}
