package receipts

import (
	"slices"

	"belfry/wsserver/msglog"
)

// This file is about resends: messages to one person that quote an earlier message and ask for the same
// acknowledgement. What that person does with the resend counts for the original message too, and an acknowledgement of
// either acknowledges both.

// trackResend notes whether a private message is a resend, possibly of a resend. mu is held.
func (c *core) trackResend(e *msglog.Entry, b *broadcast) {
	of := c.broadcasts[e.ReplyTo]
	if of == nil || of.ack != e.Ack || of.audience == "" && of.userID != e.UserID {
		return
	}
	b.resendOf = e.ReplyTo
	c.resends[e.UserID] = append(c.resends[e.UserID], e.Seq)
}

// origin returns the message that seq resends, if that is kept, or seq itself. mu is held.
func (c *core) origin(seq uint64) uint64 {
	for b := c.broadcasts[seq]; b != nil && c.broadcasts[b.resendOf] != nil; b = c.broadcasts[seq] {
		seq = b.resendOf
	}
	return seq
}

// resendsOf lists the resends of seq to a person. mu is held.
func (c *core) resendsOf(seq uint64, userID string) (list []uint64) {
	for _, s := range c.resends[userID] {
		if s != seq && c.broadcasts[s] != nil && c.origin(s) == seq {
			list = append(list, s)
		}
	}
	return list
}

// answeredTogether lists the messages that one acknowledgement answers: seq first, then its origin, then the other
// resends to this person. mu is held.
func (c *core) answeredTogether(seq uint64, userID string) []uint64 {
	list := []uint64{seq}
	origin := c.origin(seq)
	if m := c.members[userID]; origin != seq && m != nil && c.broadcasts[origin].fromCursors(origin, m).Sent > 0 {
		list = append(list, origin)
	}
	for _, s := range c.resendsOf(origin, userID) {
		if s != seq {
			list = append(list, s)
		}
	}
	return list
}

// affected lists the messages whose counts may change when a person's cursor of topic advances over from to to. mu is
// held.
func (c *core) affected(userID, topic string, from, to uint64) []uint64 {
	if topic != "" {
		return seqsBetween(c.seqsByAudience[topic], from, to)
	}
	list := seqsBetween(c.seqsByAudience[everyone], from, to)
	resends := seqsBetween(c.resends[userID], from, to)
	if len(resends) == 0 {
		return list
	}
	list = slices.Clone(list)
	for _, s := range resends {
		if o := c.origin(s); !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list
}
