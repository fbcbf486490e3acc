package client

import (
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is a connection that is not let in yet. It is registered apart, so that nothing is sent to it that others
// cause; its frames, and what the operator decides, are handled one after another under turn.

// pendingTime is how long a connection may stay outside after its last hello, unless it waits in the lobby.
const pendingTime = 10 * time.Minute

var (
	errPending        = wire.ErrNotAllowed.WithMessage("This room is not open to everyone. Open its page and come in there first.")
	errNoHello        = &wire.Error{Code: "hello_needed", Message: "You did not say who you are in time. Connect again, and say hello."}
	errTooManyPending = &wire.Error{Code: "full", Message: "Too many are at the door of this room. Connect again."}
)

// pending is what is known of a connection that is not let in yet.
type pending struct {
	handling   sync.Mutex    // held while something is done for the connection
	timer      *time.Timer   // ends it
	userID     string        // of who gives none
	hello      *wire.Request // the last hello, without its code; nil: none was said
	approvedAs string        // the user_id that the operator let in

}

// makePending makes a connection, which nobody knows yet, one that is not let in.
func (c *Client) makePending() {
	d := &pending{userID: strings.ToLower(rand.Text())}
	c.pending.Store(d)
	helloTime := time.Duration(c.service.Limits().HelloSeconds) * time.Second
	d.handling.Lock()
	d.timer = time.AfterFunc(helloTime, func() { c.timeOut(d) })
	d.handling.Unlock()
}

// remember keeps a hello, to be said again when the way in changes or the operator has decided. turn is held.
func (d *pending) remember(r *wire.Request) {
	if r.UserID == "" {
		r.UserID = d.userID
	}
	again := *r
	again.Code, again.Message, again.Epoch = "", "", wire.Clip(r.Epoch, wire.MaxID)
	again.Topics = nil
	for _, t := range r.Topics {
		if len(t) <= wire.MaxTopic { // longer ones do not exist
			again.Topics = append(again.Topics, t)
		}
	}
	d.hello = &again
}

// approved reports whether the operator let this connection in as userID. turn is held.
func (d *pending) approved(userID string) bool { return d.approvedAs != "" && d.approvedAs == userID }

// endTurn ends a turn: who came in has no doorstep any more.
func (c *Client) endTurn(d *pending) {
	switch s := c.State(); {
	case s == hub.In:
		d.timer.Stop()
		c.pending.Store(nil)
	case s == hub.Waiting:
		d.timer.Stop()
	case d.hello != nil:
		d.timer.Reset(pendingTime)
		c.service.Hub.SetPending(&c.Peer, hub.Asked)
	}
	d.handling.Unlock()
}

// retryHello says a connection's last hello anew; who has said none comes in where the room is open by now.
func (c *Client) retryHello(letIn string) {
	d := c.pending.Load()
	if d == nil {
		return
	}
	d.handling.Lock()
	defer c.endTurn(d)
	if c.State() == hub.In || c.Ending() {
		return
	}
	if letIn != "" {
		d.approvedAs = letIn
	}
	if d.hello == nil {
		c.admitIfOpen()
		return
	}
	r := *d.hello
	if err := c.hello(&r); err != nil {
		c.fail(err, wire.RequestHead{Action: "hello", ID: r.ID})
	}
}

// RetryHellos says the last hello of connections that waited in the lobby anew: the operator has let them in as userID.
// Each runs in a goroutine that the stop waits for.
func (s *Service) RetryHellos(list []*Client, userID string) {
	for _, c := range list {
		s.Spawn(func() { c.retryHello(userID) })
	}
}

// RetryPending does so for every pending connection: the access mode has changed.
func (s *Service) RetryPending() {
	for _, p := range s.Hub.Pending() {
		c := p.Handler().(*Client)
		s.Spawn(func() { c.retryHello("") })
	}
}

// admitIfOpen lets a connection in that says no hello, where the room is open.
func (c *Client) admitIfOpen() bool {
	if c.service.access() != settings.AccessOpen {
		return false
	}
	if c.service.Hub.Admit(&c.Peer) {
		c.SendFirst(func() []byte { return wire.EncodeCounts(c.service.Hub.Counts()) })
	}
	return true
}

// timeOut ends a connection whose time outside is over.
func (c *Client) timeOut(d *pending) {
	d.handling.Lock()
	defer d.handling.Unlock()
	switch {
	case c.State() >= hub.Waiting:
	case d.hello == nil:
		// A phone that froze before its hello is to come back: hence no refusal.
		c.End(wire.Encode(wire.NewErrorFrame(errNoHello, wire.RequestHead{})), wire.CloseTooSlow, "no hello")
	default:
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// release lets go of what a connection that has ended was given: a token that it has not bound, and where it is outside its
// place. That is kept in the lobby for a while. The operator may be letting it in at this moment.
func (c *Client) release() {
	d := c.pending.Load()
	if d == nil {
		c.offer("", "")
		return
	}
	d.handling.Lock()
	defer d.handling.Unlock()
	c.offer("", "")
	d.timer.Stop()
	if c.service.Lobby.Leave(c, time.Now()) {
		c.service.LobbyChanged()
	}
}
