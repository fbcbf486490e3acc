package client

import (
	"net/http"

	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// ServeHTTP accepts a client's connection. A plain GET is answered as a handshake would be, since a script cannot read why
// a handshake was refused.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := s.limiter.Address(r)
	if s.refuse(w, r, address) {
		return
	}
	// Counted before the upgrade: until then the HTTP server knows of the request, and Close waits for one or the other.
	s.running.Add(1)
	c := &Client{service: s, catching: make(chan struct{}, 1)}
	c.Init(s.hub, c)
	err := c.Upgrade(w, r, transport.Options{
		Address: address, Agent: s.agents.Describe(r.UserAgent()), MaxQueued: transport.MaxQueued, Budget: s.hub.Budget(),
	})
	if err != nil {
		s.limiter.Leave(address)
		s.running.Done()
		return
	}
	c.setRates(s.settings.Effective())
	state := hub.In
	if s.access() != settings.AccessOpen {
		state = hub.Silent
		c.makePending()
	}
	if evicted := s.hub.Start(&c.Peer, state, s.limiter.MaxPending(), func() *wire.Error { return s.refusal(address) }); evicted != nil {
		s.news.RefusedConnection(errTooManyPending)
		evicted.End(wire.Encode(wire.NewErrorFrame(errTooManyPending, wire.RequestHead{})), wire.CloseTooSlow, "too many outside")
		evicted.Linger(evictedLinger)
	}
	c.retryHello("") // the access mode may have changed before it was registered: RetryPending did not find it then
	go c.Read()      // a goroutine of its own: the HTTP server's has a deep stack and buffers that can go
}

// refuse answers a request that must not become a connection, and reports whether it did. Otherwise the limiter has counted
// the request.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, address string) bool {
	plain := !transport.IsUpgrade(r)
	if why := s.limiter.RefusedOrigin(r); why != nil {
		s.refuseConnection(w, r, http.StatusForbidden, why)
		return true
	}
	if why := s.refusal(address); why != nil {
		s.refuseConnection(w, r, http.StatusForbidden, why)
		return true
	}
	if sendElsewhere(s, w, r) {
		return true
	}
	if refused := s.limiter.NoteShared(r, address, s.limiter.Enter(address, plain)); refused != nil {
		s.refuseConnection(w, r, refused.Status, refused.Error)
		return true
	}
	if plain {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		wire.Refuse(w, http.StatusUpgradeRequired, s.limiter.UpgradeNeeded(r))
		return true
	}
	return false
}

// errElsewhere is why a machine that is cut off lets nobody in.
var errElsewhere = &wire.Error{
	Code: "cut_off", Message: "This machine of the room is cut off from the others. Go on at another one.", Retry: hub.ReconnectAfter,
}

// sendElsewhere refuses a request while this machine is cut off, and reports whether it did. A page that can reach none of the others
// says so, and may come in: to read.
func sendElsewhere(s *Service, w http.ResponseWriter, r *http.Request) bool {
	if !s.peers.Status().CutOff || len(s.peers.URLs()) == 0 || r.URL.Query().Has("stay") {
		return false
	}
	if !transport.IsAttempt(w) {
		s.news.RefusedConnection(errElsewhere)
	}
	RefuseCutOff(s, w)
	return true
}

// RefuseCutOff answers a request that this machine refuses since it is cut off: it says where the others are, and names the log.
func RefuseCutOff(s *Service, w http.ResponseWriter) {
	body := wire.NewRefusal(errElsewhere)
	body.Nodes, body.Epoch = s.peers.URLs(), s.source.log.Epoch()
	wire.RefuseWith(w, http.StatusServiceUnavailable, errElsewhere, body)
}

// refuseConnection refuses a request. A handshake that is refused where it is tried comes again, and is counted then.
func (s *Service) refuseConnection(w http.ResponseWriter, r *http.Request, status int, why *wire.Error) {
	if !transport.IsAttempt(w) {
		s.news.RefusedConnection(why)
	}
	wire.RefuseRequest(w, r, status, why, "")
}

// Ended releases what the connection held of the server's resources. Its reader calls it last.
func (c *Client) Ended() {
	s := c.service
	c.release()
	if c.recovering != nil {
		<-c.recovering // it has been told to end
	}
	s.ledger.Disconnect(&c.device, c.LeftAt())
	if userID := c.UserID(); identity.IsGuest(userID) {
		s.releaseGuest(userID)
	}
	s.bans.ForgetGuest(identity.GuestID(c.ID()))
	s.limiter.Leave(c.Address())
	s.running.Done()
}

// evictedLinger is how long an evicted connection has to read why: the next one is waiting for its place.
const evictedLinger = transport.LingerTimeout / 8

// refusal is why a connection from an address may not connect or stay; nil if it may. It is called again when the connection
// is registered, since the address may have been blocked in between: unlike a person, a network has no lock.
func (s *Service) refusal(address string) *wire.Error {
	if b, ok := s.bans.OfAddress(address); ok {
		return b.Refusal()
	}
	return nil
}
