package hub

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"
)

// DisconnectSlowest ends connections while more is queued for all of them than the budget allows, those with the oldest
// backlog first. It returns when ctx ends.
func (h *Hub) DisconnectSlowest(ctx context.Context, logger *slog.Logger) {
	for {
		select {
		case <-h.budget.Exceeded():
			if n := h.disconnectSlowest(); n > 0 {
				logger.Warn("too much waited for slow connections", "ended", n)
			}
		case <-ctx.Done():
			return
		}
	}
}

// disconnectSlowest brings the queues to an eighth below the bound, so that each message does not end one more connection,
// and returns how many it ended.
func (h *Hub) disconnectSlowest() (n int) {
	type backlog struct {
		*Peer
		since time.Time
		bytes int
	}
	var slow []backlog
	for _, p := range h.everybody() {
		if since, bytes, ok := p.Backlog(); ok {
			slow = append(slow, backlog{p, since, bytes})
		}
	}
	slices.SortFunc(slow, func(a, b backlog) int { return cmp.Or(a.since.Compare(b.since), cmp.Compare(b.bytes, a.bytes)) })
	enough := h.budget.Limit() / 8 * 7
	for _, p := range slow {
		if h.budget.Used() <= enough {
			break
		}
		p.EndAndDiscard()
		n++
	}
	return n
}
