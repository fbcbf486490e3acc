package msglog

import (
	"context"
	"time"

	"belfry/wsserver/wire"
)

// Audiences of a message.
const (
	AudienceEveryone = "everyone"
	AudienceTopic    = "topic"
	AudiencePrivate  = "private"
	// AudienceWithdrawn is of the entries that take a message back; they go to every client.
	AudienceWithdrawn = "withdrawn"
)

// Stream is what a person follows as one: everyone, one topic, one private conversation, or what was withdrawn.
// Every entry belongs to exactly one.
type Stream struct {
	Audience string
	// Name of the topic, or the user_id whose conversation it is; "" for everyone and withdrawn.
	Name string
}

// Entry is one message in the log, or the withdrawal of one.
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
	From     wire.Sender
	Text     string
	Title    string
	Priority int
	// Ack is the words on the button of a message that asks for an acknowledgement; "": none is asked.
	Ack     string
	ReplyTo uint64
	// Withdraws is the seq of the message that this entry withdraws; 0: it is a message.
	Withdraws uint64
}

// Stream is where the entry belongs.
func (e *Entry) Stream() Stream {
	switch e.Audience {
	case AudienceTopic:
		return Stream{AudienceTopic, e.Topic}
	case AudiencePrivate:
		return Stream{AudiencePrivate, e.UserID}
	}
	return Stream{Audience: e.Audience}
}

// Message is the entry as it travels.
func (e *Entry) Message() wire.Message {
	return wire.Message{
		Type: "message", Seq: e.Seq, ID: e.ID, Time: wire.Time(e.Time).String(), Audience: e.Audience,
		Topic: e.Topic, UserID: e.UserID, From: e.From, Message: e.Text, Title: e.Title,
		Priority: e.Priority, Ack: e.Ack, ReplyTo: e.ReplyTo,
	}
}

// SameText reports whether two entries under one id say the same to the same people.
func (e *Entry) SameText(o *Entry) bool {
	return e.Text == o.Text && e.Audience == o.Audience && e.Topic == o.Topic && e.Title == o.Title &&
		e.UserID == o.UserID
}

// Sender's part of the key that an id is unique under.
func (e *Entry) SenderKey() string {
	if e.From.Operator {
		return wire.OperatorID
	}
	return e.From.UserID
}

// Record is a piece of what the server knows beside messages (topics, persons, memberships, cursors), kept under
// (Kind, Key) and replaced as a whole. A nil Value erases it.
type Record struct {
	Kind  string
	Key   string
	Value []byte
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

// Query selects entries. Zero fields select everything but withdrawals and what was withdrawn.
type Query struct {
	// Streams selects what belongs to one of them; nil: to any.
	Streams []Stream
	// Topic selects what carries this topic, private answers to it too.
	Topic string
	// UserID selects what this person wrote and their conversation with the operator.
	UserID string
	// Withdrawals selects withdrawals too, beside everything else.
	Withdrawals bool
	// Operator selects what the operator wrote.
	Operator bool
	// Before and After are exclusive; Before 0: the end.
	Before, After uint64
	// Forward reads from After upwards, otherwise reading goes backwards from Before.
	Forward bool
	Limit   int // 0: no limit
	// Bytes ends the page once its texts exceed this, with at least one entry; 0: no limit.
	Bytes int
}

// Log is the ordered record of messages, and of what belongs to them. Its methods may be called from several
// goroutines at once.
type Log interface {
	// Append commits entries in their order and records as one group, and sets Seq and Time of each entry that it
	// accepts. It returns one Appended for each entry once all of it is durable. An entry with Of erases the text of
	// the message it withdraws. It may block for a disk. An error means that none of it is in the log, now or later;
	// ErrNotKept where the reason is one that passes (no room).
	Append(ctx context.Context, entries []*Entry, records []Record) ([]Appended, error)

	// Page returns entries in rising seq, and whether more follow in the direction of reading. It may block for a
	// disk. Entries are the log's own and must not be changed.
	Page(ctx context.Context, q Query) (entries []*Entry, more bool, err error)

	// Seqs is Page without the entries: their seqs, rising. Bytes is not looked at.
	Seqs(ctx context.Context, q Query) ([]uint64, error)

	// Get returns one entry, nil where it is not kept, is a withdrawal or was withdrawn. It may block for a disk.
	Get(ctx context.Context, seq uint64) (*Entry, error)

	// Search finds messages, newest first. It may block for a disk.
	Search(ctx context.Context, q SearchQuery) (SearchResult, error)

	// Pruned is the highest seq that retention has removed from any of these streams, 0 where nothing was. It never
	// blocks.
	Pruned(streams []Stream) uint64

	// Prune removes what is older than before, and the oldest beyond maxBytes, in one small step; more: there is
	// more to remove. Withdrawals stay until they are a year old. It may block for a disk.
	Prune(ctx context.Context, before time.Time, maxBytes int64) (more bool, err error)

	// Records calls each for every record of a kind. It may block for a disk. Values must not be changed.
	Records(ctx context.Context, kind string, each func(key string, value []byte) error) error

	// Epoch is the log's identity: another log, or an erased one, has another. It never blocks.
	Epoch() string
	// Last is the seq of the newest entry ever accepted, 0 before the first. It never blocks.
	Last() uint64
	// Len is how many messages are kept. It never blocks.
	Len() int
	// Close ends the log. Append and Page fail afterwards.
	Close() error
}

// Keeper makes records durable: Keep returns once a commit has them. It may block for a disk.
type Keeper interface {
	Keep(records ...Record) error
}
