package gotify

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/token"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Limits of GET /message, as Gotify's.
const (
	maxLimit     = 200
	defaultLimit = 100
)

// send sends a message to the first place that the token may send to.
func (d *Door) send(w http.ResponseWriter, r *http.Request, c *gate.Caller) error {
	body, err := gate.ReadBody(w, r, maxBody)
	if err != nil {
		return err
	}
	s, err := ParseSend(r.Header.Get("Content-Type"), r.URL.Query(), body)
	if err != nil {
		return err
	}
	topic, err := placeOf(c)
	if err != nil {
		return err
	}
	priority := defaultPriority
	if s.Priority != nil {
		priority = *s.Priority
	}
	b := operator.Broadcast{Message: s.Message, Title: s.Title, Topic: topic, Priority: c.Translated(priorityIn(priority)), Click: s.Click, MessageID: rand.Text()}
	d.given.note(b.MessageID, priority)
	sent, err := c.Send(b)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, Message{
		ID: sent.Seq, AppID: appID, Message: s.Message, Title: cmp.Or(s.Title, c.Token.Name), Priority: priority, Extras: s.Extras, Date: sent.Time,
	})
	return nil
}

// placeOf is the topic that a caller's messages go to, "" for everyone: Gotify's senders name none.
func placeOf(c *gate.Caller) (topic string, err error) {
	for _, place := range c.Token.Publish {
		switch place {
		case token.Everyone:
			return "", nil
		case token.People: // a person is to be named
		default:
			return place, nil
		}
	}
	return "", wire.ErrNotAllowed.WithMessage("This token may not send to everyone, nor to a topic.")
}

// list answers with a page of messages, the newest first.
func (d *Door) list(w http.ResponseWriter, r *http.Request, c *gate.Caller) error {
	limit, err := number(r, "limit", defaultLimit)
	if err != nil || limit < 1 || limit > maxLimit {
		return wire.ErrBadFrame.WithMessage("Field 'limit' must be a number from 1 to 200.")
	}
	since, err := number(r, "since", 0)
	if err != nil || since > wire.MaxNumber {
		return wire.ErrBadFrame.WithMessage("Field 'since' must be the id of a message, or 0.")
	}
	entries, more, err := c.Page(nil, since, 0, int(limit))
	if err != nil {
		return err
	}
	page := Page{Messages: make([]Message, 0, len(entries)), Paging: Paging{Size: len(entries), Limit: int(limit)}}
	for _, e := range slices.Backward(entries) {
		page.Messages = append(page.Messages, NewMessage(e.Message()))
	}
	if more && len(entries) > 0 {
		page.Paging.Since = entries[0].Seq
		page.Paging.Next = fmt.Sprintf("/message?limit=%d&since=%d", limit, entries[0].Seq)
	}
	answer(w, http.StatusOK, page)
	return nil
}

// number is a number in the query.
func number(r *http.Request, name string, absent uint64) (uint64, error) {
	word := r.URL.Query().Get(name)
	if word == "" {
		return absent, nil
	}
	return strconv.ParseUint(word, 10, 64)
}

// listen answers with a WebSocket of messages: one a frame, and nothing else.
func (d *Door) listen(w http.ResponseWriter, r *http.Request) {
	caller, stop, err := stream.Enter(d.o.Gate, r, false)
	if err == nil && !transport.IsUpgrade(r) {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		err = wire.ErrBadFrame.WithMessage("This address is a WebSocket: connect to it as one.")
	}
	if err != nil {
		stop()
		refuse(w, err)
		return
	}
	d.o.Streams.Serve(w, r, caller, stop, stream.Follow{Refuse: refuse, Event: d.emit})
}

// emit writes a message. That one was withdrawn cannot be said here.
func (d *Door) emit(item *feed.Item, write func([]byte) error) error {
	if item.Withdraws > 0 {
		return nil
	}
	return write(item.As("gotify", func(e *msglog.Entry) []byte {
		m := NewMessage(e.Message())
		if priority, ok := d.given.of(e.ID); ok {
			m.Priority = priority
		}
		return wire.JSON(m)
	}))
}

// maxGiven is how many messages' priorities are known as they were given.
const maxGiven = 1024

// given knows the priorities of the newest messages as Gotify's senders have given them: a stream repeats 7 as 7, which the
// log knows as 3 like 5. It is safe for concurrent use.
type given struct {
	mu         sync.Mutex
	priorities map[string]int
	ids        []string // of priorities, the oldest first
}

func newGiven() *given { return &given{priorities: map[string]int{}} }

// note notes the priority of a message, by the sender's id of it.
func (g *given) note(id string, priority int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.ids) == maxGiven {
		delete(g.priorities, g.ids[0])
		g.ids = g.ids[1:]
	}
	g.priorities[id] = priority
	g.ids = append(g.ids, id)
}

func (g *given) of(id string) (priority int, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	priority, ok = g.priorities[id]
	return priority, ok
}
