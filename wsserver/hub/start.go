package hub

import (
	"time"

	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// ReconnectAfter is about how long after the server has ended their connections clients may return; each picks its own
// moment around it.
const ReconnectAfter = 2 * time.Second

// Start registers a connection whose upgrade has been written but not sent, and sends it in one write, for those that are in
// together with the counts. state, maxPending and evicted are those of Register.
//
// refusal returns the error that ends the connection, nil if it may stay. It is called after the registration, and a change
// of the data that it checks ends registered connections after the change. So no connection slips through between the two.
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
