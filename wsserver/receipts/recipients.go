package receipts

import (
	"cmp"
	"slices"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Receipts are the receipts of one message of the operator's. Sent counts its recipients, Guests the other connections, which
// never said hello.
type Receipts struct {
	Seq      uint64 `json:"seq"`
	Sent     int    `json:"sent"`
	Received int    `json:"received"`
	Read     int    `json:"read"`
	Acked    int    `json:"acked"`
	Guests   int    `json:"guests"`
	// Closed is when the operator closed the announcement, RFC 3339; "" while it is open.
	Closed string `json:"closed,omitempty"`
	// Who are the recipients, by name; only if asked for.
	Who []Recipient `json:"who,omitempty"`
}

// Recipient is one person a message was for. Times are RFC 3339, "" if it has not happened.
type Recipient struct {
	UserID    string `json:"user_id"`
	Name      string `json:"name"`
	Connected bool   `json:"connected"` // when the message was sent
	Received  string `json:"received"`
	Read      string `json:"read"`
	Acked     string `json:"acked"`
}

// Receipts returns the receipts of a message of the operator's, with detail those of each recipient; false if no such
// message is kept.
func (l *Deliveries) Receipts(seq uint64, detail bool) (r Receipts, ok bool) {
	l.mu.Lock()
	b := l.broadcasts[seq]
	if b == nil {
		l.mu.Unlock()
		return r, false
	}
	t := b.counts
	if m := l.members[b.userID]; m != nil && b.audience == "" {
		t = l.contribution(seq, b, b.userID, m)
	}
	r = Receipts{Seq: seq, Sent: t.Sent, Received: t.Received, Read: t.Read, Acked: t.Acked, Guests: l.guestsOf(seq), Closed: formatTime(l.closed[seq])}
	l.mu.Unlock()
	if detail {
		r.Who = l.recipients(seq, b)
	}
	return r, true
}

// recipientsPerLock is how many recipients are looked at before others may have the lock.
const recipientsPerLock = 200

// candidate is a person a message may have been for.
type candidate struct {
	userID string
	*member
}

// recipients lists a message's recipients, by name.
func (l *Deliveries) recipients(seq uint64, b *broadcast) (list []Recipient) {
	for some := range slices.Chunk(l.candidates(b), recipientsPerLock) {
		l.mu.Lock()
		for _, p := range some {
			if b.audience == "" || p.belongedTo(b.audience, seq) {
				list = append(list, l.recipient(seq, b, p))
			}
		}
		l.mu.Unlock()
	}
	slices.SortFunc(list, func(a, b Recipient) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID))
	})
	return list
}

// candidates lists everybody a message may have been for.
func (l *Deliveries) candidates(b *broadcast) (list []candidate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.audience == "" {
		if m := l.members[b.userID]; m != nil {
			list = append(list, candidate{b.userID, m})
		}
		return list
	}
	list = make([]candidate, 0, len(l.members))
	for userID, m := range l.members {
		list = append(list, candidate{userID, m})
	}
	return list
}

// recipient returns one person's receipts of a message; of the message and its resends, the earliest counts. mu is held.
func (l *Deliveries) recipient(seq uint64, b *broadcast, p candidate) Recipient {
	acked := l.acks[seq][p.userID]
	var received, read int64
	if c := p.cursors[b.cursorTopic()]; c != nil {
		received, read = at(c.received, c.timeline.Received, seq), at(c.read, c.timeline.Read, seq)
	}
	for _, s := range l.resendsOf(seq, p.userID) {
		if c := p.cursors[""]; c != nil {
			received = earlier(received, at(c.received, c.timeline.Received, s))
			read = earlier(read, at(c.read, c.timeline.Read, s))
		}
	}
	received, read = cmp.Or(received, acked), cmp.Or(read, acked) // an acknowledgement implies both
	return Recipient{p.userID, p.Name, p.belongedTo(present, seq) || l.shared != nil && p.wasPresent(seq), formatTime(received), formatTime(read), formatTime(acked)}
}

// earlier returns the earlier of two times, of which 0 is never.
func earlier(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// formatTime writes Unix ms as RFC 3339, 0 as "".
func formatTime(ms int64) string {
	if ms == 0 {
		return ""
	}
	return wire.Time(time.UnixMilli(ms)).String()
}

// Resends are messages to one person that quote an earlier message and ask for the same
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
