package msglog

import (
	"context"
	"time"
)

// MaxUnanswered is among how many of its newest messages the first unanswered one of a conversation is looked for.
const MaxUnanswered = 100

// Conversation is what a log says of one person's private conversation with the operator.
type Conversation struct {
	// Last is the seq of its newest message, 0 where it has none.
	Last uint64
	// Waiting is the first message of the person that the operator has not answered, Since its time; 0: there is none. A copy
	// of an announcement answers nobody.
	Waiting uint64
	Since   time.Time
}

// Answers reports whether e, a private message, is an answer of the operator's. own reports whether the
// message of a seq is an announcement, and can be read.
func (e *Entry) Answers(own func(seq uint64) bool) bool {
	return e.From.Operator && (e.ReplyTo == 0 || !own(e.ReplyTo))
}

// Conversations calls each for every person with private messages.
func (l *Memory) Conversations(ctx context.Context, each func(userID string, c Conversation)) error {
	people := map[string]bool{}
	l.mu.RLock()
	for _, e := range l.entries {
		if e.Audience == AudiencePrivate && !l.withdrawn[e.Seq] {
			people[e.UserID] = true
		}
	}
	l.mu.RUnlock()
	for userID := range people {
		c, err := l.Conversation(ctx, userID)
		if err != nil {
			return err
		}
		each(userID, c)
	}
	return nil
}

// Conversation returns what there is of one person's.
func (l *Memory) Conversation(_ context.Context, userID string) (c Conversation, err error) {
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
		if e.Answers(l.announced) {
			break
		}
		if e.From.Person() {
			c.Waiting, c.Since = e.Seq, e.Time
		}
	}
	return c, nil
}

// announced reports whether a seq is a message of the operator's or of a program's. mu is held.
func (l *Memory) announced(seq uint64) bool {
	i := l.index(seq)
	return i < len(l.entries) && l.entries[i].Seq == seq && l.entries[i].Announces() && !l.withdrawn[seq]
}
