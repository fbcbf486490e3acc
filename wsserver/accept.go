package wsserver

import (
	"net/http"

	"github.com/gorilla/websocket"

	ident "belfry/wsserver/identity"
	"belfry/wsserver/limiter"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/useragent"
	"belfry/wsserver/wire"
)

// ServeHTTP lets a client in. A plain GET is answered as a handshake would be, since a script cannot read why a
// handshake was refused.
func (s *clients) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	plain := !websocket.IsWebSocketUpgrade(r)
	address := s.gate.Address(r)
	if !limiter.OriginAllowed(r) {
		refuse(w, http.StatusForbidden, wire.ErrNotAllowed.Because("Pages of other servers may not connect here."))
		return
	}
	if b, ok := s.bans.Address(address); ok {
		refuse(w, http.StatusForbidden, b.Refusal())
		return
	}
	if refused := s.gate.Enter(address, plain); refused != nil {
		refuse(w, refused.Code, refused.Error)
		return
	}
	if plain {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		refuse(w, http.StatusUpgradeRequired, &wire.Error{Code: "upgrade_required", Message: "This address is for WebSocket connections."})
		return
	}
	// Counted before the upgrade: until then the HTTP server knows of the request, and Close waits for one of both.
	s.running.Add(1)
	c := &client{server: s, catching: make(chan struct{}, 1)}
	c.Owner, c.Hub = c, s.hub
	c.Agent = useragent.Browser(r.UserAgent())
	if err := c.Upgrade(w, r, address, s.hub.Queues, transport.MaxQueued); err != nil {
		s.gate.Leave(address)
		s.running.Done()
		return
	}
	c.limit(s.limits())
	if s.access() != settings.AccessOpen {
		c.putOutside()
	}
	welcome(s.hub, &c.Peer, c.turnedAway)
	c.again("") // the room may have been opened meanwhile
	go c.Read() // a goroutine of its own: the HTTP server's has a deep stack and buffers that can go
}

// Ended lets the client go.
func (c *client) Ended() {
	s := c.server
	c.letGo()
	s.ledger.Depart(&c.device, s.hub.Left(&c.Peer))
	s.bans.Forget(ident.GuestID(c.Id))
	s.gate.Leave(c.Address)
	s.running.Done()
}

// clientBurst is how many seconds' worth of messages a client may send at once.
const clientBurst = 5

func (c *client) turnedAway() *wire.Error {
	if b, ok := c.server.bans.Address(c.Address); ok {
		return b.Refusal()
	}
	return nil
}
