package operator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// This file is the ways in, and how the operator chooses one: open, a join code, approval, a list. Whom each lets in is
// decided in admit.go.

// Ways in.
const ()

// access is the way in that holds.
func (s *Operator) Access() string { return s.File.Get().AccessMode() }

// CodeAnswer is the six digits.
type CodeAnswer struct {
	Code string `json:"code"`
}

// SetAccess chooses how people come in: "open", "code", "approval" or "list". Who is connected stays, and is let in
// from then on; who waits is asked anew. Errors: bad_frame, not_kept.
func (s *Operator) SetAccess(ctx context.Context, access string) error {
	if !slices.Contains(settings.AccessModes, access) {
		return wire.ErrBadFrame.WithMessage(`People come in by "open", "code", "approval" or "list".`)
	}
	before := s.Access()
	if before == access {
		return nil
	}
	if before == settings.AccessOpen {
		if err := s.grantAllInside(); err != nil {
			return err
		}
	}
	err := s.choose(ctx, "access", before, access, func(v *settings.Values) {
		v.Access = access
		if access == settings.AccessCode && v.Code == "" {
			v.Code, v.Secret = admission.NewCode(), admission.NewSecret()
		}
	})
	if err != nil {
		return err
	}
	s.WaitingRoom.Clear()
	s.LobbyChanged()
	s.Door.RetryPending()
	return nil
}

// NewCode makes six new digits. Printed QR codes go on. Errors: not_kept.
func (s *Operator) NewCode(ctx context.Context) (CodeAnswer, error) {
	code := admission.NewCode()
	if err := s.Change(func(v *settings.Values) { v.Code = code }); err != nil {
		return CodeAnswer{}, err
	}
	s.note(ctx, AuditEntry{What: "new_code"})
	return CodeAnswer{code}, nil
}

// NewSecret makes another secret for the QR code: printed ones end. Errors: not_kept.
func (s *Operator) NewSecret(ctx context.Context) error {
	if err := s.Change(func(v *settings.Values) { v.Secret = admission.NewSecret() }); err != nil {
		return err
	}
	s.note(ctx, AuditEntry{What: "new_secret"})
	return nil
}

// Notice is something that happened by itself. Code is "code_changed".
type Notice struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Since   string `json:"since"`
}

// DismissNotice drops the notice: the operator has read it.
func (s *Operator) DismissNotice(context.Context) error {
	if s.notice.Swap(nil) != nil {
		s.Revisions.StateChanged()
	}
	return nil
}

// guessed counts a wrong try at the digits. After too many they change: the secret stays, so that printed QR codes go
// on, and no stranger's guesses shut the room.
func (s *Operator) WrongCode(code string) {
	s.guesses.Mu.Lock()
	defer s.guesses.Mu.Unlock()
	if s.guesses.Code != code {
		s.guesses.Code, s.guesses.N = code, 0
	}
	if s.guesses.N++; s.guesses.N < client.MaxWrongCodes {
		return
	}
	changed := false
	err := s.Change(func(v *settings.Values) {
		if changed = v.Code == code; changed {
			v.Code = admission.NewCode()
		}
	})
	if err != nil || !changed {
		return // the next wrong one tries again
	}
	s.notice.Store(&Notice{
		Code: "code_changed", Since: wire.Time(time.Now()).String(),
		Message: fmt.Sprintf("After %d wrong tries the join code changed by itself. QR codes go on.", client.MaxWrongCodes),
	})
	s.NoteOf(AuditEntry{What: "code_changed", Detail: "guessed"})
	s.Revisions.StateChanged()
}
