package wsserver

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	tidyTick = time.Second
	// tidyAfter is how many connections must have come or gone for it to be worth it.
	tidyAfter = 500
	// tidyRounds: each halves stacks that are larger than they need to be.
	tidyRounds = 3
)

// tidy gives back to the system what a crowd's coming and going has left: once it is quiet again, not while it lasts. An
// operator's machine has other things to do with that memory. It ends with ctx.
func (s *Server) tidy(ctx context.Context) {
	tick := time.NewTicker(tidyTick)
	defer tick.Stop()
	var seen, tidied uint64
	for {
		select {
		case <-tick.C:
			if s.Seats.Tidy(time.Now()) {
				s.LobbyChanged()
			}
			now := s.Hub.Moves()
			if now == seen && now-tidied >= tidyAfter {
				for range tidyRounds {
					debug.FreeOSMemory()
				}
				tidied = now
			}
			seen = now
		case <-ctx.Done():
			return
		}
	}
}
