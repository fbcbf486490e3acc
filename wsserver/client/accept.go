package client

import (
	"net/http"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/limiter"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// ServeHTTP lets a client in. A plain GET is answered as a handshake would be, since a script cannot read why a
// handshake was refused.
func (s *Clients) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	plain := !websocket.IsWebSocketUpgrade(r)
	address := s.Gate.Address(r)
	if !limiter.OriginAllowed(r) {
		Refuse(w, http.StatusForbidden, wire.ErrNotAllowed.Because("Pages of other servers may not connect here."))
		return
	}
	if b, ok := s.Bans.Address(address); ok {
		Refuse(w, http.StatusForbidden, b.Refusal())
		return
	}
	if refused := s.Gate.Enter(address, plain); refused != nil {
		Refuse(w, refused.Code, refused.Error)
		return
	}
	if plain {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		Refuse(w, http.StatusUpgradeRequired, &wire.Error{Code: "upgrade_required", Message: "This address is for WebSocket connections."})
		return
	}
	// Counted before the upgrade: until then the HTTP server knows of the request, and Close waits for one of both.
	s.Running.Add(1)
	c := &Client{server: s, catching: make(chan struct{}, 1)}
	c.Owner, c.Hub = c, s.Hub
	c.Agent = useragent.Browser(r.UserAgent())
	if err := c.Upgrade(w, r, address, s.Hub.Queues, transport.MaxQueued); err != nil {
		s.Gate.Leave(address)
		s.Running.Done()
		return
	}
	c.limit(s.Limits())
	if s.access() != settings.AccessOpen {
		c.putOutside()
	}
	Welcome(s.Hub, &c.Peer, c.turnedAway)
	c.again("") // the room may have been opened meanwhile
	go c.Read() // a goroutine of its own: the HTTP server's has a deep stack and buffers that can go
}

// Ended lets the client go.
func (c *Client) Ended() {
	s := c.server
	c.letGo()
	s.Ledger.Depart(&c.device, s.Hub.Left(&c.Peer))
	s.Bans.Forget(identity.GuestID(c.Id))
	s.Gate.Leave(c.Address)
	s.Running.Done()
}

// clientBurst is how many seconds' worth of messages a client may send at once.
const ClientBurst = 5

func (c *Client) turnedAway() *wire.Error {
	if b, ok := c.server.Bans.Address(c.Address); ok {
		return b.Refusal()
	}
	return nil
}

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
