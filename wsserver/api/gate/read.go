package gate

import (
	"slices"

	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/token"
	"belfry/wsserver/wire"
)

// ReadsAll reports whether the caller may read everything, private talk too.
func (c *Caller) ReadsAll() bool { return c.operator || c.Token.MayReadAll() }

// mayRead reports whether the caller may read the messages of a stream.
func (c *Caller) mayRead(s msglog.Stream) bool {
	switch {
	case c.ReadsAll():
		return true
	case s.Audience == msglog.AudienceEveryone:
		return c.Token.MayRead(token.Everyone)
	case s.Audience == msglog.AudienceTopic:
		return c.Token.MayRead(s.Name)
	}
	return false
}

// Streams are what the caller reads under these names: topics, and "everyone" for what goes to everyone. Without names they
// are all that it may read, nil where that is everything. Errors: unknown_topic, not_allowed, bad_frame for too many.
func (c *Caller) Streams(names []string) ([]msglog.Stream, error) {
	streams, err := c.streams(names)
	return streams, c.gate.noted(err)
}

func (c *Caller) streams(names []string) ([]msglog.Stream, error) {
	if len(names) == 0 {
		return c.allStreams()
	}
	if len(names) > wire.MaxTopics {
		return nil, wire.ErrBadFrame.WithMessage("At most 32 topics can be read at once.")
	}
	streams := []msglog.Stream{}
	for _, name := range names {
		s := streamOf(name)
		if _, ok := c.gate.o.Operator.Topic(name); !ok && name != token.Everyone {
			return nil, wire.ErrUnknownTopic
		}
		if !c.mayRead(s) {
			return nil, wire.ErrNotAllowed.WithMessage("This token may not read that topic.")
		}
		if !slices.Contains(streams, s) {
			streams = append(streams, s)
		}
	}
	return streams, nil
}

func (c *Caller) allStreams() ([]msglog.Stream, error) {
	if c.ReadsAll() {
		return nil, nil
	}
	streams := []msglog.Stream{}
	for _, name := range c.Token.Read {
		streams = append(streams, streamOf(name))
	}
	if len(streams) == 0 {
		return nil, wire.ErrNotAllowed.WithMessage("This token may not read messages.")
	}
	return streams, nil
}

// streamOf is the stream of a name that Streams takes.
func streamOf(name string) msglog.Stream {
	if name == token.Everyone {
		return msglog.Stream{Audience: msglog.AudienceEveryone}
	}
	return msglog.Stream{Audience: msglog.AudienceTopic, Name: name}
}

// Page reads messages of what Streams returned, in rising seq: those before a seq, or after one where that is not 0; neither:
// the newest. Errors: those of Streams, bad_frame.
func (c *Caller) Page(names []string, before, after uint64, limit int) (entries []*msglog.Entry, more bool, err error) {
	return c.page(names, operator.PageQuery{Before: before, After: after, Limit: limit})
}

// PageAfter is Page for the first messages after a seq, also after 0. A before of 0 is the end.
func (c *Caller) PageAfter(names []string, after, before uint64, limit int) (entries []*msglog.Entry, more bool, err error) {
	return c.page(names, operator.PageQuery{Before: before, After: after, Forward: true, Limit: limit})
}

func (c *Caller) page(names []string, q operator.PageQuery) (entries []*msglog.Entry, more bool, err error) {
	if q.Streams, err = c.Streams(names); err != nil {
		return nil, false, err
	}
	return c.gate.o.Operator.Page(c.ctx, q)
}

// Follow follows what Streams returned. The caller ends it with Close. Errors: those of Streams, closing.
func (c *Caller) Follow(names []string) (*feed.Follower, error) {
	streams, err := c.Streams(names)
	if err != nil {
		return nil, err
	}
	return c.gate.o.Operator.Follow(streams)
}

// Message reads one message. One that the caller may not read is unknown to it. Errors: unknown_message, bad_frame.
func (c *Caller) Message(seq uint64) (*msglog.Entry, error) {
	e, err := c.gate.o.Operator.Message(c.ctx, seq)
	if err == nil && !c.mayRead(e.Stream()) {
		e, err = nil, operator.ErrUnknownMessage
	}
	return e, c.gate.noted(err)
}

// own reports whether the caller sent a message.
func (c *Caller) own(e *msglog.Entry) bool {
	return c.operator || c.Token.ID != "" && e.Program == c.Token.ID
}

// Withdraw withdraws a message: a token its own, the operator's key any. Errors: unknown_message where it may not be read
// either, not_allowed.
func (c *Caller) Withdraw(seq uint64) error { return c.gate.noted(c.withdraw(seq)) }

func (c *Caller) withdraw(seq uint64) error {
	e, err := c.gate.o.Operator.Message(c.ctx, seq)
	switch {
	case err != nil:
		return err
	case c.own(e):
		_, err = c.gate.o.Operator.Withdraw(c.ctx, seq)
		return err
	case c.mayRead(e.Stream()):
		return wire.ErrNotAllowed.WithMessage("A token can withdraw only what it has sent itself.")
	}
	return operator.ErrUnknownMessage
}

// Receipts are those of one message: a token's own, with the operator's key any. detail: with each recipient. Errors:
// not_allowed without that right, and for a message of somebody else's that it may read; unknown_message for every other one.
func (c *Caller) Receipts(seq uint64, detail bool) (receipts.Receipts, error) {
	r, err := c.receipts(seq, detail)
	return r, c.gate.noted(err)
}

func (c *Caller) receipts(seq uint64, detail bool) (r receipts.Receipts, err error) {
	if !c.operator && !c.Token.Receipts {
		return r, wire.ErrNotAllowed.WithMessage("This token may not read receipts.")
	}
	e, err := c.gate.o.Operator.Message(c.ctx, seq)
	if err == nil && !c.own(e) {
		err = operator.ErrUnknownMessage
		if c.mayRead(e.Stream()) {
			err = wire.ErrNotAllowed.WithMessage("A token can read the receipts of what it has sent itself.")
		}
	}
	if err != nil {
		return r, err
	}
	answer, err := c.gate.o.Operator.Receipts(c.ctx, []uint64{seq}, detail)
	if err != nil {
		return r, err
	}
	if len(answer.Receipts) == 0 {
		return r, operator.ErrUnknownMessage
	}
	return answer.Receipts[0], nil
}

// MayReadPeople reports whether the caller may read who is there. Errors: not_allowed.
func (c *Caller) MayReadPeople() error {
	if !c.operator && !c.Token.People {
		return c.gate.noted(wire.ErrNotAllowed.WithMessage("This token may not read who is there."))
	}
	return nil
}

// MayReadMetrics reports whether the caller may read the server's measurements. Errors: not_allowed.
func (c *Caller) MayReadMetrics() error {
	if !c.operator && !c.Token.Metrics {
		return c.gate.noted(wire.ErrNotAllowed.WithMessage("This token may not read metrics."))
	}
	return nil
}
