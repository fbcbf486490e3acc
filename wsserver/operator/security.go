package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"belfry/wsserver/auth"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/peers"
	"belfry/wsserver/settings"
	"belfry/wsserver/token"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Security are the verbs about operating the room: the key, the password, sessions, settings and the audit list.
type Security struct {
	server     ServerInfo
	dispatcher *dispatch.Dispatcher
	hub        *hub.Hub
	peers      *peers.Peers
	secrets    *auth.Secrets
	key        *auth.Key
	password   *auth.Password
	sessions   *auth.Sessions
	attempts   *auth.Attempts
	tokens     *token.Store
	settings   *settings.Store
	revisions  *Revisions
	audit      *AuditLog
	logger     *slog.Logger
}

// KeyAnswer is the operator's key, and the URL of the dashboard with the key in it.
type KeyAnswer struct {
	Key string `json:"key"`
	URL string `json:"url"`
	QR  lan.QR `json:"qr"`
}

// Key returns the operator's key. Errors: closing, key_needed if the caller has to show it again, not_allowed if they signed in
// with the password.
func (s *Security) Key(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.server.OpenLog(); err != nil {
		return KeyAnswer{}, err
	}
	if err := s.mayHaveKey(ctx); err != nil {
		return KeyAnswer{}, err
	}
	if s.key.Ended() {
		return KeyAnswer{}, wire.ErrNotAllowed.WithMessage("The key was changed at another machine, and only that one can show it.")
	}
	s.audit.note(ctx, AuditEntry{What: "key_shown"})
	return s.keyAnswer(), nil
}

// NewKey replaces the key. All sessions except the caller's are ended, with their dashboards. Errors: not_allowed if a flag
// gives the key, not_kept, and those of Key.
func (s *Security) NewKey(ctx context.Context) (KeyAnswer, error) {
	if _, err := s.server.OpenLog(); err != nil {
		return KeyAnswer{}, err
	}
	if err := s.mayHaveKey(ctx); err != nil {
		return KeyAnswer{}, err
	}
	if s.server.KeyGiven {
		return KeyAnswer{}, wire.ErrNotAllowed.WithMessage("The key comes from -operator-token or its variable. To change it, restart Belfry with another one, or without.")
	}
	own, generation := callerOf(ctx).Session, s.key.Generation()
	if err := s.secrets.RenewKey(own); err != nil {
		s.logger.Error("keep the operator's key", "error", err)
		if s.key.Generation() == generation {
			return KeyAnswer{}, notKept(err)
		}
	}
	s.endDashboards(func(d *dashboard) bool { return d.sessionID() != own }, "The operator's key was changed.")
	s.audit.note(ctx, AuditEntry{What: "new_key"})
	s.revisions.SessionsChanged()
	return s.keyAnswer(), nil
}

func (s *Security) keyAnswer() KeyAnswer {
	_, url := s.server.URLs()
	return KeyAnswer{Key: s.key.Get(), URL: url, QR: lan.NewQR(url)}
}

// SetPassword sets the password that can be typed instead of the key, or removes it if text is "". Sessions opened with the old
// one are ended, except the caller's. Errors: too_short, too_large, bad_frame, not_kept, and key_needed if the caller has to
// show the key or the password again.
func (s *Security) SetPassword(ctx context.Context, text string) error {
	if _, err := s.server.OpenLog(); err != nil {
		return err
	}
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case text != "" && n < auth.MinPassword:
		return &wire.Error{Code: "too_short", Message: fmt.Sprintf("A password needs at least %d characters. Several words are easy to remember.", auth.MinPassword)}
	case n > auth.MaxPassword:
		return wire.ErrTooLarge.WithMessage(fmt.Sprintf("A password can have at most %d characters.", auth.MaxPassword))
	case !utf8.ValidString(text):
		return wire.ErrBadFrame.WithMessage("A password must be UTF-8.")
	case text == "" && !s.password.IsSet():
		return nil
	}
	if err := s.justShown(ctx); err != nil {
		return err
	}
	if err := s.password.Set(text); err != nil {
		s.logger.Error("keep the password", "error", err)
		return notKept(err)
	}
	s.endPasswordSessions(callerOf(ctx).Session)
	what := "password_set"
	if text == "" {
		what = "password_removed"
	}
	s.audit.note(ctx, AuditEntry{What: what})
	s.attempts.Forget()
	s.revisions.SettingsChanged()
	return nil
}

// notKept is err where it says itself why nothing was kept, else that of a file.
func notKept(err error) error {
	if errors.Is(err, wire.ErrNotKept) || errors.Is(err, wire.ErrClosing) {
		return err
	}
	return wire.SettingNotKept(err)
}

// signInElsewhere has dashboards here follow what has ended or changed at another server of the same log: a session, the key, the
// password.
func (s *Security) signInElsewhere() {
	s.sessions.DropEnded()
	generation := s.key.Generation()
	s.endDashboards(func(d *dashboard) bool {
		if d.by.Session == "" {
			return d.by.KeyGeneration != generation
		}
		return !s.sessions.Has(d.by.Session)
	}, errSessionEnded.Message)
	s.revisions.SessionsChanged()
	s.revisions.SettingsChanged()
	s.revisions.StateChanged()
}

// endPasswordSessions ends the sessions that a password opened, except own, with their dashboards.
func (s *Security) endPasswordSessions(own string) {
	ended := map[string]bool{}
	_, err := s.sessions.End(func(o *auth.Session) bool {
		ended[o.ID] = o.How == auth.ByPassword && o.ID != own
		return ended[o.ID]
	})
	if err != nil {
		s.logger.Error("keep the sessions", "error", err)
	}
	s.endDashboards(func(d *dashboard) bool { return ended[d.sessionID()] }, "The password was changed.")
	s.revisions.SessionsChanged()
}

// SessionInfo is a browser, or a program, that is signed in as the operator.
type SessionInfo struct {
	ID    string `json:"id"`
	Since string `json:"since"`
	// Used is when it was last used.
	Used    string `json:"used"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	// How it signed in: "key" or "password".
	How string `json:"how"`
	// Connected is how many of its dashboards are open now.
	Connected int `json:"connected"`
	// Lasting: it has a cookie. A program that shows the key at each connection has none: its session is the connection.
	Lasting bool `json:"lasting"`
	// This: it is the caller's own.
	This bool `json:"this"`
}

// SessionsAnswer is the sessions, the last used first.
type SessionsAnswer struct {
	Sessions []SessionInfo `json:"sessions"`
	// Missing are the machines that have not answered: their dashboards are not counted.
	Missing []string `json:"missing,omitempty"`
}

// dashboardsHere are the dashboards that are open at one machine: how many by session, and the connections of programs that
// showed the key.
type dashboardsHere struct {
	Open     map[string]int `json:"open"`
	Programs []SessionInfo  `json:"programs"`
}

func (s *Security) dashboardsHere(node string) dashboardsHere {
	here := dashboardsHere{Open: map[string]int{}}
	for _, p := range s.hub.Dashboards() {
		c := p.Handler().(*dashboard)
		id := c.sessionID()
		here.Open[id]++
		if c.by.Session == "" {
			here.Programs = append(here.Programs, SessionInfo{
				ID: id + node, Since: wire.Time(c.Since()).String(), Used: wire.Time(c.LastHeard()).String(),
				Address: c.Address(), Browser: c.Agent(), How: auth.ByKey, Connected: 1,
			})
		}
	}
	return here
}

// answerPeers has other machines told which dashboards are open here. A connection is named with its machine: each counts its own.
func (s *Security) answerPeers() {
	peers.Answer(s.peers, listSessions, func(struct{}) any { return s.dashboardsHere("@" + s.peers.Node()) })
}

// Sessions lists the sessions: browsers with a cookie, and connections of programs that showed the key. It waits for other
// machines, for peers.AskTimeout at most.
func (s *Security) Sessions(ctx context.Context) SessionsAnswer {
	own := callerOf(ctx).Session
	here := s.dashboardsHere("")
	answer := SessionsAnswer{Sessions: append([]SessionInfo{}, here.Programs...)}
	for i := range answer.Sessions {
		answer.Sessions[i].This = answer.Sessions[i].ID == own
	}
	answer.Missing = peers.Gather(ctx, s.peers, listSessions, struct{}{}, func(_ string, there dashboardsHere) {
		answer.Sessions = append(answer.Sessions, there.Programs...)
		for id, n := range there.Open {
			here.Open[id] += n
		}
	})
	for _, o := range s.sessions.All() {
		answer.Sessions = append(answer.Sessions, SessionInfo{
			ID: o.ID, Since: wire.Time(time.Unix(o.Since, 0)).String(), Used: wire.Time(time.Unix(o.Used, 0)).String(),
			Address: o.Address, Browser: o.Browser, How: o.How, Connected: here.Open[o.ID], Lasting: true, This: o.ID == own,
		})
	}
	slices.SortStableFunc(answer.Sessions, func(a, b SessionInfo) int { return cmp.Compare(b.Used, a.Used) })
	return answer
}

// EndSession ends a session, with its dashboards. Errors: not_allowed if there is none, not_kept.
func (s *Security) EndSession(ctx context.Context, id string) error {
	var ended AuditEntry
	n, err := s.sessions.End(func(o *auth.Session) bool {
		if o.ID == id {
			ended.Target, ended.Detail = o.Address, o.Browser
		}
		return o.ID == id
	})
	n += s.endDashboards(func(d *dashboard) bool { return d.sessionID() == id }, errSessionEnded.Message)
	if _, machine, elsewhere := strings.Cut(id, "@"); elsewhere && s.peers != nil && machine != s.peers.Node() {
		if err := s.dispatcher.Keep(tell.Once(tell.SessionEnded, id, []byte{})...); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return wire.ErrNotAllowed.WithMessage("That session has already ended.")
	}
	ended.What = "session_ended"
	s.audit.note(ctx, ended)
	s.revisions.SessionsChanged()
	if err != nil {
		s.logger.Error("keep the sessions", "error", err)
		return wire.SettingNotKept(err)
	}
	return nil
}

// sessionEndedElsewhere ends the connection of a program that another machine has ended.
func (s *Security) sessionEndedElsewhere(id string) {
	node := "@" + s.peers.Node()
	s.endDashboards(func(d *dashboard) bool { return d.sessionID()+node == id }, errSessionEnded.Message)
}

// EndDashboardsOf ends the dashboards of a session; they show why.
func (s *Security) EndDashboardsOf(session, why string) {
	s.endDashboards(func(d *dashboard) bool { return d.sessionID() == session }, why)
}

// endDashboards ends the dashboards for which ends reports true, with why, and returns how many.
func (s *Security) endDashboards(ends func(*dashboard) bool, why string) (n int) {
	said := wire.Encode(wire.NewErrorFrame(wire.ErrNotAllowed.WithMessage(why), wire.RequestHead{}))
	for _, c := range s.hub.Dashboards() {
		if ends(c.Handler().(*dashboard)) {
			c.End(said, wire.CloseNotAllowed, "session ended")
			n++
		}
	}
	return n
}

// SendDashboardsAway ends the dashboards on other computers, which come back where and when they can.
func (s *Security) SendDashboardsAway() {
	for _, c := range s.hub.Dashboards() {
		if c.Handler().(*dashboard).by.Remote {
			c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
		}
	}
}

// The key or the password is asked for again before a browser may see or change what opens a dashboard: a session that was
// lent or stolen must not outlive itself.

// ShownFor is how long the key or the password counts as just shown.
const ShownFor = 5 * time.Minute

var (
	errShowAgain    = &wire.Error{Code: "key_needed", Message: "Enter the key or the password again to do this."}
	errNoProgram    = wire.ErrNotAllowed.WithMessage("An access token cannot do this.")
	errSessionEnded = wire.ErrNotAllowed.WithMessage("This session has ended.")
	errKeyWithheld  = wire.ErrNotAllowed.WithMessage(
		"You signed in with the password, which cannot show or change the key. Sign in with the key, or use the Belfry window.")
)

// Prove takes the key or the password again, for ShownFor. Errors: key_wrong, rate_limited, not_allowed.
func (s *Security) Prove(ctx context.Context, text string) error {
	c := callerOf(ctx)
	if _, err := s.sessionOf(c); err != nil {
		return err
	}
	_, e, _ := s.attempts.Password(auth.From{Address: c.Address, Browser: c.Browser}, text)
	if e != nil {
		return e
	}
	s.sessions.Show(c.Session)
	return nil
}

// sessionOf is the session of a caller in a browser; nil for the window, and for a program that has shown the key. A program
// with an access token is refused.
func (s *Security) sessionOf(c Caller) (*auth.Session, error) {
	if c.Token != "" {
		return nil, errNoProgram
	}
	if c.Session == "" || c.Program {
		return nil, nil
	}
	o, ok := s.sessions.Get(c.Session)
	if !ok {
		return nil, errSessionEnded
	}
	return &o, nil
}

// justShown fails if the caller has not shown the key or the password recently.
func (s *Security) justShown(ctx context.Context) error {
	o, err := s.sessionOf(callerOf(ctx))
	if err != nil || o == nil {
		return err
	}
	if time.Since(time.Unix(o.Shown, 0)) >= ShownFor {
		return errShowAgain
	}
	return nil
}

// mayHaveKey is justShown, and also fails if the caller signed in with the password, which never shows the key.
func (s *Security) mayHaveKey(ctx context.Context) error {
	o, err := s.sessionOf(callerOf(ctx))
	if err == nil && o != nil && o.How == auth.ByPassword {
		return errKeyWithheld
	}
	if err != nil {
		return err
	}
	return s.justShown(ctx)
}
