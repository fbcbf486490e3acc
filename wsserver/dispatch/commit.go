package dispatch

import (
	"errors"
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file commits one group. Where the log refuses a row of it, the group's posts are committed one by one, so that one
// post never fails another's.

// errRefused is of a post that the log refuses for what is in it.
var errRefused = wire.ErrNotKept.WithMessage("The log cannot store this message, so it was not sent.")

// isRefusal reports whether an error of the log is about a row. Every other one is of the disk, or of the log as a whole:
// then nothing can be written at the moment, and the operator is told.
func isRefusal(err error) bool {
	for _, whole := range []error{wire.ErrNotKept, wire.ErrClosing, wire.ErrDiskFull, wire.ErrLogLocked, wire.ErrLogGone} {
		if errors.Is(err, whole) {
			return false
		}
	}
	return err != nil
}

// append commits a group with what must not be less durable than it. What was committed or refused is then on its way to the
// fan-out. Where the log cannot be written at the moment, err is why, and left are the posts that are not in it.
func (d *Dispatcher) append(posts []Post) (left []Post, err error) {
	noted := d.flushWith(posts)
	err = d.appendTogether(posts, noted.all())
	if !isRefusal(err) {
		d.noteKept(noted, err)
		if err != nil {
			left = posts
		}
		return left, err
	}
	d.logger.Error("the log refuses something of a group", "error", err, "messages", len(posts))
	blameless, err := d.keepNoted(noted)
	if err != nil {
		return posts, err
	}
	return d.appendEach(posts, blameless && len(posts) == 1)
}

// appendTogether commits posts and records as one group. The log calls follow with it.
func (d *Dispatcher) appendTogether(posts []Post, more []msglog.Record) error {
	changes := make([]msglog.Change, len(posts), len(posts)+1)
	for i := range posts {
		changes[i] = msglog.Change{Entry: posts[i].Entry, Records: posts[i].Records}
	}
	if len(more) > 0 {
		changes = append(changes, msglog.Change{Records: more})
	}
	d.setInFlight(posts)
	err := d.appendToLog(changes)
	d.setInFlight(nil)
	return err
}

// appendEach commits posts one after another, each with its own records. known: the log has just refused the one there is.
func (d *Dispatcher) appendEach(posts []Post, known bool) (left []Post, err error) {
	for i := range posts {
		err := error(errRefused)
		if !known {
			err = d.appendTogether(posts[i:i+1], nil)
		}
		switch {
		case err == nil:
		case isRefusal(err) || known:
			d.logger.Error("the log refuses a message", "error", err)
			d.publish(posts[i:i+1], []msglog.Appended{{Err: errRefused}})
		default:
			return posts[i:], err
		}
	}
	return nil, nil
}

// noted are changes to be written. Those of the ledger are asked for before those of the outbox, so that what is told of a
// change is never less durable than the change.
type noted struct{ ledger, outbox []msglog.Record }

// flushWith returns the changes that are committed with a group: who has joined before an announcement or an
// acknowledgement of it, and what the outbox has, behind the deltas of which it tells. What the outbox does not hurry with
// waits where the ledger's changes do. The ledger's other rows are in no group.
func (d *Dispatcher) flushWith(posts []Post) (n noted) {
	hurry := d.outbox.Dirty()
	if hurry || slices.ContainsFunc(posts, func(p Post) bool { return p.Entry == nil || p.Entry.Announces() }) {
		n.ledger = d.ledger.FlushDeltas(hurry)
	}
	if hurry || !d.ledger.Dirty() {
		n.outbox = d.outbox.Flush()
	}
	return n
}

func (n *noted) all() []msglog.Record { return slices.Concat(n.ledger, n.outbox) }

// noteKept gives changes back where their commit has failed.
func (d *Dispatcher) noteKept(n noted, err error) {
	switch {
	case err != nil:
		d.ledger.MarkDirty(n.ledger)
		d.outbox.MarkDirty(n.outbox)
	case len(n.outbox) > 0:
		d.outbox.Kept(n.outbox)
	}
}

// keepNoted commits changes by themselves, one by one where the log refuses one of them. A refused one is
// left out until it changes again: it would be refused each time, and everybody's messages with it. blameless: none was.
func (d *Dispatcher) keepNoted(n noted) (blameless bool, err error) {
	all := n.all()
	if len(all) == 0 {
		return true, nil
	}
	if err = d.appendToLog(msglog.OfRecords(all...)); !isRefusal(err) {
		d.noteKept(n, err)
		return true, err
	}
	for i := range all {
		switch err := d.appendToLog(msglog.OfRecords(all[i])); {
		case isRefusal(err):
			d.logger.Error("the log refuses a record", "kind", all[i].Kind, "error", err)
		case err != nil:
			kept, left := n.split(i)
			d.noteKept(kept, nil)
			d.noteKept(left, err)
			return false, err
		}
	}
	d.noteKept(n, nil)
	return false, nil
}

// split is the first i of all changes, and the others.
func (n *noted) split(i int) (first, others noted) {
	l := min(i, len(n.ledger))
	o := i - l
	return noted{n.ledger[:l], n.outbox[:o]}, noted{n.ledger[l:], n.outbox[o:]}
}
