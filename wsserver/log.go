package wsserver

import (
	"context"
	"time"
)

// Audiences of a message.
const (
	AudienceEveryone = "everyone"
	AudienceTopic    = "topic"
	AudiencePrivate  = "private"
)

// Entry is one message in the log.
type Entry struct {
	// Seq and Time are given by the log when it accepts the entry.
	Seq  uint64
	Time time.Time
	// ID is the sender's own, "" where none was given. (From, ID) is unique as long as the message is kept.
	ID       string
	Audience string
	Topic    string
	// UserID is whose conversation a private message belongs to.
	UserID   string
	From     Sender
	Text     string
	Title    string
	Priority int
	ReplyTo  uint64
}

// Message is the entry as it travels.
func (e *Entry) Message() Message {
	return Message{
		Type: "message", Seq: e.Seq, ID: e.ID, Time: wireTime(e.Time).String(), Audience: e.Audience,
		Topic: e.Topic, UserID: e.UserID, From: e.From, Message: e.Text, Title: e.Title,
		Priority: e.Priority, ReplyTo: e.ReplyTo,
	}
}

// sameText reports whether two entries under one id say the same to the same people.
func (e *Entry) sameText(o *Entry) bool {
	return e.Text == o.Text && e.Audience == o.Audience && e.Topic == o.Topic && e.Title == o.Title &&
		e.UserID == o.UserID
}

// Appended is what became of one entry.
type Appended struct {
	Seq  uint64
	Time time.Time
	// Duplicate: the same id from the same sender was accepted before; Seq and Time are the first one's.
	Duplicate bool
	// Err is ErrIDConflict where the id was used for another text; the entry is then not in the log.
	Err error
}

// Query selects entries. Zero fields select everything.
type Query struct {
	// Topic selects what carries this topic.
	Topic string
	// UserID selects what this person wrote and their conversation with the operator.
	UserID string
	// Before and After are exclusive. After alone reads forward from it, otherwise reading goes backwards from
	// Before (0: the end).
	Before, After uint64
	Limit         int
	// Bytes ends the page once its texts exceed this, with at least one entry; 0: no limit.
	Bytes int
}

func (q *Query) match(e *Entry) bool {
	if q.Topic != "" && e.Topic != q.Topic {
		return false
	}
	return q.UserID == "" || e.UserID == q.UserID || !e.From.Operator && e.From.UserID == q.UserID
}

// Log is the ordered record of messages. Its methods may be called from several goroutines at once.
type Log interface {
	// Append commits entries as one group in their order, and sets Seq and Time of each that it accepts. It returns
	// one Appended for each once all of them are durable. It may block for a disk. An error means that none of them
	// is in the log, now or later; ErrNotKept where the reason is one that passes (no room).
	Append(ctx context.Context, entries []*Entry) ([]Appended, error)

	// Page returns entries in rising seq, and whether more follow in the direction of reading. It may block for a
	// disk. Entries are the log's own and must not be changed.
	Page(ctx context.Context, q Query) (entries []*Entry, more bool, err error)

	// Epoch is the log's identity: another log, or an erased one, has another. It never blocks.
	Epoch() string
	// Last is the seq of the newest entry ever accepted, 0 before the first. It never blocks.
	Last() uint64
	// Len is how many messages are kept. It never blocks.
	Len() int
	// Close ends the log. Append and Page fail afterwards.
	Close() error
}
