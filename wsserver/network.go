package wsserver

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
func (s *lan) watchNetwork(ctx context.Context) {
	var before []netip.Addr
	for ctx.Err() == nil {
		now := []netip.Addr{}
		for _, a := range s.config.interfaces() {
			now = append(now, a.ip)
		}
		if before != nil && !slices.Equal(before, now) {
			s.changed()
			s.lookAtName()
		}
		before = now
		s.adjustDoor(ctx)
		pause(ctx, networkEvery)
	}
}
