package v1

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// silence is how long a stream says nothing at most: proxies, and programs, take one that is silent for dead.
const silence = 15 * time.Second

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
func (d *Door) stream(w http.ResponseWriter, r *http.Request) {
	c, stop, err := stream.Enter(d.gate, r, true)
	var f stream.Follow
	switch {
	case err != nil:
	case r.Method != http.MethodGet:
		stop()
		refuseMethod(w, []string{http.MethodGet})
		return
	default:
		f, err = follow(r)
	}
	if err != nil {
		stop()
		gate.Refuse(w, err)
		return
	}
	d.streams.Serve(w, r, c, stop, f)
}

// follow is how a request wants to follow messages. Errors: bad_frame.
func follow(r *http.Request) (f stream.Follow, err error) {
	q, err := parseQuery(r.URL)
	if err != nil {
		return f, err
	}
	from, err := placeOf(r, q)
	if err != nil {
		return f, err
	}
	f = stream.Follow{
		Names: names(q), ContentType: "text/event-stream", Refuse: gate.Refuse, Silence: silence,
		Idle:  func() []byte { return []byte(": still here\n\n") },
		Event: func(item *feed.Item, write func([]byte) error) error { return write(item.As("sse", eventOf)) },
	}
	if from.given {
		f.Begin = func(l *stream.Listener) error { return missed(l, from) }
	}
	return f, nil
}

// missed writes what a listener has missed, and how complete that is.
func missed(l *stream.Listener, from place) error {
	recovered, err := l.Missed(l.Context(), from.after, from.epoch, func(item *feed.Item) error { return l.Write(item.As("sse", eventOf)) })
	if err != nil {
		return err
	}
	return l.Write(event("recovered", 0, recovered))
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
	b = append(append(b, "\ndata: "...), wire.JSON(data)...)
	return append(b, "\n\n"...)
}
