package operator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"belfry/wsserver/hub"
)

// shed ends the slowest while more waits than may, until ctx ends.
func (s *Operator) DisconnectSlowest(ctx context.Context) {
	for {
		select {
		case <-s.Hub.Budget.Overrun:
			s.disconnectSome()
		case <-ctx.Done():
			return
		}
	}
}

// disconnectSome brings what waits to an eighth below the bound, so that not every message ends one connection more.
func (s *Operator) disconnectSome() {
	type slow struct {
		*hub.Peer
		since time.Time
		bytes int
	}
	var list []slow
	for _, c := range s.Hub.Everybody(true) {
		if since, bytes, ok := c.Backlog(); ok {
			list = append(list, slow{c, since, bytes})
		}
	}
	slices.SortFunc(list, func(a, b slow) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(b.bytes, a.bytes)) })
	enough := s.Hub.Budget.Limit() / 8 * 7
	n := 0
	for _, c := range list {
		if s.Hub.Budget.Used.Load() <= enough {
			break
		}
		c.DiscardQueue()
		n++
	}
	if n > 0 {
		s.Logger.Warn("too much waited for slow connections", "ended", n)
	}
}
