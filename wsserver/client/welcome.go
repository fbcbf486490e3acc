package client

import (
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// welcome admits a connection: the handshake's answer and the counts go out in one write. turnedAway is why it may not
// stay that was let in while the operator changed who may: whoever changes it looks at those admitted afterwards, and
// those admitted look again here.
func Welcome(h *hub.Hub, c *hub.Peer, turnedAway func() *wire.Error) {
	if h.Admit(c) {
		if !c.Out {
			c.SendFirst(func() []byte { return wire.EncodeCounts(h.Counts()) })
		}
		if why := turnedAway(); why != nil {
			c.End(wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{})), wire.CloseNotAllowed, "not allowed")
		}
	} else {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(ComeBack))
	}
	c.Link.Uncork()
	c.SetReadDeadline(time.Now())
}
