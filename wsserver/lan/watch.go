package lan

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// networkInterval is how often the addresses of this machine are read.
const networkInterval = 15 * time.Second

// WatchNetwork follows changes of the addresses of this machine until ctx ends: the dashboard shows them, and the
// certificate is made for them.
func (s *LAN) WatchNetwork(ctx context.Context) {
	var before []netip.Addr
	for {
		now := []netip.Addr{}
		for _, a := range s.options.Interfaces() {
			now = append(now, a.IP)
		}
		if before != nil && !slices.Equal(before, now) {
			s.options.Changed()
			s.RecheckName()
		}
		before = now
		s.UpdateSecurePort(ctx)
		select {
		case <-time.After(networkInterval):
		case <-ctx.Done():
			return
		}
	}
}
