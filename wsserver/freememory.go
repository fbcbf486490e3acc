package wsserver

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	freeTick = time.Second
	// freeAfter is how many connections must have come or gone for it to be worth it.
	freeAfter = 500
	// tidyRounds: each halves stacks that are larger than they need to be.
	freeRounds = 3
)

// freeMemory gives back to the system what a crowd's coming and going has left: once it is quiet again, not while it lasts. An
// operator's machine has other things to do with that memory. It ends with ctx.
func (s *Server) freeMemory(ctx context.Context) {
	tick := time.NewTicker(freeTick)
	defer tick.Stop()
	var seen, tidied uint64
	for {
		select {
		case <-tick.C:
			if s.stores.lobby.Expire(time.Now()) {
				s.revisions.LobbyChanged()
			}
			now := s.hub.Revision()
			if now == seen && now-tidied >= freeAfter {
				for range freeRounds {
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
