package wsserver

import "context"

// This file is the lobby: who waits for the operator to let them in.

// Waiting is somebody in the lobby.
type Waiting struct {
	UserID string `json:"user_id"`
	// Name that was given, "" where none was.
	Name    string `json:"name"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	Since   string `json:"since"`
	// Connected: else the place is kept for ten minutes.
	Connected bool `json:"connected"`
}

// LobbyAnswer is the lobby, who has waited longest first.
type LobbyAnswer struct {
	Waiting []Waiting `json:"waiting"`
}

// lobby is who waits.
type lobby struct{}

func (l *lobby) list() []Waiting { return []Waiting{} }

func (l *lobby) size() int { return len(l.list()) }

// Lobby lists who waits.
func (s *Server) Lobby() LobbyAnswer { return LobbyAnswer{s.lobby.list()} }

// LetIn lets somebody in who waits, or all. Errors: unknown_user, not_kept.
func (s *Server) LetIn(_ context.Context, _ string, all bool) error {
	if !all {
		return ErrUnknownUser.because("Nobody of that user_id waits.")
	}
	return nil
}

// Refuse sends somebody away who waits, or all; they read the reason. Errors: unknown_user, too_large.
func (s *Server) Refuse(_ context.Context, _ string, all bool, reason string) error {
	if _, err := cleanReason(reason); err != nil {
		return err
	}
	if !all {
		return ErrUnknownUser.because("Nobody of that user_id waits.")
	}
	return nil
}
