package msglog

import (
	"context"
	"time"
)

// MaxUnanswered is among how many of its newest messages the first unanswered one of a conversation is looked for.
const MaxUnanswered = 100

// Conversation is what a log says of one person's private conversation with the operator.
type Conversation struct {
	// Last is the seq of its newest message, 0 if it has none.
	Last uint64
	// Waiting is the first message of the person that needs an answer and has none, Since its time, and Newest the last such
	// message; 0: there is none. A copy of an announcement answers nobody.
	Waiting uint64
	Since   time.Time
	Newest  uint64
}

// Quoted is what is asked of an announcement, the operator's or a program's, that another message quotes.
type Quoted struct {
	// Private: it is to one person alone.
	Private bool
	// Ack is the words on its button, "" if it asks for no acknowledgement.
	Ack string
}

// Answers reports whether e, a private message, is an answer of the operator's, and no copy of an announcement. A copy quotes
// that. What quotes a private message is a copy where both ask for the same acknowledgement: else the operator adds
// something. own returns the announcement of a seq; ok: it is one, and can be read.
func (e *Entry) Answers(own func(seq uint64) (q Quoted, ok bool)) bool {
	if !e.From.Operator || e.ReplyTo == 0 {
		return e.From.Operator
	}
	q, ok := own(e.ReplyTo)
	return !ok || q.Private && (e.Ack == "" || e.Ack != q.Ack)
}

// Conversations calls each for every person with private messages.
func (l *Memory) Conversations(ctx context.Context, settled func(userID string) uint64, each func(userID string, c Conversation)) error {
	people := map[string]bool{}
	l.mu.RLock()
	for _, e := range l.entries {
		if e.Audience == AudiencePrivate && !l.withdrawn[e.Seq] {
			people[e.UserID] = true
		}
	}
	l.mu.RUnlock()
	for userID := range people {
		c, err := l.Conversation(ctx, userID, settled(userID))
		if err != nil {
			return err
		}
		each(userID, c)
	}
	return nil
}

// Conversation returns what there is of one person's.
func (l *Memory) Conversation(_ context.Context, userID string, settled uint64) (c Conversation, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	seen := 0
	for i := len(l.entries) - 1; i >= 0 && seen < MaxUnanswered; i-- {
		e := l.entries[i]
		if e.Audience != AudiencePrivate || e.UserID != userID || l.withdrawn[e.Seq] {
			continue
		}
		seen++
		if c.Last == 0 {
			c.Last = e.Seq
		}
		if e.Seq <= settled || e.Answers(l.announced) {
			break
		}
		if !e.From.Person() {
			continue
		}
		if c.Waiting, c.Since = e.Seq, e.Time; c.Newest == 0 {
			c.Newest = e.Seq
		}
	}
	return c, nil
}

// announced returns a message of the operator's or of a program's. mu is held.
func (l *Memory) announced(seq uint64) (Quoted, bool) {
	i := l.index(seq)
	if i == len(l.entries) || l.entries[i].Seq != seq || l.withdrawn[seq] {
		return Quoted{}, false
	}
	e := l.entries[i]
	return Quoted{Private: e.Audience == AudiencePrivate, Ack: e.Ack}, e.Announces()
}
