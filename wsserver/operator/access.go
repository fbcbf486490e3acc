package operator

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/peers"
	"belfry/wsserver/settings"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// Entry are the verbs about coming in: the access mode with its codes, the lobby and the list.
type Entry struct {
	openLog    func() (msglog.Log, error)
	dispatcher *dispatch.Dispatcher
	hub        *hub.Hub
	clients    *client.Service
	identities *identity.Store
	settings   chosen
	lobby      *admission.Lobby
	list       *admission.List
	grants     *admission.Grants
	guesses    admission.CodeGuesses
	// nameOf is the name of a person, putOut ends the connections of people with the reason.
	nameOf func(userID string) string
	putOut func(userIDs []string, why *wire.Error)
	// connectedElsewhere are those of people who are connected to other machines.
	connectedElsewhere func(userIDs []string) map[string]bool
	peers              *peers.Peers
	notice             *atomic.Pointer[Notice]
	webhooks           *webhook.Engine
	attempts           *auth.Attempts
	revisions          *Revisions
	audit              *AuditLog
}

// CodeAnswer is the join code: six digits. Ended is how many grants ended with the old one.
type CodeAnswer struct {
	Code  string `json:"code"`
	Ended int    `json:"ended"`
}

// SetAccess sets the access mode: "open", "code", "approval" or "list". Connected clients stay and get a grant, so that
// they can reconnect; pending ones are checked again under the new mode. Errors: bad_frame, not_kept.
func (s *Entry) SetAccess(ctx context.Context, access string) error {
	if !settings.IsAccessMode(access) {
		return wire.ErrBadFrame.WithMessage(`Access is "open", "code", "approval" or "list".`)
	}
	before := s.settings.Get().AccessMode()
	if before == access {
		return nil
	}
	if before == settings.AccessOpen {
		if err := s.grantAllInside(); err != nil {
			return err
		}
	}
	err := s.settings.changeTo(ctx, "access", before, access, func(v *settings.Values) {
		v.Access = access
		if access == settings.AccessCode && v.Code == "" {
			v.Code, v.Secret = admission.NewCode(), admission.NewSecret()
		}
	})
	if err != nil {
		return err
	}
	s.accessChanged()
	return nil
}

// accessChanged has those who are not in yet be checked again.
func (s *Entry) accessChanged() {
	s.lobby.Clear()
	s.revisions.LobbyChanged()
	s.clients.RetryPending()
}

// settingsElsewhere has this server follow what another one of the same log has changed of the room's settings. Those who are in
// here stay, as SetAccess says.
func (s *Entry) settingsElsewhere(ctx context.Context) (err error) {
	before, now := s.settings.Tell(ctx)
	if was, is := before.AccessMode(), now.AccessMode(); was != is {
		if was == settings.AccessOpen {
			err = s.grantAllInside()
		}
		s.accessChanged()
	}
	s.revisions.SettingsChanged()
	return err
}

// grantAllInside gives a grant to every connected person with a token: the room was open, and they reconnect when it is
// not open any more.
func (s *Entry) grantAllInside() error {
	if _, err := s.openLog(); err != nil {
		return nil // nobody is
	}
	list := map[string]admission.Grant{}
	grant := func(userID string) {
		if token := s.identities.TokenHash(userID); token != nil && list[userID].Token == nil {
			list[userID] = admission.NewGrant(token, settings.AccessOpen, "")
		}
	}
	for _, c := range s.hub.Clients() {
		if who := c.Identity(); who.Proved {
			grant(who.UserID)
		}
	}
	_ = peers.Gather(context.Background(), s.peers, listInside, struct{}{}, func(_ string, userIDs []string) {
		for _, userID := range userIDs {
			grant(userID)
		}
	})
	return s.grants.Add(s.dispatcher, s.grants.WithoutKnown(list))
}

// NewCode replaces the join code. Printed QR codes hold the secret, and stay valid. With anew all grants end: everyone must
// join again, though those who are connected stay. Errors: not_kept.
func (s *Entry) NewCode(ctx context.Context, anew bool) (CodeAnswer, error) {
	code := admission.NewCode()
	ended, err := s.renew(ctx, AuditEntry{What: "new_code"}, anew, func(v *settings.Values) { v.Code = code })
	if err != nil {
		return CodeAnswer{}, err
	}
	return CodeAnswer{code, ended}, nil
}

// NewSecret replaces the secret in the QR code: printed ones are invalid from then on. anew is as for NewCode. Errors: not_kept.
func (s *Entry) NewSecret(ctx context.Context, anew bool) (EndedAnswer, error) {
	ended, err := s.renew(ctx, AuditEntry{What: "new_secret"}, anew, func(v *settings.Values) { v.Secret = admission.NewSecret() })
	return EndedAnswer{ended}, err
}

// renew replaces what admits people, and with anew ends all grants; ended says how many.
func (s *Entry) renew(ctx context.Context, e AuditEntry, anew bool, set func(*settings.Values)) (ended int, err error) {
	if err := s.settings.change(ctx, set); err != nil {
		return 0, err
	}
	if anew {
		whose, err := s.endGrants(nil, func(string, admission.Grant) bool { return true })
		if err != nil {
			return 0, err
		}
		ended = len(whose)
	}
	e.Count = ended
	s.audit.note(ctx, e)
	return ended, nil
}

// Notice is something that the server did on its own and the operator should know. Code is "code_changed",
// "password_off", "webhook", "key_differs", "log_damaged" or "left_machines".
type Notice struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Since   string `json:"since"`
}

// DismissNotice removes the notice from State: the operator has read it. A password that was switched off opens again then.
// Errors: not_kept.
func (s *Entry) DismissNotice(ctx context.Context) error {
	if s.notice.Swap(nil) != nil {
		s.revisions.StateChanged()
		return nil
	}
	wasOff, err := s.attempts.LookedAt()
	if err != nil {
		return wire.ErrSettingNotKept
	}
	if wasOff {
		s.audit.note(ctx, AuditEntry{What: "password_on"})
		s.revisions.SettingsChanged()
		return nil
	}
	was, err := s.webhooks.LookedAt()
	if was || err == nil && s.attempts.LookedAtKey() {
		s.revisions.StateChanged()
	}
	return err
}

// Tell tells the operator something with a Notice of that code, unless something else is to be read first: it reports whether it
// does.
func (s *Entry) Tell(code string, p *wire.Problem) bool {
	told := s.notice.CompareAndSwap(nil, &Notice{Code: code, Message: p.Error(), Since: wire.Time(time.Now()).String()})
	if told {
		s.revisions.StateChanged()
	}
	return told
}

// passwordNotice is the notice that the password is off since then.
func passwordNotice(since string) *Notice {
	return &Notice{
		Code: "password_off", Since: since,
		Message: fmt.Sprintf("After %d wrong attempts the password was switched off. It works again once you dismiss this. Set a new one to be safe.", auth.MaxGuesses),
	}
}

// WrongCode counts a wrong join code, for all clients together. After client.MaxWrongCodes of them the code is replaced, so
// that nobody can guess it by trying from many addresses. The secret stays valid: guessing does not lock out anybody who has
// a printed QR code.
func (s *Entry) WrongCode(code string) {
	s.guesses.Wrong(code, func() { s.replaceCode(code) })
}

// replaceCode changes digits at which there were too many wrong tries, unless they have changed already.
func (s *Entry) replaceCode(code string) {
	changed := false
	err := s.settings.change(context.Background(), func(v *settings.Values) {
		if changed = v.Code == code; changed {
			v.Code = admission.NewCode()
		}
	})
	if err != nil || !changed {
		return // the next wrong one tries again
	}
	s.notice.Store(&Notice{
		Code: "code_changed", Since: wire.Time(time.Now()).String(),
		Message: fmt.Sprintf("After %d wrong attempts Belfry changed the join code. QR codes keep working.", admission.MaxWrongCodes),
	})
	s.audit.Note(AuditEntry{What: "code_changed", Detail: "guessed"})
	s.revisions.StateChanged()
}
