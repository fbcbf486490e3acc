package wsserver

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"

	"golang.org/x/time/rate"
)

// client is one connected browser, or any other program that speaks the wire. Its frames are handled one after
// another by its reader.
type client struct {
	conn
	server *Server

	// who it is. Changed under hub.mu, read anywhere.
	who atomic.Pointer[who]
	// pending is a token that the server made for pendingFor: it binds at the next frame. The reader's alone.
	pending, pendingFor string
	// listed: its name is that of its card. Changed where hello is handled.
	listed bool
	// bases is where the device's gapless part of each topic begins. The reader's alone.
	bases map[string]uint64
	// outside is nil once it was let in.
	outside atomic.Pointer[doorstep]
	// greeted: hello was said. Written by the reader alone.
	greeted atomic.Bool
	// notifies limits messages; nil: no limit.
	notifies atomic.Pointer[rate.Limiter]
	messages atomic.Int64

	// catching is held while the client is sent something out of the log: a lock that may be waited for with
	// others' work under way, hence a channel of one.
	catching chan struct{}

	// Guarded by hub.mu.
	topics []string
	rev    uint64

	// Guarded by ledger.mu.
	memberID string // as whom it is in the ledger
	departed bool   // it is not in the ledger any more, and never again
}

// who is a client's identity; one that is replaced is never changed.
type who struct {
	userID, name string
	proved       bool // it has shown the person's token
}

func (c *client) userID() string { return c.who.Load().userID }

// guestPrefix marks a user_id that the server made for a connection that gave none.
const guestPrefix = "guest-"

// run tells this run's guests from those of another, who may still be in the log.
var run = strings.ToLower(rand.Text()[:5])

// guest reports whether the server made the id for one connection.
func guest(userID string) bool { return strings.HasPrefix(userID, guestPrefix) }

func guestID(conn uint64) string {
	return guestPrefix + run + "-" + strconv.FormatUint(conn, 10)
}

// handle answers one text frame.
func (c *client) handle(data []byte) {
	if d := c.outside.Load(); d != nil {
		d.turn.Lock()
		defer c.handled(d)
	}
	var r request
	head, err := decodeRequest(data, &r)
	if err := c.bind(); err != nil {
		c.fail(err, head)
	}
	c.grown = r.Action != "notify" && r.Action != "received" && r.Action != "read"
	if err == nil {
		head = requestHead{Action: clip(r.Action, maxID), ID: clip(r.ID, maxID), Seq: r.Seq}
		err = c.do(&r, head)
	}
	if err != nil {
		c.fail(err, head)
	}
}

func (c *client) fail(err error, head requestHead) {
	e := asError(err)
	if e == errInternal {
		c.server.logger.Error("client", "action", head.Action, "error", err)
	}
	c.send(encode(newErrorFrame(e, head)))
}

func (c *client) do(r *request, head requestHead) error {
	if d := c.outside.Load(); d != nil && !d.entered.Load() && r.Action != "hello" && !c.enterOpen() {
		return errOutside
	}
	if err := checkRequest(r); err != nil {
		return err
	}
	switch r.Action {
	case "hello":
		return c.hello(r)
	case "subscribe":
		return c.subscribe(r, head)
	case "unsubscribe":
		c.unsubscribe(r.Topics)
		return nil
	case "notify":
		return c.notify(r, head)
	case "history":
		return c.history(r)
	case "received", "read":
		return c.reached(r, r.Action == "read")
	case "ack":
		return c.ack(r)
	case "leave":
		c.leave()
		return nil
	}
	return ErrUnknownAction
}

// checkRequest holds what limits every frame.
func checkRequest(r *request) error {
	switch {
	case len(r.UserID) > maxUserID:
		return &Error{Code: ErrTooLarge.Code, Message: "A user_id has at most 64 bytes.", Field: "user_id"}
	case len(r.Code) > maxCode:
		return ErrTooLarge.because("A code has at most 1024 bytes.")
	case len(r.ID) > maxID:
		return ErrTooLarge.because("An id has at most 64 bytes.")
	case len(r.Topics) > maxNamed:
		return ErrTooLarge.because(fmt.Sprintf("A frame names at most %d topics.", maxNamed))
	case strings.ContainsFunc(r.UserID, unicode.IsControl):
		return ErrBadFrame.because("A user_id holds no control characters.")
	case r.Token != "" && !wellFormed(r.Token):
		return ErrBadFrame.because("A token is 16 to 128 letters, digits, dashes and underscores.")
	case r.Limit < 0:
		return ErrBadFrame.because("A limit is a number from 1 up.")
	}
	return nil
}

// reserved ids are given out by the server alone.
func reserved(userID string) bool {
	return userID == operatorID || guest(userID)
}

// cleanName is checkName of a name that may be absent: nil stays nil.
func cleanName(name *string) (*string, error) {
	if name == nil {
		return nil, nil
	}
	clean, err := checkName(*name)
	return &clean, err
}

// notify posts a message: to the operator, or to a topic.
func (c *client) notify(r *request, head requestHead) error {
	if r.Message == "" {
		return ErrBadFrame.because("A message needs a text.")
	}
	if len(r.Message) > maxMessage {
		return ErrTooLarge.because("A message has at most 64 KiB. Send it in parts.")
	}
	me := c.who.Load()
	if err := c.server.mayWrite(me.userID); err != nil {
		return err
	}
	e := &Entry{
		ID: r.ID, Audience: AudiencePrivate, UserID: me.userID, Topic: r.Topic, Text: r.Message, ReplyTo: r.ReplyTo,
		From: Sender{UserID: me.userID, Name: me.name},
	}
	if r.Topic != "" {
		t, ok := c.server.topics.get(r.Topic)
		if !ok || t.Archived {
			return ErrUnknownTopic
		}
		if t.Kind == TopicOpen {
			e.Audience, e.UserID = AudienceTopic, ""
		}
	}
	if wait, ok := take(c.notifies.Load()); !ok {
		return &Error{Code: "rate_limited", Message: "That was too much at once. Wait a moment.", Retry: wait}
	}
	return c.server.bus.post(post{entry: e, from: c, head: head})
}

// outcome is what the sender is told of its message, nil where it asked for nothing.
func (c *client) outcome(a Appended, err error, head requestHead) []byte {
	if err != nil {
		return encode(newErrorFrame(asError(err), head))
	}
	if !a.Duplicate {
		c.messages.Add(1)
	}
	if head.ID == "" {
		return nil
	}
	return encodeAccepted(head.ID, a)
}
