package client

import (
	"container/list"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is a connection that is not let in yet. It is registered apart, so that nothing is sent to it that others
// cause; its frames, and what the operator decides, are handled one after another under turn.

// outsideTime is how long a connection may stay outside after its last hello, unless it waits in the lobby.
const outsideTime = 10 * time.Minute

var (
	errOutside = wire.ErrNotAllowed.Because("This room is not open to everyone. Open its page and come in there first.")
	errNoHello = &wire.Error{Code: "hello_needed", Message: "You did not say who you are in time. Connect again, and say hello."}
	errCrowded = &wire.Error{Code: "full", Message: "Too many are at the door of this room. Connect again."}
)

// doorstep is what is known of a connection that is not let in yet.
type doorstep struct {
	turn    sync.Mutex    // held while something is done for the connection
	timer   *time.Timer   // ends it
	userID  string        // of who gives none
	asked   *wire.Request // the last hello, without its code; nil: none was said
	waiting bool          // it is in the lobby
	letIn   string        // the user_id that the operator let in

	in    *list.List    // of the Server's outsiders, nil: none; guarded by their mu
	place *list.Element // there
}

// putOutside makes a connection, which nobody knows yet, one that is not let in.
func (c *Client) putOutside() {
	d := &doorstep{userID: strings.ToLower(rand.Text())}
	c.outside.Store(d)
	c.Out = true
	helloTime := time.Duration(c.server.Limits().HelloSeconds) * time.Second
	d.turn.Lock()
	d.timer = time.AfterFunc(helloTime, func() { c.late(d) })
	d.turn.Unlock()
	c.server.outsiders.put(c, d, c.server.Gate.OutsideMost())
}

// remember keeps a hello, to be said again when the way in changes or the operator has decided. turn is held.
func (d *doorstep) remember(r *wire.Request) {
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
	d.asked, d.waiting = &again, false
}

// approved reports whether the operator let this connection in as userID. turn is held.
func (d *doorstep) approved(userID string) bool { return d.letIn != "" && d.letIn == userID }

// handled ends a turn: who came in has no doorstep any more.
func (c *Client) handled(d *doorstep) {
	switch {
	case c.Entered.Load():
		d.timer.Stop()
		c.server.outsiders.drop(d)
		c.outside.Store(nil)
	case d.waiting:
		d.timer.Stop()
		c.server.outsiders.drop(d) // the lobby has a bound of its own
	case d.asked != nil:
		d.timer.Reset(outsideTime)
		c.server.outsiders.asks(c, d)
	}
	d.turn.Unlock()
}

// again says a connection's last hello anew; who has said none comes in where the room is open by now.
func (c *Client) again(letIn string) {
	d := c.outside.Load()
	if d == nil {
		return
	}
	d.turn.Lock()
	defer c.handled(d)
	if c.Entered.Load() || c.Ending.Load() {
		return
	}
	if letIn != "" {
		d.letIn = letIn
	}
	if d.asked == nil {
		c.enterOpen()
		return
	}
	r := *d.asked
	if err := c.hello(&r); err != nil {
		c.fail(err, wire.RequestHead{Action: "hello", ID: r.ID})
	}
}

// sayAgain says the last hello of connections anew, each in a goroutine that the stop waits for.
func (s *Clients) SayAgain(list []*Client, letIn string) {
	for _, c := range list {
		s.Spawn(func() { c.again(letIn) })
	}
}

// enterOpen lets a connection in that says no hello, where the room is open.
func (c *Client) enterOpen() bool {
	if c.server.access() != settings.AccessOpen {
		return false
	}
	if c.server.Hub.Enter(&c.Peer) {
		c.SendFirst(func() []byte { return wire.EncodeCounts(c.server.Hub.Counts()) })
	}
	return true
}

// late ends a connection whose time outside is over.
func (c *Client) late(d *doorstep) {
	d.turn.Lock()
	defer d.turn.Unlock()
	switch {
	case c.Entered.Load() || d.waiting:
	case d.asked == nil:
		// A phone that froze before its hello is to come back: hence no refusal.
		c.End(wire.Encode(wire.NewErrorFrame(errNoHello, wire.RequestHead{})), wire.CloseTooSlow, "no hello")
	default:
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(ComeBack))
	}
}

// letGo lets go of what a connection that has ended was given: a token that it has not bound, and where it is outside its
// place. That is kept in the lobby for a while. The operator may be letting it in at this moment.
func (c *Client) letGo() {
	d := c.outside.Load()
	if d == nil {
		c.offer("", "")
		return
	}
	d.turn.Lock()
	defer d.turn.Unlock()
	c.offer("", "")
	d.timer.Stop()
	c.server.outsiders.drop(d)
	if c.server.Lobby.Leave(c, time.Now()) {
		c.server.LobbyChanged()
	}
}
