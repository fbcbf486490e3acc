package cluster

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

const (
	// tryFor is how long one try to put a group into the order may take, and tryAgain how long after it the next one begins.
	tryFor   = time.Second
	tryAgain = 50 * time.Millisecond
	// refuseAfter is how long a group is tried that no leader hears: a planned change of leaders is over by then.
	refuseAfter = 2 * time.Second
	// giveUpAfter is how long a stop waits for groups whose outcome is not known, all of them together.
	giveUpAfter = 3 * time.Second
	// stopAfter is how often a group that cannot be applied is tried, a second apart, before the machine stops.
	stopAfter = 30
)

// file is the log of this machine's own file, under a name that is no method of it.
type file = sqlite.Shared

// Log is the log of one machine of several. Its reads are those of the machine's own file. Engine.OpenLog makes one.
type Log struct {
	*file
	e *Engine
	p *parts

	turn chan struct{} // of one: the group under way
	tail chan *nats.Msg
	kick chan struct{} // of one: there may be something to apply

	gaveUp, closed       chan struct{} // gaveUp is closed some time after stopping has begun
	stops, gives, closes sync.Once
	applying             sync.WaitGroup

	digests digests
	spread  spread

	mu     sync.Mutex // guards what follows
	own    *pending   // the group under way, nil: there is none
	follow func(msglog.Committed)
}

// pending is a group whose outcome is waited for.
type pending struct {
	number  uint64
	changes []msglog.Change
	done    chan struct{} // closed with what follows
	results []msglog.Appended
	err     error
}

func newLog(e *Engine, p *parts, own *sqlite.Shared) *Log {
	return &Log{
		file: own, e: e, p: p, turn: make(chan struct{}, 1), tail: make(chan *nats.Msg, batchMessages), kick: make(chan struct{}, 1),
		gaveUp: make(chan struct{}), closed: make(chan struct{}),
	}
}

// Append puts a group into the order, and waits until it is applied here.
func (l *Log) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-l.gaveUp:
		return nil, wire.ErrClosing
	case <-ctx.Done():
		return nil, errors.Join(wire.ErrNotKept, ctx.Err())
	}
	if l.e.failure() != nil || l.e.Status().CutOff {
		return nil, wire.ErrCutOff
	}
	g := &pending{number: l.e.number.Add(1), changes: changes, done: make(chan struct{})}
	l.setOwn(g)
	defer l.setOwn(nil)
	frames := framesOf(l.e.run, g.number, encode(changes))
	defer l.e.noteUnder(time.Time{})
	for i, frame := range frames {
		l.e.noteUnder(time.Now())
		id := l.e.run + "-" + strconv.FormatUint(g.number, 10) + "-" + strconv.Itoa(i)
		if err := l.put(ctx, g, id, frame); err != nil {
			return nil, err
		}
	}
	l.e.noteUnder(time.Time{}) // it is there: what is left is this machine's own disk
	return l.await(g)
}

func (l *Log) setOwn(g *pending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own = g
}

// put puts one message into the order, and returns once it is there, or with why it never will be.
func (l *Log) put(ctx context.Context, g *pending, id string, frame []byte) error {
	began := time.Now()
	for heard := false; ; { // heard: a leader may have heard it
		try, cancel := context.WithTimeout(context.WithoutCancel(ctx), tryFor)
		m := nats.NewMsg(l.e.o.logSubject())
		m.Data = frame
		ack, err := l.p.js.PublishMsg(try, m, jetstream.WithMsgID(id), jetstream.WithRetryAttempts(0))
		cancel()
		if err == nil {
			l.e.noteLeader(ack.Sequence)
			if time.Since(began) > cutOffAfter { // who waits behind it need not be refused
				l.e.noteUnder(time.Time{})
				l.e.judge(l.p)
			}
			return nil
		}
		heard = heard || !errors.Is(err, nats.ErrNoResponders) && !errors.Is(err, jetstream.ErrNoStreamResponse)
		if !heard && (time.Since(began) >= refuseAfter || ctx.Err() != nil) {
			return wire.ErrCutOff
		}
		select {
		case <-g.done: // it has come back by the order itself
			return nil
		case <-time.After(tryAgain):
		case <-l.gaveUp:
			return wire.ErrClosing
		}
	}
}

// await returns the outcome of a group that is in the order.
func (l *Log) await(g *pending) ([]msglog.Appended, error) {
	l.wake()
	select {
	case <-g.done:
		return g.results, g.err
	case <-l.gaveUp:
		return nil, wire.ErrClosing
	}
}

// Stopping has Append give up soon what nobody takes, or whose outcome is not known: it may be in the order or not. What the
// server still has to say is appended as ever.
func (l *Log) Stopping() {
	l.stops.Do(func() { time.AfterFunc(giveUpAfter, l.giveUp) })
}

// giveUp has Append give up at once.
func (l *Log) giveUp() { l.gives.Do(func() { close(l.gaveUp) }) }

// Prune has all machines remove what is old here, at one place of the order.
func (l *Log) Prune(ctx context.Context, age msglog.Age, maxBytes int64) (more bool, err error) {
	p, more, err := l.NextPrune(ctx, age, maxBytes)
	if err != nil {
		return false, err
	}
	if p == (msglog.Prune{}) {
		return l.GivePagesBack(ctx)
	}
	_, err = l.Append(ctx, []msglog.Change{{Prune: p}})
	return more, err
}

// Expects reports whether another machine may have what this one has not applied yet.
func (l *Log) Expects(epoch string, seq uint64) bool {
	return (epoch == "" || epoch == l.Epoch()) && seq > l.Last()
}

// Follow has each called with every group from now on, and begins to apply what others append.
func (l *Log) Follow(each func(msglog.Committed)) {
	l.mu.Lock()
	l.follow = each
	l.mu.Unlock()
	l.e.serving.Store(true)
	l.wake()
}

// wake has the log look for what there is to apply.
func (l *Log) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// Close ends the log and its engine. Closing again returns the same.
func (l *Log) Close() (err error) {
	l.giveUp()
	l.closes.Do(func() {
		close(l.closed)
		l.applying.Wait()
		err = l.e.close()
	})
	return errors.Join(err, l.file.Close())
}

var _ msglog.Log = (*Log)(nil)
