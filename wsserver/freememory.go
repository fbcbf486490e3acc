package wsserver

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	// freeTick is how often connections are looked at.
	freeTick = time.Second
	// freeAfter is how many changes to the list of clients make it worth it.
	freeAfter = 500
	// freeRounds is how many collections are made: each halves stacks that are larger than needed.
	freeRounds = 3
)

// freeMemory is a loop until ctx ends: it returns freed memory to the operating system after many connections came or went,
// once that has settled. Other programs run on an operator's machine. It also removes expired people from the lobby.
func (s *Server) freeMemory(ctx context.Context) {
	tick := time.NewTicker(freeTick)
	defer tick.Stop()
	var seen, freed uint64
	for {
		select {
		case <-tick.C:
			if s.stores.lobby.Expire(time.Now()) {
				s.revisions.LobbyChanged()
			}
			now := s.hub.Revision()
			if now == seen && now-freed >= freeAfter {
				for range freeRounds {
					debug.FreeOSMemory()
				}
				freed = now
			}
			seen = now
		case <-ctx.Done():
			return
		}
	}
}
