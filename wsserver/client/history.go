package client

import (
	"context"
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// history answers a page of older messages, of one topic or of all streams that the client follows.
func (c *Client) history(r *wire.Request) error {
	if r.Limit == 0 || r.Limit > MaxHistory {
		r.Limit = MaxHistory
	}
	me := c.Identity()
	streams := c.Streams()[1:] // withdrawals are not messages
	if !me.Proved && !me.Made {
		streams = slices.DeleteFunc(streams, func(s msglog.Stream) bool { return s.Audience == msglog.AudiencePrivate })
	}
	if r.Topic != "" {
		if _, ok := c.service.topics.Get(r.Topic); !ok {
			return wire.ErrUnknownTopic
		}
		streams = []msglog.Stream{{Audience: msglog.AudienceTopic, Name: r.Topic}}
	}
	before := c.service.hub.Position() + 1 // messages committed but not fanned out come live
	if r.Before > 0 {
		before = min(before, r.Before)
	}
	ctx, cancel := context.WithTimeout(context.Background(), VerbTimeout)
	defer cancel()
	entries, more, err := c.service.source.log.Page(ctx, msglog.Query{Streams: streams, Before: before, Limit: r.Limit, Bytes: MaxHistoryBytes})
	if err != nil {
		return err
	}
	f := wire.HistoryFrame{Type: "history", ID: r.ID, Messages: make([]wire.Message, 0, len(entries)), More: more, Acked: []uint64{}}
	for _, e := range entries {
		if !c.service.mayRead(me, e.Stream(), e.Seq) {
			continue
		}
		f.Messages = append(f.Messages, e.Message())
		if _, ok := c.service.ledger.AckTime(e.Seq, c.UserID()); ok && e.Ack != "" {
			f.Acked = append(f.Acked, e.Seq)
		}
	}
	if c.AwaitDrained(0) { // a page may be as large as the largest backlog
		c.Send(wire.Encode(f))
	}
	c.ResetIdle()
	return nil
}
