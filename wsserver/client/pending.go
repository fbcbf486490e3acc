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

// This file handles pending connections, which are not admitted yet. A connection's progress is its hub.State; its frames,
// its timer and the retries of its hello are handled one after another.

// pendingTime is how long a connection may stay pending after its last hello, unless it waits in the lobby.
const pendingTime = 10 * time.Minute

var (
	errPending        = wire.ErrNotAllowed.WithMessage("This room is not open to everyone. Open its page and join there first.")
	errNoHello        = &wire.Error{Code: "hello_needed", Message: "You did not send hello in time. Connect again and send it."}
	errTooManyPending = &wire.Error{Code: "full", Message: "Too many people are waiting to join this room. Connect again."}
)

// pending is the state of a connection that has not been admitted: the hello to retry when the access mode changes or the
// operator decides.
type pending struct {
	client     *Client
	handling   sync.Mutex    // held while a frame, a retry or the timer is handled; guards the fields below
	timer      *time.Timer   // ends the connection
	userID     string        // made for a hello that names none
	hello      *wire.Request // the last one, without its code; nil if there was none
	approvedAs string        // the user_id that the operator admitted, "" if none
}

// makePending makes a new connection, which is not registered yet, pending.
func (c *Client) makePending() {
	d := &pending{client: c, userID: strings.ToLower(rand.Text())}
	c.pending.Store(d)
	helloTime := time.Duration(c.service.settings.Effective().HelloSeconds) * time.Second
	d.handling.Lock()
	d.timer = time.AfterFunc(helloTime, d.timeOut)
	d.handling.Unlock()
}

// remember keeps what a retry needs of a hello, a few KiB at most: thousands may be pending, and nothing counts what they
// leave here. The code is checked only once. handling is held.
func (d *pending) remember(q *helloRequest) {
	d.hello = &wire.Request{
		Action: "hello", ID: q.ID, Name: q.name, UserID: q.UserID, Token: q.Token, Since: q.Since, Epoch: q.Epoch, Limit: q.Limit,
		Topics: d.client.service.rememberedTopics(q.Topics),
	}
}

// rememberedTopics returns those of a hello's topics that exist, and of the others the first, up to as many as one client may
// be in.
func (s *Service) rememberedTopics(topics []string) (list []string) {
	unknown := 0
	for _, t := range unique(topics) {
		if k, ok := s.topics.Get(t); ok {
			list = append(list, k.Topic) // the registry's own string
		} else if unknown++; unknown <= wire.MaxTopics {
			list = append(list, t)
		}
	}
	return list
}

// endTurn sets how much time the connection has from now on, and releases handling, which is held.
func (d *pending) endTurn() {
	c := d.client
	switch s := c.State(); {
	case s == hub.In:
		d.timer.Stop()
		c.pending.Store(nil)
	case s == hub.Waiting && c.service.lobby.Has(c):
		d.timer.Stop()
	case d.hello != nil: // also if it was admitted from the lobby, but its hello was refused
		d.timer.Reset(pendingTime)
		c.service.hub.SetPending(&c.Peer, hub.Asked)
	}
	d.handling.Unlock()
}

// retryHello handles a pending connection's last hello again; without a hello, it is admitted if the room is open by now.
// approvedAs is the user_id that the operator admitted, "" if none.
func (c *Client) retryHello(approvedAs string) {
	d := c.pending.Load()
	if d == nil {
		return
	}
	d.handling.Lock()
	defer d.endTurn()
	if c.State() == hub.In || c.Ending() {
		return
	}
	if approvedAs != "" {
		d.approvedAs = approvedAs
	}
	if d.hello == nil {
		c.admitIfOpen()
		return
	}
	r := *d.hello
	head := wire.RequestHead{Action: "hello", ID: r.ID}
	if err := c.hello(&r, head); err != nil {
		c.fail(err, head)
	}
}

// RetryHellos handles the last hellos of connections in the lobby again, after the operator has admitted them as userID.
// Each runs in a goroutine that Close waits for.
func (s *Service) RetryHellos(list []*Client, userID string) {
	for _, c := range list {
		s.spawn(func() { c.retryHello(userID) })
	}
}

// RetryPending does the same for every pending connection, after a change of the access mode.
func (s *Service) RetryPending() {
	for _, p := range s.hub.Pending() {
		c := p.Handler().(*Client)
		s.spawn(func() { c.retryHello("") })
	}
}

// admitIfOpen admits a connection without a hello if the room is open, and reports whether it is.
func (c *Client) admitIfOpen() bool {
	if c.service.access() != settings.AccessOpen {
		return false
	}
	if c.service.hub.Admit(&c.Peer) {
		c.SendFirst(func() []byte { return wire.EncodeCounts(c.service.hub.Counts()) })
	}
	return true
}

// timeOut ends a connection that was pending for too long.
func (d *pending) timeOut() {
	c := d.client
	d.handling.Lock()
	defer d.handling.Unlock()
	switch {
	case c.State() >= hub.Waiting:
	case d.hello == nil:
		// A phone that froze before its hello should connect again, so this is not a refusal.
		c.End(wire.Encode(wire.NewErrorFrame(errNoHello, wire.RequestHead{})), wire.CloseTooSlow, "no hello")
	default:
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// release frees what a connection that has ended still holds: a token that it has not bound and, if it is pending, its place
// in the lobby, which is kept for a while. The operator may be admitting it at this moment.
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
	if c.service.lobby.Leave(c, time.Now()) {
		c.service.news.LobbyChanged()
	}
}
