package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// This file applies the order. The leader says each message to all machines once it is in the order (the tail). What of that is
// lost is read from the stream.

// quietFor is how long after its last word the tail is taken for lost.
const quietFor = 250 * time.Millisecond

var (
	// errHeld: the next group is another machine's, and nobody follows yet.
	errHeld = errors.New("nobody follows")
	// errHole: the next position is not in the stream any more.
	errHole = errors.New("a position is missing")
)

// start begins to apply what comes.
func (l *Log) start() error {
	if _, err := l.p.nc.ChanSubscribe(l.e.o.tailSubject(), l.tail); err != nil {
		return err
	}
	l.serveCopies()
	l.e.Handle(subjectWhole, l.whole)
	l.applying.Go(l.run) // ended by Close
	l.applying.Go(l.watchDamage)
	return nil
}

// run is a loop until Close.
func (l *Log) run() {
	tick := time.NewTicker(quietFor)
	defer tick.Stop()
	heard := time.Time{}
	for {
		select {
		case m := <-l.tail:
			heard = time.Now()
			l.takeTail(m)
		case <-l.kick:
			if !l.ahead() { // the tail has it in a moment
				continue
			}
			l.fill()
		case <-tick.C:
			if time.Since(heard) >= quietFor {
				l.fill()
			}
		case <-l.closed:
			return
		}
		if l.e.failure() != nil {
			<-l.closed
			return
		}
	}
}

// ahead reports whether groups wait that nobody will say again.
func (l *Log) ahead() bool { return len(l.tail) == 0 }

// takeTail applies a message of the tail, and what is missing before it.
func (l *Log) takeTail(m *nats.Msg) {
	s, err := messageOf(m)
	if err != nil {
		return
	}
	l.e.noteLeader(s.position)
	at := l.Place().Position
	if s.position > at+1 {
		l.fill()
		at = l.Place().Position
	}
	if s.position == at+1 {
		l.stopAt(s.position, l.apply(context.Background(), s, false))
	}
}

// fill applies what the stream has.
func (l *Log) fill() {
	for {
		at := l.Place().Position
		n, err := l.e.read(l.p, at+1, func(s message) error { return l.next(context.Background(), s, false) })
		l.stopAt(at+uint64(n)+1, err)
		if err != nil || n == 0 {
			return
		}
	}
}

// next applies what is read where it is the next one.
func (l *Log) next(ctx context.Context, s message, all bool) error {
	switch at := l.Place().Position; {
	case s.position <= at:
		return nil
	case s.position > at+1:
		return errHole
	}
	return l.apply(ctx, s, all)
}

// stopAt stops the machine where a position cannot be applied: it never passes over one.
func (l *Log) stopAt(position uint64, err error) {
	var p *wire.Problem
	switch {
	case err == nil, errors.Is(err, errHeld), errors.Is(err, wire.ErrClosing), isPassing(err):
	case errors.Is(err, errHole):
		l.e.fail(&wire.Problem{
			Code: "cluster", Message: fmt.Sprintf("The other machines do not have what this one needs next (position %d).", position), Err: err,
			Hint: "Restart Belfry: it then takes a copy from another machine.",
		})
	case errors.As(err, &p):
		l.e.fail(p)
	case sqlite.IsDamaged(err):
		stepAside(l.e, "The log of this machine is damaged, so it stops.")
	case errors.Is(err, errNewer):
		l.e.fail(&wire.Problem{
			Code: "cluster", Message: "A newer version of Belfry on another machine has written what this one cannot read.", Err: err,
			Hint: "Install that version here too, then start it again.",
		})
	case err != nil:
		l.e.fail(&wire.Problem{
			Code: "cluster", Message: fmt.Sprintf("This machine cannot apply what the others have (position %d: %s), so it stops.", position, wire.Reason(err)), Err: err,
			Hint: "Check the disk of the data folder, then start Belfry again.",
		})
	}
}

// apply applies one message of the stream, and notes the digest behind it.
func (l *Log) apply(ctx context.Context, s message, all bool) error {
	err := l.applyMessage(ctx, s, all)
	if err == nil {
		l.digests.note(l.Place())
	}
	return err
}

// applyMessage applies one message of the stream. all: also what others have written, where nobody follows.
func (l *Log) applyMessage(ctx context.Context, s message, all bool) error {
	f, err := readFrame(s.data)
	if err != nil {
		return err
	}
	l.mu.Lock()
	own, follow := l.own, l.follow
	l.mu.Unlock()
	mine := own != nil && f.run == l.e.run && f.number == own.number
	if !mine && follow == nil && !all {
		return errHeld
	}
	step := sqlite.Step{Position: s.position, Time: s.time, Writer: f.run, Number: f.number, Payload: s.data}
	switch {
	case l.Applied(f.run, f.number):
		return l.untilDone(func() error { return l.Skip(ctx, step) })
	case f.part < f.parts:
		step.Payload = f.payload
		return l.untilDone(func() error { return l.KeepPart(ctx, step, f.part) })
	}
	changes, err := l.changesOf(ctx, f)
	if err != nil {
		return err
	}
	if mine {
		changes = own.changes
	}
	var results []msglog.Appended
	var refused error
	err = l.untilDone(func() (err error) {
		results, err = l.ApplyStep(ctx, step, changes)
		if err != nil && !errors.Is(err, wire.ErrNotKept) && !errors.Is(err, wire.ErrClosing) {
			refused, err = err, nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if refused == nil && follow != nil {
		follow(msglog.Committed{Changes: changes, Results: results, Own: mine})
	}
	if mine {
		own.results, own.err = results, refused
		close(own.done)
	}
	return nil
}

// changesOf reads a group, whose last part f is.
func (l *Log) changesOf(ctx context.Context, f frame) ([]msglog.Change, error) {
	payload := f.payload
	if f.parts > 1 {
		first, err := l.Parts(ctx, f.run, f.number, f.parts-1)
		if err != nil {
			return nil, err
		}
		payload = append(first, payload...)
	}
	return decode(payload)
}

// untilDone tries what the disk may refuse for a while, and returns why it cannot be done.
func (l *Log) untilDone(try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil || n == stopAfter || errors.Is(err, wire.ErrLogGone) || errors.Is(err, wire.ErrClosing) {
			return err
		}
		l.e.o.Logger.Error("apply what the machines have in common", "error", err)
		select {
		case <-time.After(time.Second):
		case <-l.closed:
			return wire.ErrClosing
		}
	}
}
