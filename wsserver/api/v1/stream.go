package v1

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// keepalive is how long a stream is silent at most: proxies, and programs, take one that says nothing for dead.
const keepalive = 15 * time.Second

// place is from where a stream begins; not given: with what comes.
type place struct {
	given bool
	after uint64
	epoch string
}

// placeOf reads from where a stream is to begin. A browser's EventSource repeats the URL that it was made with, so what it
// says of its place, in Last-Event-ID, counts before the URL. Errors: bad_frame.
func placeOf(r *http.Request, q url.Values) (p place, err error) {
	p.epoch = q.Get("epoch")
	if len(p.epoch) > wire.MaxEpoch {
		return p, refuse("That epoch is too long.")
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		if p.after, err = wire.ParseNumber(last); err != nil {
			return p, refuse("Last-Event-ID is the seq of a message.")
		}
		return place{true, p.after, p.epoch}, nil
	}
	p.after, p.given, err = number(q, "after")
	return p, err
}

// stream answers GET stream with server-sent events.
func stream(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r.URL)
	if err != nil {
		return err
	}
	from, err := placeOf(r, q)
	if err != nil {
		return err
	}
	follower, err := c.Follow(names(q))
	if err != nil {
		return err
	}
	defer follower.Close()
	leave, err := c.Count()
	if err != nil {
		return err
	}
	defer leave()
	s, err := gate.NewStream(w, "text/event-stream")
	if err != nil || r.Method == http.MethodHead {
		return nil // the peer is gone, or wants no more
	}
	_ = follow(c.Context(), s, follower, from) // the stream ends, whatever the reason: the program comes back with its place
	return nil
}

// follow writes events until the follower, the peer or ctx ends.
func follow(ctx context.Context, s *gate.Stream, f *feed.Follower, from place) error {
	write := func(i *feed.Item) error {
		_, err := s.Write(i.As("sse", eventOf))
		return err
	}
	if from.given {
		recovered, err := f.Missed(ctx, from.after, from.epoch, write)
		if err != nil {
			return err
		}
		if _, err := s.Write(event("recovered", 0, recovered)); err != nil {
			return err
		}
		if err := s.Flush(); err != nil {
			return err
		}
	}
	for {
		items, err := next(ctx, f)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			if _, err := s.Write([]byte(": still here\n\n")); err != nil {
				return err
			}
		}
		for _, i := range items {
			if err := write(i); err != nil {
				return err
			}
		}
		if err := s.Flush(); err != nil {
			return err
		}
	}
}

// next waits for items, no longer than keepalive: then there are none.
func next(ctx context.Context, f *feed.Follower) ([]*feed.Item, error) {
	wait, cancel := context.WithTimeout(ctx, keepalive)
	defer cancel()
	items, err := f.Next(wait)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, nil
	}
	return items, err
}

// eventOf is the event of an entry.
func eventOf(e *msglog.Entry) []byte {
	if e.Withdraws > 0 {
		return event("withdrawn", e.Seq, wire.WithdrawnFrame{Type: "withdrawn", Seq: e.Seq, Of: e.Withdraws})
	}
	return event("message", e.Seq, e.Message())
}

// event is a server-sent event, with a seq as its id, 0 for none. Its data is one line, so that no text can begin another
// field.
func event(name string, seq uint64, data any) []byte {
	b := append([]byte("event: "), name...)
	if seq > 0 {
		b = strconv.AppendUint(append(b, "\nid: "...), seq, 10)
	}
	line, err := encode(data)
	if err != nil { // the types of the wire can be encoded
		line = []byte("{}")
	}
	b = append(append(b, "\ndata: "...), line...)
	return append(b, "\n\n"...)
}
