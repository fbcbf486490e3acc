package dispatch

import (
	"context"
	"errors"

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

// append commits a group with the ledger's changes, and returns a result for each post that was committed or refused.
// Where the log cannot be written at the moment, err is why, and the posts without a result are not in it.
func (d *Dispatcher) append(posts []Post) (results []msglog.Appended, err error) {
	noted := d.ledger.Flush()
	results, err = d.appendTogether(posts, noted)
	if !isRefusal(err) {
		if err != nil {
			d.ledger.MarkDirty(noted)
		}
		return results, err
	}
	d.logger.Error("the log refuses something of a group", "error", err, "messages", len(posts))
	blameless, err := d.keepNoted(noted)
	if err != nil {
		return nil, err
	}
	return d.appendEach(posts, blameless && len(posts) == 1)
}

// appendTogether commits posts and records as one group, and returns a result for each post.
func (d *Dispatcher) appendTogether(posts []Post, more []msglog.Record) ([]msglog.Appended, error) {
	entries := make([]*msglog.Entry, 0, len(posts))
	var records []msglog.Record
	for _, p := range posts {
		if p.Entry != nil {
			entries = append(entries, p.Entry)
		}
		records = append(records, p.Records...)
	}
	appended, err := d.log.Append(context.Background(), entries, append(records, more...))
	if err != nil || len(entries) == len(posts) {
		return appended, err
	}
	results := make([]msglog.Appended, len(posts))
	i := 0
	for j, p := range posts {
		if p.Entry != nil {
			results[j] = appended[i]
			i++
		}
	}
	return results, nil
}

// appendEach commits posts one after another, each with its own records. known: the log has just refused the one there is.
func (d *Dispatcher) appendEach(posts []Post, known bool) (results []msglog.Appended, err error) {
	for i := range posts {
		var one []msglog.Appended
		err := error(errRefused)
		if !known {
			one, err = d.appendTogether(posts[i:i+1], nil)
		}
		switch {
		case err == nil:
			results = append(results, one[0])
		case isRefusal(err) || known:
			d.logger.Error("the log refuses a message", "error", err)
			results = append(results, msglog.Appended{Err: errRefused})
		default:
			return results, err
		}
	}
	return results, nil
}

// KeepNoted commits the ledger's changes after Close. It blocks for the disk.
func (d *Dispatcher) KeepNoted() error {
	_, err := d.keepNoted(d.ledger.Flush())
	return err
}

// keepNoted commits the ledger's changes by themselves, one by one where the log refuses one of them. A refused one is
// left out until it changes again: it would be refused each time, and everybody's messages with it. blameless: none was.
func (d *Dispatcher) keepNoted(noted []msglog.Record) (blameless bool, err error) {
	if len(noted) == 0 {
		return true, nil
	}
	if _, err = d.log.Append(context.Background(), nil, noted); !isRefusal(err) {
		if err != nil {
			d.ledger.MarkDirty(noted)
		}
		return true, err
	}
	for i := range noted {
		switch _, err := d.log.Append(context.Background(), nil, noted[i:i+1]); {
		case isRefusal(err):
			d.logger.Error("the log refuses a record", "kind", noted[i].Kind, "error", err)
		case err != nil:
			d.ledger.MarkDirty(noted[i:])
			return false, err
		}
	}
	return false, nil
}

// noteCommit tells the owner that the log could be written, where anything was.
func (d *Dispatcher) noteCommit(results []msglog.Appended) (gone bool) {
	for _, r := range results {
		if !errors.Is(r.Err, errRefused) {
			return d.hooks.Committed(nil)
		}
	}
	return false
}
