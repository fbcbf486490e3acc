package lan

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// networkEvery is how often the machine's addresses are looked at.
const networkEvery = 15 * time.Second

// watchNetwork follows the machine's addresses until ctx ends: the dashboard shows others, and the certificate is for
// them.
func (s *LAN) WatchNetwork(ctx context.Context) {
	var before []netip.Addr
	for ctx.Err() == nil {
		now := []netip.Addr{}
		for _, a := range s.Config.Interfaces() {
			now = append(now, a.Ip)
		}
		if before != nil && !slices.Equal(before, now) {
			s.Changed()
			s.LookAtName()
		}
		before = now
		s.AdjustDoor(ctx)
		Pause(ctx, networkEvery)
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
