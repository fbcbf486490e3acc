package wsserver

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
	key    string // whose members it was for: inEveryone, a topic, "" for one person
	userID string // that person
	ack    string // the words on its button
	of     uint64 // the announcement that it is a copy of; 0: it is none
	tally         // not of a message to one person
}

// tally counts persons.
type tally struct{ sent, received, read, acked int }

func (t *tally) add(o tally, sign int) {
	t.sent += sign * o.sent
	t.received += sign * o.received
	t.read += sign * o.read
	t.acked += sign * o.acked
}

// cursor is the topic whose cursors tell of the message.
func (h *head) cursor() string {
	if h.key == inEveryone {
		return ""
	}
	return h.key
}

// learn keeps a message of the operator's in mind. mu is held.
func (l *ledger) learn(e *msglog.Entry) *head {
	h := &head{ack: e.Ack}
	switch e.Audience {
	case msglog.AudienceEveryone:
		h.key = inEveryone
	case msglog.AudienceTopic:
		h.key = e.Topic
	default:
		h.userID = e.UserID
		l.copied(e, h)
	}
	l.heads[e.Seq] = h
	l.spoken = append(l.spoken, e.Seq)
	l.spokenIn[h.key] = append(l.spokenIn[h.key], e.Seq)
	return h
}

// withdrew forgets a message that was taken back. What became of a copy counts no more, but for an acknowledgement.
func (l *ledger) withdrew(seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.heads[seq]
	if h == nil {
		return
	}
	if h.key == "" {
		l.recount(h.userID, []uint64{l.origin(seq)}, func() { delete(l.heads, seq) })
	}
	delete(l.heads, seq)
	if i, ok := slices.BinarySearch(l.spokenIn[h.key], seq); ok {
		l.spokenIn[h.key] = slices.Delete(l.spokenIn[h.key], i, i+1)
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
func (l *ledger) recount(userID string, seqs []uint64, change func()) {
	m := l.members[userID]
	if m == nil {
		change()
		return
	}
	l.weigh(userID, m, seqs, -1)
	change()
	l.weigh(userID, m, seqs, 1)
}

func (l *ledger) weigh(userID string, m *member, seqs []uint64, sign int) {
	for _, seq := range seqs {
		if h := l.heads[seq]; h != nil && h.key != "" {
			h.add(l.standing(seq, h, userID, m), sign)
		}
	}
}

// standing is one person's part in the count of a message. mu is held.
func (l *ledger) standing(seq uint64, h *head, userID string, m *member) tally {
	t := h.covered(seq, m)
	if t.sent == 0 {
		return t
	}
	if l.acks[seq][userID] > 0 { // who pressed the button has it before their eyes
		return tally{1, 1, 1, 1}
	}
	for _, c := range l.copiesOf(seq, userID) {
		o := l.heads[c].covered(c, m)
		t.received, t.read = max(t.received, o.received), max(t.read, o.read)
	}
	return t
}

// covered is a person's part as the cursors alone tell it.
func (h *head) covered(seq uint64, m *member) (t tally) {
	if h.key != "" && !m.was(h.key, seq) {
		return t
	}
	t.sent = 1
	if c := m.cursors[h.cursor()]; c != nil {
		if c.Received.has(seq) {
			t.received = 1
		}
		if c.Read.has(seq) {
			t.read = 1
		}
	}
	return t
}

// countAll counts everything, after it was read: along spans, since one by one would be persons times messages. mu is
// held.
func (l *ledger) countAll() {
	l.openIn = map[string]int{}
	sweeps := map[string]*sweep{}
	for key, seqs := range l.spokenIn {
		sweeps[key] = &sweep{seqs, make([]tally, len(seqs)+1)}
	}
	for _, m := range l.members {
		for key, list := range m.In {
			if isOpen(list) {
				l.openIn[key]++
			}
			if s := sweeps[key]; s != nil {
				s.member(list, m.cursors[(&head{key: key}).cursor()])
			}
		}
	}
	for key, s := range sweeps {
		var sum tally
		for i, seq := range s.seqs {
			if sum.add(s.diff[i], 1); key != "" {
				l.heads[seq].tally = sum
			}
		}
	}
	l.countRest()
}

// countRest counts what spans do not tell: acknowledgements and copies. mu is held.
func (l *ledger) countRest() {
	rest := func(seq uint64, userID string) {
		if h, m := l.heads[seq], l.members[userID]; h != nil && m != nil && h.key != "" {
			h.add(l.standing(seq, h, userID, m), 1)
			h.add(h.covered(seq, m), -1)
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
	diff []tally
}

func (s *sweep) add(from, to uint64, t tally) {
	i, _ := slices.BinarySearch(s.seqs, from)
	if n := len(seqsBetween(s.seqs, from, to)); n > 0 {
		s.diff[i].add(t, 1)
		s.diff[i+n].add(t, -1)
	}
}

// member adds one person's: what they belonged to, and what of that they have.
func (s *sweep) member(in spans, c *cursor) {
	for _, o := range in {
		if o.To == 0 {
			o.To = math.MaxUint64
		}
		s.add(o.From, o.To, tally{sent: 1})
		if c == nil {
			continue
		}
		for _, r := range c.Received {
			s.add(max(o.From, r.From), min(o.To, r.To), tally{received: 1})
		}
		for _, r := range c.Read {
			s.add(max(o.From, r.From), min(o.To, r.To), tally{read: 1})
		}
	}
}
