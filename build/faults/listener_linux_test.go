package faults

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"
)

// silence is how long somebody who listens hears nothing before they connect anew: their machine may be frozen.
const silence = 12 * time.Second

// arrived is a message that was sent to somebody.
type arrived struct {
	seq  uint64
	text uint64 // its hash
}

func hashOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // it never fails
	return h.Sum64()
}

// listener is sent everything that goes to everyone and to general, and goes on where it was, as the page does.
type listener struct {
	*client
	// heard is called with each frame, in its goroutine.
	heard func(frame)
	// idle is called in its goroutine, at least each second while it is connected and not behind.
	idle func()

	mu    sync.Mutex
	first uint64 // its place when it came for the first time
	place uint64 // everything up to there has come
	epoch string
	got   []arrived

	// Of the present connection.
	newest     uint64 // the seq of the newest message
	recovering bool   // until recovered, and until what it left out was had from history
	held       []arrived
}

func (r *room) listener(name string, number int) *listener {
	l := &listener{client: r.client(name, number), heard: func(frame) {}, idle: func() {}}
	l.asks = func() fields {
		if l.epoch == "" {
			return fields{"topics": []string{"general"}}
		}
		return fields{"topics": []string{"general"}, "since": l.place, "epoch": l.epoch}
	}
	l.entered = func(welcome frame) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.epoch == "" {
			l.first, l.place = welcome.Seq, welcome.Seq
		} else {
			l.recovering = true
		}
		l.epoch, l.newest, l.held = welcome.Epoch, l.place, nil
		return nil
	}
	return l
}

// listen listens until ctx ends.
func (l *listener) listen(ctx context.Context) {
	defer l.leave()
	for l.connect(ctx) {
		err := l.follow(ctx)
		l.leave()
		l.recovering = false
		if err != nil && l.random.IntN(2) == 0 {
			l.moveOn()
		}
		pause(ctx, l.between(0, 300*time.Millisecond))
	}
}

// follow takes what comes on one connection.
func (l *listener) follow(ctx context.Context) error {
	last := time.Now()
	for ctx.Err() == nil {
		f, err := l.line.next(time.Second)
		switch {
		case err == nil:
			last = time.Now()
			if err := l.take(f); err != nil {
				return err
			}
		case !errors.Is(err, errSilent):
			return err
		case time.Since(last) > silence:
			return errSilent
		}
		if !l.recovering {
			l.idle()
		}
	}
	return nil
}

func (l *listener) take(f frame) error {
	switch f.Type {
	case "message":
		l.message(f)
	case "recovered":
		return l.recovered(f)
	}
	l.heard(f)
	return nil
}

// message takes a message, which must be newer than all before it on this connection.
func (l *listener) message(f frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.Seq <= l.newest {
		l.told.fault("%s is sent %d after %d at %s", l.name, f.Seq, l.newest, l.home.Name)
		return
	}
	l.newest = f.Seq
	m := arrived{f.Seq, hashOf(f.Message)}
	if l.recovering {
		l.held = append(l.held, m)
		return
	}
	l.got, l.place = append(l.got, m), f.Seq
}

// recovered ends a recovery. What it has left out is had from history first.
func (l *listener) recovered(f frame) error {
	if f.Gone {
		l.told.fault("%s is told at %s that what came after %d is gone: %s", l.name, l.home.Name, l.place, f.text)
	}
	if !f.Complete && !f.Gone {
		if err := l.fill(f.sinceWhich()); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got, l.held = append(l.got, l.held...), nil
	l.recovering, l.epoch, l.place = false, f.Epoch, max(f.To, l.newest)
	return nil
}

// fill reads what is older than before, back to the place.
func (l *listener) fill(before uint64) error {
	for {
		if err := l.line.send(fields{"action": "history", "id": "fill", "before": before, "limit": 200}); err != nil {
			return err
		}
		page, err := l.line.until(unanswered, func(f frame) {
			_ = l.take(f) // no recovery ends in the middle of another one
		}, func(f *frame) bool { return f.ID == "fill" && (f.Type == "history" || f.Type == "error") })
		if err == nil && page.Type == "error" {
			err = refusal{page}
		}
		if err != nil {
			return err
		}
		l.mu.Lock()
		for _, m := range page.Messages {
			if m.Seq > l.place {
				l.held = append(l.held, arrived{m.Seq, hashOf(m.Message)})
			}
		}
		l.mu.Unlock()
		if !page.More || len(page.Messages) == 0 || page.Messages[0].Seq <= l.place {
			return nil
		}
		before = page.Messages[0].Seq
	}
}
