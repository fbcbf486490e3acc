package receipts

import (
	"math"
	"slices"

	"belfry/wsserver/msglog"
)

// This file counts what became of the operator's messages as it happens: asking about two hundred of them with ten
// thousand recipients each costs two hundred look-ups. The rule is: whatever changes a person's part in a message does it
// inside recount.

// head is what the ledger keeps in mind of a message of the operator's.
type head struct {
	Key    string // whose members it was for: inEveryone, a topic, "" for one person
	UserID string // that person
	ack    string // the words on its button
	of     uint64 // the announcement that it is a copy of; 0: it is none
	Tally         // not of a message to one person
}

// tally counts persons.
type Tally struct{ Sent, Received, Read, Acked int }

func (t *Tally) Add(o Tally, sign int) {
	t.Sent += sign * o.Sent
	t.Received += sign * o.Received
	t.Read += sign * o.Read
	t.Acked += sign * o.Acked
}

// cursor is the topic whose cursors tell of the message.
func (h *head) cursor() string {
	if h.Key == InEveryone {
		return ""
	}
	return h.Key
}

// learn keeps a message of the operator's in mind. mu is held.
func (l *Ledger) learn(e *msglog.Entry) *head {
	h := &head{ack: e.Ack}
	switch e.Audience {
	case msglog.AudienceEveryone:
		h.Key = InEveryone
	case msglog.AudienceTopic:
		h.Key = e.Topic
	default:
		h.UserID = e.UserID
		l.copied(e, h)
	}
	l.Heads[e.Seq] = h
	l.spoken = append(l.spoken, e.Seq)
	l.spokenIn[h.Key] = append(l.spokenIn[h.Key], e.Seq)
	return h
}

// withdrew forgets a message that was taken back. What became of a copy counts no more, but for an acknowledgement.
func (l *Ledger) Withdrew(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.Heads[seq]
	if h == nil {
		return
	}
	if h.Key == "" {
		l.recount(h.UserID, []uint64{l.Origin(seq)}, func() { delete(l.Heads, seq) })
	}
	delete(l.Heads, seq)
	if i, ok := slices.BinarySearch(l.spokenIn[h.Key], seq); ok {
		l.spokenIn[h.Key] = slices.Delete(l.spokenIn[h.Key], i, i+1)
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

// recount runs change, which concerns a person's part in these messages, and counts them anew. mu is held.
func (l *Ledger) recount(userID string, seqs []uint64, change func()) {
	m := l.Members[userID]
	if m == nil {
		change()
		return
	}
	l.weigh(userID, m, seqs, -1)
	change()
	l.weigh(userID, m, seqs, 1)
}

func (l *Ledger) weigh(userID string, m *member, seqs []uint64, sign int) {
	for _, seq := range seqs {
		if h := l.Heads[seq]; h != nil && h.Key != "" {
			h.Add(l.Standing(seq, h, userID, m), sign)
		}
	}
}

// standing is one person's part in the count of a message. mu is held.
func (l *Ledger) Standing(seq uint64, h *head, userID string, m *member) Tally {
	t := h.covered(seq, m)
	if t.Sent == 0 {
		return t
	}
	if l.acks[seq][userID] > 0 { // who pressed the button has it before their eyes
		return Tally{1, 1, 1, 1}
	}
	for _, c := range l.copiesOf(seq, userID) {
		o := l.Heads[c].covered(c, m)
		t.Received, t.Read = max(t.Received, o.Received), max(t.Read, o.Read)
	}
	return t
}

// covered is a person's part as the cursors alone tell it.
func (h *head) covered(seq uint64, m *member) (t Tally) {
	if h.Key != "" && !m.Was(h.Key, seq) {
		return t
	}
	t.Sent = 1
	if c := m.cursors[h.cursor()]; c != nil {
		if c.Received.Has(seq) {
			t.Received = 1
		}
		if c.Read.Has(seq) {
			t.Read = 1
		}
	}
	return t
}

// countAll counts everything, after it was read: along spans, since one by one would be persons times messages. mu is
// held.
func (l *Ledger) countAll() {
	l.openIn = map[string]int{}
	sweeps := map[string]*sweep{}
	for key, seqs := range l.spokenIn {
		sweeps[key] = &sweep{seqs, make([]Tally, len(seqs)+1)}
	}
	for _, m := range l.Members {
		for key, list := range m.In {
			if isOpen(list) {
				l.openIn[key]++
			}
			if s := sweeps[key]; s != nil {
				s.member(list, m.cursors[(&head{Key: key}).cursor()])
			}
		}
	}
	for key, s := range sweeps {
		var sum Tally
		for i, seq := range s.seqs {
			if sum.Add(s.diff[i], 1); key != "" {
				l.Heads[seq].Tally = sum
			}
		}
	}
	l.countRest()
}

// countRest counts what spans do not tell: acknowledgements and copies. mu is held.
func (l *Ledger) countRest() {
	rest := func(seq uint64, userID string) {
		if h, m := l.Heads[seq], l.Members[userID]; h != nil && m != nil && h.Key != "" {
			h.Add(l.Standing(seq, h, userID, m), 1)
			h.Add(h.covered(seq, m), -1)
		}
	}
	for seq, by := range l.acks {
		for userID := range by {
			rest(seq, userID)
		}
	}
	for userID, copies := range l.copies {
		done := map[uint64]bool{}
		for _, c := range copies {
			o := l.Origin(c)
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
	diff []Tally
}

func (s *sweep) add(from, to uint64, t Tally) {
	i, _ := slices.BinarySearch(s.seqs, from)
	if n := len(seqsBetween(s.seqs, from, to)); n > 0 {
		s.diff[i].Add(t, 1)
		s.diff[i+n].Add(t, -1)
	}
}

// member adds one person's: what they belonged to, and what of that they have.
func (s *sweep) member(in Spans, c *cursor) {
	for _, o := range in {
		if o.To == 0 {
			o.To = math.MaxUint64
		}
		s.add(o.From, o.To, Tally{Sent: 1})
		if c == nil {
			continue
		}
		for _, r := range c.Received {
			s.add(max(o.From, r.From), min(o.To, r.To), Tally{Received: 1})
		}
		for _, r := range c.Read {
			s.add(max(o.From, r.From), min(o.To, r.To), Tally{Read: 1})
		}
	}
}
