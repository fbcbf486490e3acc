package auth

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
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

const // sessionAge is how long a session lasts.
SessionAge = 30 * 24 * time.Hour

const // sessionsMost is how many there may be; beyond it the one that was used longest ago ends.
MaxSessions = 100

const // usedEvery is how exactly the last use is kept in the folder.
usedEvery = 10 * time.Minute

const ByKey = "key"

const ByPassword = "password"

const ByBearer = "bearer" // a program that shows the key at each connection; only in the audit list

// session is one signed-in browser. Times are Unix seconds.
type Session struct {
	ID      string `json:"id"`
	Hash    []byte `json:"hash"` // SHA-256 of the cookie's value, which is random and long
	Since   int64  `json:"since"`
	Used    int64  `json:"used"`
	Expires int64  `json:"ends"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	How     string `json:"how"`
}

// sessions are those there are, as they are kept in the folder.
type Sessions struct {
	mu      sync.Mutex
	Path    string // "": kept in memory alone
	Print   []byte // of the key that they were opened under
	list    []*Session
	written time.Time
}

// keptSessions is the file.
type keptSessions struct {
	Print    []byte     `json:"print"`
	Sessions []*Session `json:"sessions"`
}

// load reads the file; one that is of another key, or damaged, holds no session.
func (l *Sessions) Load(path string, print []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Path, l.Print, l.list = path, print, nil
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var kept keptSessions
	if json.Unmarshal(b, &kept) == nil && bytes.Equal(kept.Print, print) {
		l.list = kept.Sessions
	}
	return nil
}

// write keeps the list. mu is held.
func (l *Sessions) write() error {
	l.written = time.Now()
	if l.Path == "" {
		return nil
	}
	b, err := json.Marshal(keptSessions{l.Print, l.list})
	if err != nil {
		return err
	}
	return atomicfile.Write(l.Path, append(b, '\n'))
}

// open makes a session, under an ID of its own where none is given, and returns the value of its cookie. It holds also
// where it could not be kept.
func (l *Sessions) Open(id, address, browser, how string) (value string, s Session, err error) {
	now := time.Now()
	value = rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(value))
	s = Session{
		ID: cmp.Or(id, strings.ToLower(rand.Text()[:10])), Hash: sum[:], Since: now.Unix(), Used: now.Unix(), Expires: now.Add(SessionAge).Unix(),
		Address: address, Browser: browser, How: how,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(o *Session) bool { return o.Expires <= now.Unix() })
	if len(l.list) >= MaxSessions {
		oldest := slices.MinFunc(l.list, func(a, b *Session) int { return cmp.Compare(a.Used, b.Used) })
		l.list = slices.DeleteFunc(l.list, func(o *Session) bool { return o == oldest })
	}
	kept := s
	l.list = append(l.list, &kept)
	return value, s, l.write()
}

// find returns the session of a cookie, and notes that it is used.
func (l *Sessions) Find(value string) (Session, bool) {
	if value == "" {
		return Session{}, false
	}
	sum, now := sha256.Sum256([]byte(value)), time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if bytes.Equal(s.Hash, sum[:]) && now.Unix() < s.Expires {
			s.Used = now.Unix()
			if now.Sub(l.written) >= usedEvery {
				_ = l.write() // only the last use would be lost
			}
			return *s, true
		}
	}
	return Session{}, false
}

// has reports whether there is a session.
func (l *Sessions) Has(id string) bool {
	return slices.ContainsFunc(l.All(), func(s Session) bool { return s.ID == id })
}

// use notes that a session is used.
func (l *Sessions) Touch(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ID == id {
			s.Used = time.Now().Unix()
		}
	}
}

// end ends those for which ends reports true, and returns how many.
func (l *Sessions) End(ends func(*Session) bool) (n int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n = len(l.list)
	l.list = slices.DeleteFunc(l.list, ends)
	if n -= len(l.list); n > 0 {
		err = l.write()
	}
	return n, err
}

// renew ends all but one, which is of another key from now on.
func (l *Sessions) EndOthers(print []byte, but string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Print = print
	l.list = slices.DeleteFunc(l.list, func(s *Session) bool { return s.ID != but })
	return l.write()
}

// flush keeps when each was last used.
func (l *Sessions) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return nil
	}
	return l.write()
}

func (l *Sessions) All() (list []Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if time.Now().Unix() < s.Expires {
			list = append(list, *s)
		}
	}
	return list
}
