package dispatch

import (
	"time"

	"belfry/wsserver/msglog"
)

// This file passes what the log has applied on to the fan-out.

// setInFlight notes the posts that the next group of this dispatcher has; nil: it has none.
func (d *Dispatcher) setInFlight(posts []Post) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inFlight = flight{posts, time.Now()}
}

// follow takes each group that the log has applied, in order. It blocks while too much of others waits for the fan-out, which
// itself never waits for the log.
func (d *Dispatcher) follow(c msglog.Committed) {
	if err := d.ledger.Applied(c); err != nil {
		d.logger.Error("some receipts cannot be read, and are lost", "error", err)
	}
	d.mu.Lock()
	posts, began := d.inFlight.posts, d.inFlight.began
	d.mu.Unlock()
	if !c.Own || posts == nil {
		d.noteApplied(c)
		d.publishOthers(c)
		return
	}
	d.hooks.Appended(time.Since(began), nil)
	d.hooks.Committed(nil)
	d.noteApplied(c)
	d.publish(posts, c.Results[:len(posts)]) // behind them are the changes that nobody has posted
}

// noteApplied tells the owner which records are in the log.
func (d *Dispatcher) noteApplied(c msglog.Committed) {
	for i, r := range c.Results {
		if len(c.Changes[i].Records) > 0 && r.Err == nil && !r.Duplicate {
			d.hooks.Applied(c.Changes[i].Records, c.Own)
		}
	}
}

// publish passes posts of this dispatcher on to the fan-out.
func (d *Dispatcher) publish(posts []Post, results []msglog.Appended) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.makeReady(group{posts: posts, results: results})
}

// makeReady adds a group to what is to be fanned out. mu is held.
func (d *Dispatcher) makeReady(g group) {
	d.ready.posts = append(d.ready.posts, g.posts...)
	d.ready.results = append(d.ready.results, g.results...)
	d.ready.others += g.others
	d.published.Signal()
}

// publishOthers passes the messages of a group that was not posted here on to the fan-out.
func (d *Dispatcher) publishOthers(c msglog.Committed) {
	var g group
	for i, r := range c.Results {
		if e := c.Changes[i].Entry; e != nil && r.Err == nil && !r.Duplicate {
			g.posts = append(g.posts, Post{Entry: e})
			g.results = append(g.results, r)
		}
	}
	if len(g.posts) == 0 {
		return
	}
	g.others = g.size()
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.others > maxPendingBytes && !d.commitsDone {
		d.notFull.Wait()
	}
	if d.commitsDone { // so is the fan-out
		return
	}
	d.size += g.others
	d.others += g.others
	d.makeReady(g)
}
