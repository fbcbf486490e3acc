package client

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"golang.org/x/time/rate"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// Client is one connected browser, or any other program that speaks the protocol. Its reader handles its frames one after
// another; while it is pending, other goroutines may retry its hello (pending.handling).
type Client struct {
	hub.Peer
	service *Service

	// offered is a token that the server made for the user_id offeredFor, and that binds with the client's next frame; ""
	// for none. Only its reader uses it.
	offered, offeredFor string
	// gaplessFrom is the seq after which the device has each topic without a gap ("": everyone and private). Only its reader
	// uses it.
	gaplessFrom map[string]uint64
	// pending is nil once the client is admitted.
	pending atomic.Pointer[pending]
	// messageRate limits messages; nil: no limit.
	messageRate atomic.Pointer[rate.Limiter]
	messages    atomic.Int64

	// catching is held while the client is sent something from the log, which waits for its socket. It is a channel of one,
	// because nobody should wait that long for a mutex.
	catching chan struct{}
	// recovering is closed when the last recovery has ended; nil if none has begun. Only its reader uses it, as it does
	// gaplessFrom from then on.
	recovering chan struct{}
	leaving    cancels

	device  receipts.Device // as the ledger knows it
	changed changed
}

// Messages is the number of accepted messages that the client has sent.
func (c *Client) Messages() int64 { return c.messages.Load() }

// Handle answers one text frame. It may block for a commit, for the log's reader, and for the client's own socket.
func (c *Client) Handle(data []byte) {
	if d := c.pending.Load(); d != nil {
		d.handling.Lock()
		defer d.endTurn()
	}
	if c.recovering != nil {
		<-c.recovering
		c.recovering = nil
	}
	noteChanged(c)
	var r wire.Request
	head, err := wire.DecodeRequest(data, &r)
	if err := c.bind(); err != nil {
		c.fail(err, head)
	}
	c.SetStackGrown(r.Action != "notify" && r.Action != "received" && r.Action != "read")
	if err == nil {
		head = wire.RequestHead{Action: wire.Clip(r.Action, wire.MaxID), ID: wire.Clip(r.ID, wire.MaxID), Seq: r.Seq}
		err = c.do(&r, head)
	}
	if err != nil {
		c.fail(err, head)
	}
}

func (c *Client) fail(err error, head wire.RequestHead) {
	e := wire.AsError(err)
	if e == wire.ErrInternal {
		c.service.logger.Error("client", "action", head.Action, "error", err)
	}
	c.Send(c.service.errorFrame(e, head))
}

// errorFrame is the answer to a frame that is refused.
func (s *Service) errorFrame(e *wire.Error, head wire.RequestHead) []byte {
	s.news.Refused(e)
	return wire.Encode(wire.NewErrorFrame(e, head))
}

func (c *Client) do(r *wire.Request, head wire.RequestHead) error {
	if c.State() != hub.In && r.Action != "hello" && !c.admitIfOpen() {
		return errPending
	}
	if err := checkRequest(r); err != nil {
		return err
	}
	switch r.Action {
	case "hello":
		return c.hello(r, head)
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
		return c.receipt(r, r.Action == "read")
	case "ack":
		return c.ack(r)
	case "leave":
		c.leave()
		return nil
	}
	return wire.ErrUnknownAction
}

// checkRequest checks the limits that apply to every frame.
func checkRequest(r *wire.Request) error {
	switch {
	case len(r.UserID) > wire.MaxUserID:
		return &wire.Error{Code: wire.ErrTooLarge.Code, Message: "A user_id can have at most 64 bytes.", Field: "user_id"}
	case len(r.Code) > wire.MaxCode:
		return wire.ErrTooLarge.WithMessage("A code can have at most 1024 bytes.")
	case len(r.ID) > wire.MaxID:
		return wire.ErrTooLarge.WithMessage("An id can have at most 64 bytes.")
	case len(r.Topic) > wire.MaxTopic || slices.ContainsFunc(r.Topics, func(t string) bool { return len(t) > wire.MaxTopic }):
		return wire.ErrTooLarge.WithMessage("A topic can have at most 64 bytes.")
	case len(r.Epoch) > wire.MaxEpoch:
		return wire.ErrTooLarge.WithMessage("An epoch can have at most 64 bytes.")
	case len(r.Topics) > wire.MaxNamed:
		return wire.ErrTooLarge.WithMessage(fmt.Sprintf("A frame can name at most %d topics.", wire.MaxNamed))
	case strings.ContainsFunc(r.UserID, unicode.IsControl):
		return wire.ErrBadFrame.WithMessage("A user_id cannot contain control characters.")
	case r.Token != "" && !identity.ValidToken(r.Token):
		return wire.ErrBadFrame.WithMessage("A token must be 16 to 128 letters, digits, dashes or underscores.")
	}
	return nil
}

// notify posts a message: to the operator, or to a topic.
func (c *Client) notify(r *wire.Request, head wire.RequestHead) error {
	if len(r.Message) > wire.MaxMessage {
		return wire.ErrTooLarge.WithMessage("A message can have at most 64 KiB. Send it in parts.")
	}
	if wire.IsBlank(r.Message) {
		return wire.ErrBadFrame.WithMessage("Write something first: a letter, a digit or a sign.")
	}
	me := c.Identity()
	if err := c.service.mayWrite(me); err != nil {
		return err
	}
	e := &msglog.Entry{
		ID: r.ID, Audience: msglog.AudiencePrivate, UserID: me.UserID, Topic: r.Topic, Text: r.Message, ReplyTo: r.ReplyTo,
		From: wire.Sender{UserID: me.UserID, Name: me.Name},
	}
	if r.Topic != "" {
		t, ok := c.service.topics.Get(r.Topic)
		if !ok || t.Archived {
			return wire.ErrUnknownTopic
		}
		if t.Kind == wire.TopicOpen {
			e.Audience, e.UserID = msglog.AudienceTopic, ""
		}
	}
	if wait, ok := transport.Reserve(c.messageRate.Load()); !ok {
		return &wire.Error{Code: "rate_limited", Message: "You are sending too fast. Wait a moment.", Retry: wait}
	}
	if e.Audience == msglog.AudiencePrivate && !me.HearsPrivate() {
		c.NoteWrote()
	}
	return c.service.dispatcher.Post(dispatch.Post{Entry: e, From: c, Head: head})
}

// Outcome is the frame that answers a message of the client's; nil if it asked for no answer.
func (c *Client) Outcome(a msglog.Appended, err error, head wire.RequestHead) []byte {
	if err != nil {
		return c.service.errorFrame(wire.AsError(err), head)
	}
	if !a.Duplicate {
		c.messages.Add(1)
	}
	if head.ID == "" {
		return nil
	}
	return msglog.EncodeAccepted(head.ID, a)
}

// VerbTimeout bounds the work of one frame or verb on the log: a log that does not answer must not block the caller for ever.
const VerbTimeout = 20 * time.Second

const (
	// MaxHistory is how many messages one page of history holds, MaxHistoryBytes how large it is.
	MaxHistory      = 200
	MaxHistoryBytes = 256 << 10
)
