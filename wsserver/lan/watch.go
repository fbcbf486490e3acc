package lan

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// networkInterval is how often the machine's addresses are looked at.
const networkInterval = 15 * time.Second

// watchNetwork follows the machine's addresses until ctx ends: the dashboard shows others, and the certificate is for
// them.
func (s *LAN) WatchNetwork(ctx context.Context) {
	var before []netip.Addr
	for ctx.Err() == nil {
		now := []netip.Addr{}
		for _, a := range s.Config.Interfaces() {
			now = append(now, a.IP)
		}
		if before != nil && !slices.Equal(before, now) {
			s.Changed()
			s.RecheckName()
		}
		before = now
		s.UpdateSecurePort(ctx)
		Pause(ctx, networkInterval)
	}
}

// pause waits for d, or until ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
