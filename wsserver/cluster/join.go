package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// This file makes a machine one of the room: by beginning its order, by applying it from the start, or with a copy of another
// machine's file. What is in a folder is never removed.

// join returns the file of dir once it is one of the order's: own, or a copy that has taken its place.
func (e *Engine) join(ctx context.Context, p *parts, own *sqlite.Shared, dir string) (*sqlite.Shared, error) {
	untouched, err := own.Untouched(ctx)
	if err != nil {
		return own, err
	}
	place := own.Place()
	e.say(func(b *beat) { b.Untouched, b.Order = untouched && place.Order == "", place.Order })
	if err := e.awaitMajority(ctx, p); err != nil {
		return own, err
	}
	o, first, err := e.awaitOrder(ctx, p, own, untouched)
	if err != nil {
		return own, err
	}
	switch {
	case place.Order == o.order:
		if place.Position+1 < first || isAside(e) {
			return e.takeCopy(ctx, own, dir, o, first)
		}
		return own, nil
	case place.Order != "":
		return own, notThisRoom("has messages of another cluster, or of this one as it was before it was begun anew")
	case own.Epoch() == o.epoch && own.Last() == o.last, untouched && o.empty && first <= 1:
		return own, own.Join(ctx, o.order, o.epoch, sqlite.Step{Payload: []byte(o.order)})
	case untouched:
		return e.takeCopy(ctx, own, dir, o, max(first, 1))
	}
	return own, notThisRoom("has messages or settings of its own, and the other machines have begun with others")
}

// notThisRoom refuses a folder whose data would be lost.
func notThisRoom(why string) error {
	return &wire.Problem{
		Code: "cluster", Message: "The data folder " + why + ".",
		Hint: "Move its log.db to another place, or choose an empty folder with -data: this machine then gets what the others have.",
	}
}

// checkPlace returns a *wire.Problem where the room has all its machines, and this is none of them: a new one in the place of another
// has been given another name. It would be one too many, of which nothing is kept.
func checkPlace(o *Options, info *jetstream.StreamInfo) error {
	r, ok := replicasOf(info.Cluster)
	if o.External != "" || !ok || len(r.keepers) <= len(o.Others) || slices.Contains(r.keepers, o.Node) || slices.Contains(r.keepers, notHeardYet) {
		return nil
	}
	slices.Sort(r.keepers)
	return &wire.Problem{
		Code: "cluster", Message: "The machines of this room are " + strings.Join(r.keepers, ", ") + ", and this one is called " + o.Node + ".",
		Hint: "If it takes the place of one of them, give it that name with -cluster-node.",
	}
}

// awaitOrder returns how the order began, and its first position that the stream still has. Where nobody has begun it, this machine does, if it may.
func (e *Engine) awaitOrder(ctx context.Context, p *parts, own *sqlite.Shared, untouched bool) (o origin, first uint64, err error) {
	said, absent := time.Now(), absence{machines: e.Machines()}
	for {
		try, cancel := context.WithTimeout(ctx, infoTimeout)
		info, err := e.streamInfo(try, p)
		cancel()
		if err == nil {
			if err := checkPlace(&e.o, info); err != nil {
				return o, 0, err
			}
			o, err = originOf(info)
			return o, info.State.FirstSeq, err
		}
		belongs := own.Place().Order != ""
		if belongs && absent.isSure(errors.Is(err, errNoStream), time.Now()) {
			return o, 0, lostOrder()
		}
		if !belongs && errors.Is(err, errNoStream) && (!untouched || e.allUntouched()) {
			try, cancel := context.WithTimeout(ctx, apiTimeout)
			err = e.found(try, p, origin{newOrder(), own.Epoch(), own.Last(), untouched})
			cancel()
			if err == nil {
				continue
			}
		}
		if time.Since(said) > waitingSays {
			said = time.Now()
			e.sayWaiting(err)
		}
		if err := pause(ctx, watchEvery); err != nil {
			return o, 0, err
		}
	}
}

// lostAfter is how long every answer must have been that the order is not there, or ends before what this machine has, until the
// machine ends: one of the others that has itself just started or come back may not know better yet, and who has led and was cut
// off takes itself for the leader for ten seconds and more.
const lostAfter = 20 * time.Second

// absence is since when all answers have been so.
type absence struct {
	machines int // of the room: one alone knows; 0: that makes no difference
	since    time.Time
}

// isSure takes an answer, or that there was none, and reports whether what this machine has is not there.
func (a *absence) isSure(absent bool, now time.Time) bool {
	if !absent {
		a.since = time.Time{}
		return false
	}
	if a.since.IsZero() {
		a.since = now
	}
	return a.machines == 1 || now.Sub(a.since) >= lostAfter
}

// lostOrder is of a machine whose order no majority knows.
func lostOrder() error {
	return &wire.Problem{
		Code: "cluster", Message: "The other machines do not have the messages of this one.",
		Hint: "If most machines were replaced at once, begin anew with the newest log.db: docs/cluster.md says how.",
	}
}

// allUntouched reports whether every machine is there and has an empty log, so that nobody's messages are passed over.
func (e *Engine) allUntouched() bool {
	there := e.beats()
	for _, b := range there {
		if !b.Untouched && !b.Witness {
			return false
		}
	}
	return e.o.External != "" || len(there) >= len(e.o.Others)
}

// catchUp applies all that the order has by now. What is written meanwhile is applied like everything that follows: to wait for
// that too could take for ever.
func (l *Log) catchUp(ctx context.Context) error {
	upTo, err := l.newestPosition(ctx)
	moved := time.Now()
	for ; err == nil; err = pause(ctx, tryAgain) {
		before := l.Place().Position
		err := l.replay(ctx, upTo)
		if l.Place().Position > before {
			moved = time.Now()
		} else if err == nil && time.Since(moved) > settleFor { // the copies that answer may have lost the newest
			err = l.nextFromLeader(ctx)
		}
		if err != nil && ctx.Err() == nil && !isPassing(err) {
			return fmt.Errorf("apply position %d: %w", l.Place().Position+1, err)
		}
		if l.Place().Position >= upTo {
			l.e.noteLeader(upTo)
			return nil
		}
	}
	return err
}

// nextFromLeader applies the next position as the stream's leader has it.
func (l *Log) nextFromLeader(ctx context.Context) error {
	s, err := l.e.readFromLeader(l.p, l.Place().Position+1)
	if err != nil {
		return err
	}
	return l.next(ctx, s, true)
}

// settleFor is how long the copies that answer may take until they have what the leader has.
const settleFor = 5 * time.Second

// newestPosition asks for the order's newest position until it is told. One that is before what this machine has is of a leader that
// has just begun, or of an order that has lost something: others would have other messages under the same numbers.
func (l *Log) newestPosition(ctx context.Context) (uint64, error) {
	for absent := (absence{}); ; {
		try, cancel := context.WithTimeout(ctx, infoTimeout)
		info, err := l.e.streamInfo(try, l.p)
		cancel()
		if err == nil && info.State.LastSeq >= l.Place().Position {
			return info.State.LastSeq, nil
		}
		if absent.isSure(err == nil, time.Now()) {
			return 0, lostOrder()
		}
		if err := pause(ctx, tryAgain); err != nil {
			return 0, err
		}
	}
}

// replay applies what the stream has, up to a position.
func (l *Log) replay(ctx context.Context, upTo uint64) error {
	for l.Place().Position < upTo {
		n, err := l.e.read(l.p, l.Place().Position+1, func(s message) error { return l.next(ctx, s, true) })
		if err != nil || n == 0 {
			return err
		}
	}
	return ctx.Err()
}
