package hub

import (
	"time"

	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// ReconnectAfter is when clients may return after the server has ended their connections; each draws its own moment before
// and after it.
const ReconnectAfter = 2 * time.Second

// Start registers a connection whose upgrade has been written but not sent, and sends that, with the counts for who is
// in, in one write. State and maxPending are Register's, as is evicted.
//
// refusal returns the error that ends it, nil: it may stay. It is called after the registration, and a change of the data
// that it checks ends registered connections after the change. So no connection is missed between the two.
func (h *Hub) Start(p *Peer, s State, maxPending int, refusal func() *wire.Error) (evicted *Peer) {
	evicted, ok := h.Register(p, s, maxPending)
	if ok {
		if s != Silent && s != Knocking {
			p.SendFirst(func() []byte { return wire.EncodeCounts(h.Counts()) })
		}
		if why := refusal(); why != nil {
			p.End(wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{})), wire.CloseNotAllowed, "not allowed")
		}
	} else {
		p.End(nil, wire.CloseGoingAway, transport.RetryReason(ReconnectAfter))
	}
	p.Uncork()
	p.ResetIdle()
	return evicted
}
