package client

import (
	"context"

	"belfry/wsserver/hub"
	"belfry/wsserver/wire"
)

// This file handles receipts: received, read, acknowledged.

// beginRanges notes where the device's gapless part begins of each topic ("": everyone and private) that a hello or a
// subscribe has joined. f is the recovery sent, nil if none was asked for.
func (c *Client) beginRanges(topics []string, position uint64, since *uint64, f *wire.RecoveredFrame) {
	if !c.Greeted() {
		return
	}
	if c.gaplessFrom == nil {
		c.gaplessFrom = map[string]uint64{}
	}
	begin := func(topic string, after uint64, resumed bool) {
		c.gaplessFrom[topic] = c.service.ledger.BeginRange(c.UserID(), topic, after, resumed)
	}
	for _, t := range topics {
		switch _, already := c.gaplessFrom[t]; {
		case f == nil && already:
		case f == nil:
			begin(t, position, false)
		case f.Complete:
			begin(t, *since, true)
		default:
			begin(t, f.From-1, false)
		}
	}
}

// receipt handles received and read.
func (c *Client) receipt(r *wire.Request, read bool) error {
	base, ok := c.gaplessFrom[r.Topic]
	if !ok || !c.Greeted() {
		return wire.ErrNotAllowed.WithMessage("Send hello and subscribe before you send receipts.")
	}
	c.service.ledger.Advance(c.UserID(), r.Topic, base, min(r.Seq, c.SentTo()), read)
	c.service.news.ReceiptsChanged()
	return nil
}

// ack handles an acknowledgement. It is durable before it is answered, on every connection of that person.
func (c *Client) ack(r *wire.Request) error {
	if !c.Greeted() {
		return wire.ErrNotAllowed.WithMessage("Send hello before you confirm a message.")
	}
	ctx, cancel := context.WithTimeout(context.Background(), VerbTimeout)
	defer cancel()
	e, err := c.service.source.log.Get(ctx, r.Seq)
	if err != nil {
		return err
	}
	if e == nil || e.Ack == "" || !c.service.mayRead(c.Identity(), e.Stream(), e.Seq) || !c.service.ledger.IsRecipient(e, c.UserID()) {
		return wire.ErrNotAllowed.WithMessage("That message does not ask you to confirm it, or is no longer kept.")
	}
	answered, err := c.service.ledger.Ack(c.service.dispatcher, r.Seq, c.UserID())
	if err != nil {
		return err
	}
	for _, a := range answered {
		hub.SendAll(wire.Encode(wire.AckedFrame{Type: "acked", Seq: a.Seq, Time: wire.Time(a.At)}), c.service.hub.PeersOf(c.UserID()))
	}
	c.service.news.ReceiptsChanged()
	return nil
}

// ackFrame is the acked frame that follows a message in a person's recovery; nil if they have not acknowledged it.
func (s *Service) ackFrame(seq uint64, userID string) []byte {
	at, ok := s.ledger.AckTime(seq, userID)
	if !ok {
		return nil
	}
	return wire.Encode(wire.AckedFrame{Type: "acked", Seq: seq, Time: wire.Time(at)})
}
