package receipts

import (
	"math"
	"slices"

	"belfry/wsserver/msglog"
)

// This file counts what became of the operator's messages as it happens: asking about two hundred of them with ten
// thousand recipients each costs two hundred look-ups. The rule is: whatever changes a person's part in a message does it
// inside recount.

// broadcast is what the ledger keeps in mind of a message of the operator's.
type broadcast struct {
	audience string // whose members it was for: inEveryone, a topic, "" for one person
	userID   string // that person
	ack      string // the words on its button
	resendOf uint64 // the announcement that it is a copy of; 0: it is none
	counts          // not of a message to one person
}

// tally counts persons.
type counts struct{ Sent, Received, Read, Acked int }

func (t *counts) add(o counts, sign int) {
	t.Sent += sign * o.Sent
	t.Received += sign * o.Received
	t.Read += sign * o.Read
	t.Acked += sign * o.Acked
}

// cursorTopic is the topic whose cursors tell of the message.
func (h *broadcast) cursorTopic() string {
	if h.audience == InEveryone {
		return ""
	}
	return h.audience
}

// track keeps a message of the operator's in mind. mu is held.
func (l *Ledger) track(e *msglog.Entry) *broadcast {
	h := &broadcast{ack: e.Ack}
	switch e.Audience {
	case msglog.AudienceEveryone:
		h.audience = InEveryone
	case msglog.AudienceTopic:
		h.audience = e.Topic
	default:
		h.userID = e.UserID
		l.trackResend(e, h)
	}
	l.broadcasts[e.Seq] = h
	l.seqs = append(l.seqs, e.Seq)
	l.seqsByAudience[h.audience] = append(l.seqsByAudience[h.audience], e.Seq)
	return h
}

// withdrew forgets a message that was taken back. What became of a copy counts no more, but for an acknowledgement.
func (l *Ledger) Withdraw(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.broadcasts[seq]
	if h == nil {
		return
	}
	if h.audience == "" {
		l.updateCounts(h.userID, []uint64{l.origin(seq)}, func() { delete(l.broadcasts, seq) })
	}
	delete(l.broadcasts, seq)
	if i, ok := slices.BinarySearch(l.seqsByAudience[h.audience], seq); ok {
		l.seqsByAudience[h.audience] = slices.Delete(l.seqsByAudience[h.audience], i, i+1)
	}
}

// seqsBetween is the part of seqs from from to to, both included.
func seqsBetween(seqs []uint64, from, to uint64) []uint64 {
	i, _ := slices.BinarySearch(seqs, from)
	j, found := slices.BinarySearch(seqs, to)
	if found {
		j++
	}
	return seqs[i:max(i, j)]
}

// updateCounts runs change, which concerns a person's part in these messages, and counts them anew. mu is held.
func (l *Ledger) updateCounts(userID string, seqs []uint64, change func()) {
	m := l.members[userID]
	if m == nil {
		change()
		return
	}
	l.addContribution(userID, m, seqs, -1)
	change()
	l.addContribution(userID, m, seqs, 1)
}

func (l *Ledger) addContribution(userID string, m *member, seqs []uint64, sign int) {
	for _, seq := range seqs {
		if h := l.broadcasts[seq]; h != nil && h.audience != "" {
			h.add(l.contribution(seq, h, userID, m), sign)
		}
	}
}

// standing is one person's part in the count of a message. mu is held.
func (l *Ledger) contribution(seq uint64, h *broadcast, userID string, m *member) counts {
	t := h.fromCursors(seq, m)
	if t.Sent == 0 {
		return t
	}
	if l.acks[seq][userID] > 0 { // who pressed the button has it before their eyes
		return counts{1, 1, 1, 1}
	}
	for _, c := range l.resendsOf(seq, userID) {
		o := l.broadcasts[c].fromCursors(c, m)
		t.Received, t.Read = max(t.Received, o.Received), max(t.Read, o.Read)
	}
	return t
}

// fromCursors is a person's part as the cursors alone tell it.
func (h *broadcast) fromCursors(seq uint64, m *member) (t counts) {
	if h.audience != "" && !m.belongedAt(h.audience, seq) {
		return t
	}
	t.Sent = 1
	if c := m.cursors[h.cursorTopic()]; c != nil {
		if c.Received.has(seq) {
			t.Received = 1
		}
		if c.Read.has(seq) {
			t.Read = 1
		}
	}
	return t
}

// countAll counts everything, after it was read: along spans, since one by one would be persons times messages. mu is
// held.
func (l *Ledger) countAll() {
	l.openMemberships = map[string]int{}
	sweeps := map[string]*sweep{}
	for key, seqs := range l.seqsByAudience {
		sweeps[key] = &sweep{seqs, make([]counts, len(seqs)+1)}
	}
	for _, m := range l.members {
		for key, list := range m.In {
			if isOpen(list) {
				l.openMemberships[key]++
			}
			if s := sweeps[key]; s != nil {
				s.member(list, m.cursors[(&broadcast{audience: key}).cursorTopic()])
			}
		}
	}
	for key, s := range sweeps {
		var sum counts
		for i, seq := range s.seqs {
			if sum.add(s.diff[i], 1); key != "" {
				l.broadcasts[seq].counts = sum
			}
		}
	}
	l.countExceptions()
}

// countExceptions counts what spans do not tell: acknowledgements and copies. mu is held.
func (l *Ledger) countExceptions() {
	rest := func(seq uint64, userID string) {
		if h, m := l.broadcasts[seq], l.members[userID]; h != nil && m != nil && h.audience != "" {
			h.add(l.contribution(seq, h, userID, m), 1)
			h.add(h.fromCursors(seq, m), -1)
		}
	}
	for seq, by := range l.acks {
		for userID := range by {
			rest(seq, userID)
		}
	}
	for userID, copies := range l.resends {
		done := map[uint64]bool{}
		for _, c := range copies {
			o := l.origin(c)
			if !done[o] && l.acks[o][userID] == 0 {
				rest(o, userID)
			}
			done[o] = true
		}
	}
}

// sweep adds up ranges of seqs: diff is where each begins and, negative, has ended.
type sweep struct {
	seqs []uint64
	diff []counts
}

func (s *sweep) add(from, to uint64, t counts) {
	i, _ := slices.BinarySearch(s.seqs, from)
	if n := len(seqsBetween(s.seqs, from, to)); n > 0 {
		s.diff[i].add(t, 1)
		s.diff[i+n].add(t, -1)
	}
}

// member adds one person's: what they belonged to, and what of that they have.
func (s *sweep) member(in ranges, c *cursor) {
	for _, o := range in {
		if o.To == 0 {
			o.To = math.MaxUint64
		}
		s.add(o.From, o.To, counts{Sent: 1})
		if c == nil {
			continue
		}
		for _, r := range c.Received {
			s.add(max(o.From, r.From), min(o.To, r.To), counts{Received: 1})
		}
		for _, r := range c.Read {
			s.add(max(o.From, r.From), min(o.To, r.To), counts{Read: 1})
		}
	}
}
