package wsserver

import (
	"belfry/wsserver/wire"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// keys is the operator's key: a secret that opens a dashboard in a browser.
type keys struct {
	mu    sync.Mutex
	token string
	path  string // where it is kept; "": nowhere, or a flag gives it
	count int    // how often it was renewed
}

func (k *keys) get() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.token
}

func (k *keys) right(token string) bool {
	a, b := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(k.get()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// print tells one key from another without giving it away: sessions are of the key that they were opened under.
func (k *keys) print() []byte {
	mac := hmac.New(sha256.New, []byte(k.get()))
	mac.Write([]byte("belfry sessions"))
	return mac.Sum(nil)
}

// load sets the key: the configured one, the kept one, or a new one that is kept from now on.
func (k *keys) load(configured, path string) error {
	if configured != "" {
		k.token = configured
		return nil
	}
	k.path = path
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if k.token = strings.TrimSpace(string(b)); k.token != "" {
			return nil
		}
	}
	_, err := k.renew()
	return err
}

// renew makes another key, which is kept before it holds.
func (k *keys) renew() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	token := rand.Text()
	if k.path != "" {
		if err := writeFile(k.path, []byte(token+"\n")); err != nil {
			return "", err
		}
	}
	k.token = token
	k.count++
	return token, nil
}

// number tells whether there was another key meanwhile.
func (k *keys) number() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.count
}

// openSecrets reads, or makes, what opens a dashboard: dir is "" where nothing is kept.
func (s *Server) openSecrets(dir string) error {
	file := func(name string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, name)
	}
	err := s.keys.load(s.config.Token, file("operator-token"))
	if err == nil {
		err = s.password.load(file("operator-password"))
	}
	if err == nil {
		err = s.sessions.load(file("sessions.json"), s.keys.print())
	}
	if err != nil {
		return &wire.Problem{Code: "folder", Err: err}
	}
	return nil
}

// KeyAnswer is the operator's key, and the address that opens a dashboard with it.
type KeyAnswer struct {
	Key string `json:"key"`
	URL string `json:"url"`
	QR  QR     `json:"qr"`
}

// Key shows the operator's key.
func (s *Server) Key(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return KeyAnswer{}, err
	}
	s.note(ctx, AuditEntry{What: "key_shown"})
	return s.keyAnswer(), nil
}

// NewKey makes another key. All sessions but the caller's end, and so do their dashboards. Errors: not_allowed where a
// flag gives the key, not_kept.
func (s *Server) NewKey(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.openLog(); err != nil {
		return KeyAnswer{}, err
	}
	if s.config.Token != "" {
		return KeyAnswer{}, wire.ErrNotAllowed.Because("The key is given by -operator-token, or its variable, which rules. Start Belfry with another one, or without.")
	}
	if _, err := s.keys.renew(); err != nil {
		s.logger.Error("keep the operator's key", "error", err)
		return KeyAnswer{}, wire.ErrSettingNotKept
	}
	own := callerOf(ctx).Session
	if err := s.sessions.renew(s.keys.print(), own); err != nil {
		s.logger.Error("keep the sessions", "error", err)
	}
	s.endDashboards(func(c *conn) bool { return c.session != own }, "The operator's key was changed.")
	s.note(ctx, AuditEntry{What: "new_key"})
	s.events.raise(&s.events.sessionsRev)
	return s.keyAnswer(), nil
}

func (s *Server) keyAnswer() KeyAnswer {
	_, url := s.URLs()
	return KeyAnswer{Key: s.keys.get(), URL: url, QR: qrOf(url)}
}

// URLs are the two that a headless start prints. The second holds the operator's key; it names this machine by an
// address that others cannot use where dashboards may be opened here alone.
func (s *Server) URLs() (client, dashboard string) {
	base := func(host string) string { return s.scheme() + "://" + net.JoinHostPort(host, s.port()) }
	host := s.printedHost()
	client = base(host) + "/"
	if !s.limits().RemoteDashboards {
		host = "127.0.0.1"
	}
	return client, fmt.Sprintf("%s/server#token=%s", base(host), s.keys.get())
}
