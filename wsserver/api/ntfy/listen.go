package ntfy

import (
	"cmp"
	"net/http"
	"slices"
	"sort"
	"time"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/token"
	"belfry/wsserver/transport"
)

// listening is one subscriber.
type listening struct {
	Subscription
	topics []string
	kind   string // one of the formats
}

// parse reads what a request wants to listen to.
func parse(r *http.Request, kind string) (l listening, err error) {
	l.kind = kind
	if l.topics, err = ParseTopics(r.PathValue("topic")); err != nil {
		return l, err
	}
	l.Subscription, err = ParseSubscription(r.Header, r.URL.Query(), time.Now())
	return l, err
}

// listen answers with a stream of events, or with what is kept of it.
func (d *Door) listen(w http.ResponseWriter, r *http.Request, kind string) {
	l, wrong := parse(r, kind)
	if l.Poll {
		d.entered(func(w http.ResponseWriter, _ *http.Request, caller *gate.Caller) error {
			if wrong != nil {
				return wrong
			}
			return d.poll(w, caller, l)
		})(w, r)
		return
	}
	caller, stop, err := stream.Enter(d.gate, r, false)
	if err = cmp.Or(err, wrong); err != nil { // who asks comes first
		stop()
		refuse(w, err)
		return
	}
	d.streams.Serve(w, r, caller, stop, l.follow(contentTypes[kind]))
}

// listenBySocket answers with a WebSocket of events.
func (d *Door) listenBySocket(w http.ResponseWriter, r *http.Request) {
	l, wrong := parse(r, formatSocket)
	caller, stop, err := stream.Enter(d.gate, r, false)
	if err = cmp.Or(err, wrong); err == nil && !transport.IsUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		err = newError(codeNoUpgrade, "invalid request: client not using the websocket protocol")
	}
	if err != nil {
		stop()
		refuse(w, err)
		return
	}
	d.streams.Serve(w, r, caller, stop, l.follow(""))
}

// follow is how a subscriber follows its topics. contentType is "" for a WebSocket.
func (l *listening) follow(contentType string) stream.Follow {
	f := stream.Follow{
		Names: l.topics, ContentType: contentType, Refuse: refuse, Event: l.emit,
		Begin: func(s *stream.Listener) error {
			if !l.Poll {
				if err := s.Write(l.own(eventOpen)); err != nil {
					return err
				}
			}
			err := l.replay(s.Caller, s.Follower, s.Write)
			if err == nil && l.Poll {
				err = stream.ErrDone
			}
			return err
		},
	}
	if contentType != "" {
		f.Idle = func() []byte { return l.own(eventKeepalive) }
	}
	return f
}

// poll answers with what is kept.
func (d *Door) poll(w http.ResponseWriter, caller *gate.Caller, l listening) error {
	follower, err := caller.Follow(l.topics)
	if err != nil {
		return err
	}
	defer follower.Close()
	s, err := gate.NewStream(w, contentTypes[l.kind])
	if err != nil {
		return nil //nolint:nilerr // the peer is gone, and reads no reason
	}
	err = l.replay(caller, follower, func(event []byte) error {
		_, err := s.Write(event)
		return err
	})
	if err != nil {
		panic(http.ErrAbortHandler) // it is not whole, and the peer is to notice
	}
	return nil
}

// own is an event that is about the stream itself.
func (l *listening) own(event string) []byte {
	m := newEvent(event, l.topics, time.Now())
	return format(l.kind, &m)
}

// emit writes an entry as the events that it is for this subscriber.
func (l *listening) emit(item *feed.Item, write func([]byte) error) error {
	if item.Withdraws > 0 {
		return l.emitDeletion(item.Entry, write)
	}
	topic, ok := topicOf(item.Entry)
	switch {
	case !ok:
		return nil
	case l.filter.all(): // the same for all subscribers
		return write(item.As("ntfy "+l.kind, func(e *msglog.Entry) []byte {
			m := NewMessage(e.Message(), topic)
			return format(l.kind, &m)
		}))
	}
	m := NewMessage(item.Message(), topic)
	if !l.Matches(&m) {
		return nil
	}
	return write(format(l.kind, &m))
}

// topicOf is the topic that subscribers know an entry by; a private message has none.
func topicOf(e *msglog.Entry) (topic string, ok bool) {
	switch e.Audience {
	case msglog.AudienceEveryone:
		return token.Everyone, true
	case msglog.AudienceTopic:
		return e.Topic, true
	}
	return "", false
}

// emitDeletion tells that a message was withdrawn. Of which topic it was is not kept, so each is told: who never had it has
// nothing to take back.
func (l *listening) emitDeletion(e *msglog.Entry, write func([]byte) error) error {
	for _, topic := range l.topics {
		m := Message{ID: FormatID(e.Seq), SequenceID: FormatID(e.Withdraws), Time: e.Time.Unix(), Event: eventDelete, Topic: topic}
		if event := format(l.kind, &m); len(event) > 0 {
			if err := write(event); err != nil {
				return err
			}
		}
	}
	return nil
}

// replay writes what a subscriber has missed, up to where the follower begins.
func (l *listening) replay(caller *gate.Caller, f *feed.Follower, write func([]byte) error) error {
	each := func(item *feed.Item) error {
		switch {
		case item.Withdraws > 0 && l.Since.From != FromID: // it was never shown
			return nil
		case l.Since.From == FromTime && item.Time.Before(l.Since.Time):
			return nil
		}
		return l.emit(item, write)
	}
	after := uint64(0)
	switch l.Since.From {
	case FromNow:
		return nil
	case FromLatest:
		return l.latest(caller, f.Position(), each)
	case FromID:
		after = l.Since.Seq
	case FromTime:
		var err error
		if after, err = l.before(caller, f.Position()); err != nil {
			return err
		}
	}
	_, err := f.Missed(caller.Context(), after, "", each)
	return err
}

// latest calls each for the last message of every topic, up to a position.
func (l *listening) latest(caller *gate.Caller, position uint64, each func(*feed.Item) error) error {
	var last []*msglog.Entry
	for _, topic := range l.topics {
		page, _, err := caller.Page([]string{topic}, position+1, 0, 1)
		if err != nil {
			return err
		}
		last = append(last, page...)
	}
	slices.SortFunc(last, func(a, b *msglog.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	for _, e := range last {
		if err := each(feed.NewItem(e)); err != nil {
			return err
		}
	}
	return nil
}

// before finds a place in the log, at most position, that all messages of Since.Time and later come after; one of an earlier
// time may too. Times rise with the numbers.
func (l *listening) before(caller *gate.Caller, position uint64) (after uint64, err error) {
	n := sort.Search(int(position), func(i int) bool {
		if err != nil {
			return true
		}
		var next []*msglog.Entry
		// The first message behind the number i+1.
		next, _, err = caller.Page(l.topics, 0, uint64(i)+1, 1)
		return len(next) == 0 || !next[0].Time.Before(l.Since.Time)
	})
	return uint64(n), err
}
