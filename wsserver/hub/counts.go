package hub

import (
	"context"
	"slices"
	"time"

	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file sends what goes to many connections besides messages: the counts, pings, and the server's own frames.

const (
	// countsPeriod is the least time between two rounds of counts.
	countsPeriod = 100 * time.Millisecond
	// countsShare keeps rounds below a twentieth of the time when there are very many clients.
	countsShare = 20
	// pingSlots is how many steps the pings of one period are spread over: one a second.
	pingSlots = uint64(transport.PingPeriod / time.Second)
)

// counts are of clients, and of those of them that follow a topic.
type counts struct{ clients, subscribers int }

// SetElsewhere sets how many clients, and subscribers, the other machines of the room have.
func SetElsewhere(h *Hub, clients, subscribers int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := (counts{clients, subscribers}); now != h.elsewhere {
		h.elsewhere = now
		h.countsRev++
		h.signal()
	}
}

// Counts returns how many clients are in the room, and how many of them follow a topic: here, and on its other machines.
func (h *Hub) Counts() wire.CountsFrame {
	c, _ := h.countsAt()
	return c
}

// countsAt returns the counts and their revision. Between two equal counts somebody may have been sent different ones.
func (h *Hub) countsAt() (c wire.CountsFrame, rev uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return wire.CountsFrame{Type: "counts", Subscribers: h.subscribers + h.elsewhere.subscribers, Clients: len(h.clients.list) + h.elsewhere.clients}, h.countsRev
}

// Snapshot is the hub's figures at one time, of this machine alone.
type Snapshot struct {
	Clients, Subscribers int
	Position             uint64 // seq of the newest message fanned out
	Revision             uint64 // of the list of clients
	Pending, Dashboards  int
	// Behind is how many clients are out of the fan-out and are sent the log's pages, MostBehind how many messages, of all
	// audiences, lie between the newest one and the client that is furthest behind.
	Behind     int
	MostBehind uint64
}

// Snapshot returns the hub's current figures.
func (h *Hub) Snapshot() Snapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	behind, most := h.clients.list[h.clients.live:], uint64(0)
	for _, p := range behind {
		most = max(most, h.position-min(p.sentTo, h.position))
	}
	return Snapshot{
		Clients: len(h.clients.list), Subscribers: h.subscribers, Position: h.position, Revision: h.rev,
		Pending: h.pending.len(), Dashboards: len(h.dashboards.list), Behind: len(behind), MostBehind: most,
	}
}

// SendCounts sends counts to every client that is in when they have changed: a first change at once, then not again until
// 100 ms, or twenty times the duration of the last round, have passed. It calls changed before each round, even if only the
// list of clients has changed. It ends with ctx.
func (h *Hub) SendCounts(ctx context.Context, changed func()) {
	var sent uint64
	var batch transport.Batch
	defer batch.Close()
	for {
		select {
		case <-h.changed:
		case <-ctx.Done():
			return
		}
		changed()
		now, rev := h.countsAt()
		if rev == sent {
			continue
		}
		sent = rev
		start := time.Now()
		to := connsOf(h.peers(true, false, true))
		batch.Defer(to, wire.EncodeCounts(now))
		pause(ctx, max(countsPeriod, countsShare*time.Since(start)))
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// PingAll pings each connection once every period. It ends with ctx.
func (h *Hub) PingAll(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var batch transport.Batch
	defer batch.Close()
	for slot := uint64(0); ; slot = (slot + 1) % pingSlots {
		select {
		case now := <-tick.C:
			due := slices.DeleteFunc(h.everybody(), func(p *Peer) bool { return p.id%pingSlots != slot })
			batch.Ping(connsOf(due), now)
		case <-ctx.Done():
			return
		}
	}
}

// SendAll sends a frame to each of a few connections, from any goroutine. If one is in a recovery, the frame waits until that
// has ended.
func SendAll(frame []byte, to []*Peer) {
	transport.Defer(connsOf(to), frame)
}
