package client

import (
	"cmp"
	"container/list"
	"sync"

	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file bounds the connections that are not let in, of all addresses together: who has many addresses must not fill
// every descriptor with connections that say nothing, or nothing that lets them in. Those in the lobby have their own bound.

const (

	// evictedLinger is how long one that is sent away has to read why: the next is at the door.
	evictedLinger = transport.LingerTimeout / 8
)

// pendingList are the connections outside that do not wait in the lobby, in the order of their last hello.
type pendingList struct {
	mu            sync.Mutex
	silent, asked list.List // of *client; silent have said none
}

// put adds a connection that has said nothing. Where they are more than most by that, one is sent away, to come back:
// who has been silent longest, and only where nobody else is silent who said hello longest ago.
func (o *pendingList) put(c *Client, d *pending, most int) {
	if gone := o.swap(c, d, most); gone != nil {
		gone.End(wire.Encode(wire.NewErrorFrame(errTooManyPending, wire.RequestHead{})), wire.CloseTooSlow, "too many outside")
		gone.Linger(evictedLinger)
	}
}

// swap adds a connection and returns the one that is to go for it, nil where there is room.
func (o *pendingList) swap(c *Client, d *pending, most int) (gone *Client) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.silent.Len()+o.asked.Len() >= most {
		first := cmp.Or(o.silent.Front(), o.asked.Front())
		gone = first.Value.(*Client)
		o.remove(gone.pending.Load()) // it is there as long as the list has it
	}
	o.move(c, d, &o.silent)
	return gone
}

// asks puts a connection behind all who have said hello before.
func (o *pendingList) asks(c *Client, d *pending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.move(c, d, &o.asked)
}

// drop lets a connection go that came in, sat down in the lobby or ended.
func (o *pendingList) drop(d *pending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.remove(d)
}

// move puts a connection at the end of a list. mu is held.
func (o *pendingList) move(c *Client, d *pending, to *list.List) {
	o.remove(d)
	d.in, d.place = to, to.PushBack(c)
}

// remove takes a connection out of the list that it is in. mu is held.
func (o *pendingList) remove(d *pending) {
	if d != nil && d.in != nil {
		d.in.Remove(d.place)
		d.in, d.place = nil, nil
	}
}
