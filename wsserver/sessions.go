package wsserver

import (
	"belfry/wsserver/wire"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file is the operator's sessions: a browser that has shown the key, or the password, holds a cookie for one. The
// server keeps each by a hash of that cookie, so that it can be listed and ended.

const (
	// sessionAge is how long a session lasts.
	sessionAge = 30 * 24 * time.Hour
	// sessionsMost is how many there may be; beyond it the one that was used longest ago ends.
	sessionsMost = 100
	// usedEvery is how exactly the last use is kept in the folder.
	usedEvery = 10 * time.Minute
)

// How a session was opened.
const (
	byKey      = "key"
	byPassword = "password"
	byBearer   = "bearer" // a program that shows the key at each connection; only in the audit list
)

// session is one signed-in browser. Times are Unix seconds.
type session struct {
	ID      string `json:"id"`
	Hash    []byte `json:"hash"` // SHA-256 of the cookie's value, which is random and long
	Since   int64  `json:"since"`
	Used    int64  `json:"used"`
	Ends    int64  `json:"ends"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	How     string `json:"how"`
}

// SessionInfo is a browser, or another program, that is signed in as the operator.
type SessionInfo struct {
	ID    string `json:"id"`
	Since string `json:"since"`
	// Used is when it last did something.
	Used    string `json:"used"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	// How it signed in: "key" or "password".
	How string `json:"how"`
	// Connected is how many of its dashboards are open now.
	Connected int `json:"connected"`
	// Lasting: it has a cookie. A program that shows the key at each connection has none, and ends with that.
	Lasting bool `json:"lasting"`
	// This is the asker's own.
	This bool `json:"this"`
}

// SessionsAnswer lists sessions, the one used last first.
type SessionsAnswer struct {
	Sessions []SessionInfo `json:"sessions"`
}

// sessions are those there are, as they are kept in the folder.
type sessions struct {
	mu      sync.Mutex
	path    string // "": kept in memory alone
	print   []byte // of the key that they were opened under
	list    []*session
	written time.Time
}

// keptSessions is the file.
type keptSessions struct {
	Print    []byte     `json:"print"`
	Sessions []*session `json:"sessions"`
}

// load reads the file; one that is of another key, or damaged, holds no session.
func (l *sessions) load(path string, print []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.path, l.print, l.list = path, print, nil
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
func (l *sessions) write() error {
	l.written = time.Now()
	if l.path == "" {
		return nil
	}
	b, err := json.Marshal(keptSessions{l.print, l.list})
	if err != nil {
		return err
	}
	return writeFile(l.path, append(b, '\n'))
}

// open makes a session, under an ID of its own where none is given, and returns the value of its cookie. It holds also
// where it could not be kept.
func (l *sessions) open(id, address, browser, how string) (value string, s session, err error) {
	now := time.Now()
	value = rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(value))
	s = session{
		ID: cmp.Or(id, strings.ToLower(rand.Text()[:10])), Hash: sum[:], Since: now.Unix(), Used: now.Unix(), Ends: now.Add(sessionAge).Unix(),
		Address: address, Browser: browser, How: how,
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = slices.DeleteFunc(l.list, func(o *session) bool { return o.Ends <= now.Unix() })
	if len(l.list) >= sessionsMost {
		oldest := slices.MinFunc(l.list, func(a, b *session) int { return cmp.Compare(a.Used, b.Used) })
		l.list = slices.DeleteFunc(l.list, func(o *session) bool { return o == oldest })
	}
	kept := s
	l.list = append(l.list, &kept)
	return value, s, l.write()
}

// find returns the session of a cookie, and notes that it is used.
func (l *sessions) find(value string) (session, bool) {
	if value == "" {
		return session{}, false
	}
	sum, now := sha256.Sum256([]byte(value)), time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if bytes.Equal(s.Hash, sum[:]) && now.Unix() < s.Ends {
			s.Used = now.Unix()
			if now.Sub(l.written) >= usedEvery {
				_ = l.write() // only the last use would be lost
			}
			return *s, true
		}
	}
	return session{}, false
}

// has reports whether there is a session.
func (l *sessions) has(id string) bool {
	return slices.ContainsFunc(l.all(), func(s session) bool { return s.ID == id })
}

// use notes that a session is used.
func (l *sessions) use(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if s.ID == id {
			s.Used = time.Now().Unix()
		}
	}
}

// end ends those for which ends reports true, and returns how many.
func (l *sessions) end(ends func(*session) bool) (n int, err error) {
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
func (l *sessions) renew(print []byte, but string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print = print
	l.list = slices.DeleteFunc(l.list, func(s *session) bool { return s.ID != but })
	return l.write()
}

// flush keeps when each was last used.
func (l *sessions) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return nil
	}
	return l.write()
}

func (l *sessions) all() (list []session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.list {
		if time.Now().Unix() < s.Ends {
			list = append(list, *s)
		}
	}
	return list
}

// Sessions lists who is signed in as the operator: browsers with a cookie, and programs that showed the key.
func (s *Server) Sessions(ctx context.Context) SessionsAnswer {
	own := callerOf(ctx).Session
	open := map[string]int{}
	answer := SessionsAnswer{Sessions: []SessionInfo{}}
	for _, c := range s.hub.all(false, true) {
		open[c.session]++
		if id := programID(c); id == c.session {
			answer.Sessions = append(answer.Sessions, SessionInfo{
				ID: id, Since: wire.WireTime(c.since).String(), Used: wire.WireTime(time.Unix(0, c.lastHeard.Load())).String(),
				Address: c.address, Browser: c.agent, How: byKey, Connected: 1, This: id == own,
			})
		}
	}
	for _, o := range s.sessions.all() {
		answer.Sessions = append(answer.Sessions, SessionInfo{
			ID: o.ID, Since: wire.WireTime(time.Unix(o.Since, 0)).String(), Used: wire.WireTime(time.Unix(o.Used, 0)).String(),
			Address: o.Address, Browser: o.Browser, How: o.How, Connected: open[o.ID], Lasting: true, This: o.ID == own,
		})
	}
	slices.SortStableFunc(answer.Sessions, func(a, b SessionInfo) int { return cmp.Compare(b.Used, a.Used) })
	return answer
}

// programID names the session of a connection that showed the key itself.
func programID(c *conn) string { return fmt.Sprintf("connection-%d", c.id) }

// EndSession ends one session, and its dashboards. Errors: not_allowed where there is none, not_kept.
func (s *Server) EndSession(ctx context.Context, id string) error {
	var ended AuditEntry
	n, err := s.sessions.end(func(o *session) bool {
		if o.ID == id {
			ended.Target, ended.Detail = o.Address, o.Browser
		}
		return o.ID == id
	})
	n += s.endDashboards(func(c *conn) bool { return c.session == id }, "This session was ended.")
	if n == 0 {
		return wire.ErrNotAllowed.Because("There is no such session any more.")
	}
	ended.What = "session_ended"
	s.note(ctx, ended)
	s.events.raise(&s.events.sessionsRev)
	if err != nil {
		s.logger.Error("keep the sessions", "error", err)
		return wire.ErrSettingNotKept
	}
	return nil
}

// endDashboards ends the dashboards for which ends reports true, who read why, and returns how many.
func (s *Server) endDashboards(ends func(*conn) bool, why string) (n int) {
	said := wire.Encode(wire.NewErrorFrame(wire.ErrNotAllowed.Because(why), wire.RequestHead{}))
	for _, c := range s.hub.all(false, true) {
		if ends(c) {
			c.end(said, wire.CloseNotAllowed, "session ended")
			n++
		}
	}
	return n
}
