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
	// AudienceWithdrawn is the audience of withdrawals; they go to every client.
	AudienceWithdrawn = "withdrawn"
)

// Stream is a set of entries that a person follows as one: those to everyone, of one topic, of one private conversation,
// or the withdrawals. Every entry belongs to exactly one.
type Stream struct {
	Audience string
	// Name of the topic, or the user_id whose conversation it is; "" for everyone and withdrawn.
	Name string
}

// Entry is one message in the log, or the withdrawal of one.
type Entry struct {
	// Seq and Time are set by the log when it accepts the entry.
	Seq  uint64
	Time time.Time
	// ID is the sender's own id of the message, "" if none was given. (SenderKey, ID) is unique while the entry is kept.
	ID       string
	Audience string
	Topic    string
	// UserID is the client whose conversation a private message belongs to.
	UserID string
	From   wire.Sender
	// Program is the ID of the access token that a program sent it with, "" for everybody else.
	Program  string
	Text     string
	Title    string
	Priority int
	// Ack is the text of the button of a message that asks for an acknowledgement; "": it asks for none.
	Ack     string
	ReplyTo uint64
	// Tags and Click, an address, are of programs.
	Tags  []string
	Click string
	// Withdraws is the seq of the message that this entry withdraws; 0: this entry is a message.
	Withdraws uint64
}

// Stream returns the stream that the entry belongs to.
func (e *Entry) Stream() Stream {
	switch e.Audience {
	case AudienceTopic:
		return Stream{AudienceTopic, e.Topic}
	case AudiencePrivate:
		return Stream{AudiencePrivate, e.UserID}
	}
	return Stream{Audience: e.Audience}
}

// Message returns the entry as it is sent.
func (e *Entry) Message() wire.Message {
	return wire.Message{
		Type: "message", Seq: e.Seq, ID: e.ID, Time: wire.Time(e.Time).String(), Audience: e.Audience,
		Topic: e.Topic, UserID: e.UserID, From: e.From, Message: e.Text, Title: e.Title,
		Priority: e.Priority, Ack: e.Ack, ReplyTo: e.ReplyTo, Tags: e.Tags, Click: e.Click,
	}
}

// SameText reports whether two entries under one id say the same to the same people.
func (e *Entry) SameText(o *Entry) bool {
	return e.Text == o.Text && e.Audience == o.Audience && e.Topic == o.Topic && e.Title == o.Title &&
		e.UserID == o.UserID
}

// SenderKey is the sender's part of the key under which an id is unique.
func (e *Entry) SenderKey() string {
	switch {
	case e.From.Operator:
		return wire.OperatorID
	case e.From.Program:
		return ProgramKey + e.Program
	}
	return e.From.UserID
}

// ProgramKey begins the SenderKey of a program. No user_id has a control character.
const ProgramKey = "\x01"

// Announces reports whether the message has receipts: what the operator wrote does, and what programs did.
func (e *Entry) Announces() bool { return !e.From.Person() && e.Withdraws == 0 }

// Announcement is what the receipts of a message depend on.
type Announcement struct {
	Seq     uint64
	Stream  Stream
	Ack     string
	ReplyTo uint64
	// Priority as in Entry.
	Priority int
}

// Query selects entries. Zero fields select everything but withdrawals and withdrawn messages.
type Query struct {
	// Streams selects the entries of these streams; nil: of all.
	Streams []Stream
	// Topic selects the entries with this topic, private answers to it included.
	Topic string
	// UserID selects what this person wrote, and their conversation with the operator.
	UserID string
	// Withdrawals includes withdrawals where Streams is nil.
	Withdrawals bool
	// Before and After are exclusive; Before 0: the end.
	Before, After uint64
	// Forward reads from After upwards; else reading goes backwards from Before.
	Forward bool
	Limit   int // 0: no limit
	// Bytes ends the page once its texts exceed this, with at least one entry; 0: no limit.
	Bytes int
}

// Log is the ordered record of messages, with records beside them. Its methods may be called from several goroutines at
// once.
type Log interface {
	// Append applies changes in their order as one group, and sets Seq and Time of each entry that it accepts. It returns one
	// Appended for each change once all of it is durable. An entry with Withdraws erases the text of that message. It may
	// block for a disk, and for what Follow was given. An error means that none of it is in the log, now or later; it is
	// wire.ErrNotKept where trying again may help (the disk is full).
	Append(ctx context.Context, changes []Change) ([]Appended, error)
	// KeepLocal writes records that are this log's own: they are not in the order that others share, and Follow is not told of
	// them. It may block for a disk. Its errors are those of Append.
	KeepLocal(ctx context.Context, records []Record) error
	// Follow has each called with every group that is applied from now on, one after another in their order: those of
	// Append, before it returns, and those that others append to the same order, which are applied only once Follow was
	// called. It is called once after opening, before the first Append whose group is to be seen. each may read the log, and
	// must not append; none is called after Close.
	Follow(each func(Committed))

	// Page returns entries in rising seq, and whether more follow in the direction of reading. It may block for a
	// disk. Entries are the log's own and must not be changed.
	Page(ctx context.Context, q Query) (entries []*Entry, more bool, err error)

	// Seqs returns the seqs of the entries that Page would return, with no regard to Bytes. It may block for a disk.
	Seqs(ctx context.Context, q Query) ([]uint64, error)

	// Announced calls each for every message that is kept and has receipts, in rising seq. It costs as much as there are such
	// messages, whatever they say and however many others are kept, and may block for a disk.
	Announced(ctx context.Context, each func(Announcement)) error

	// Get returns one message, nil if it is not kept or was withdrawn. It may block for a disk.
	Get(ctx context.Context, seq uint64) (*Entry, error)

	// Conversations calls each for every person who has private messages that are kept. Nothing up to the seq that settled
	// returns for a person waits for an answer. It costs as much as there are people, and may block for a disk.
	Conversations(ctx context.Context, settled func(userID string) uint64, each func(userID string, c Conversation)) error
	// Conversation returns what there is of one person's; nothing up to settled waits for an answer. It may block for a disk.
	Conversation(ctx context.Context, userID string, settled uint64) (Conversation, error)

	// Search finds messages, newest first. It may block for a disk.
	Search(ctx context.Context, q SearchQuery) (SearchResult, error)

	// Pruned returns the highest seq that retention has removed from any of these streams, nil being all there are; 0 if it
	// has removed none.
	// It never blocks.
	Pruned(streams []Stream) uint64

	// Prune removes entries that are old, and the oldest ones beyond maxBytes, in one small step; more reports whether
	// there is more to do. An entry is never removed before one with a lower seq. Withdrawals stay until they are a
	// year old. It may block for a disk.
	Prune(ctx context.Context, age Age, maxBytes int64) (more bool, err error)

	// ForgetPruned forgets how far retention has removed the private conversations for whose user_id gone reports true:
	// nobody can ask for them any more. It calls gone without a lock, and may block for a disk.
	ForgetPruned(ctx context.Context, gone func(userID string) bool) error

	// Records calls each for every record of a kind, in no order, and stops at its first error, which it returns. It may
	// block for a disk. Values must not be changed.
	Records(ctx context.Context, kind string, each func(key string, value []byte) error) error

	// Epoch returns the identity of the present run: it is drawn at random each time that the log is opened, and durable
	// then. It never blocks.
	Epoch() string
	// Knows reports whether this log has what the run of that epoch had up to seq: this very run, or an earlier one of the
	// log that had come so far before this log went on without it. A copy that was put back does not know what was
	// appended after it was made. It never blocks.
	Knows(epoch string, seq uint64) bool
	// Expects reports whether this log may yet be given what the run of that epoch ("": the present one) had up to seq, and
	// does not have it now: others append to the same order, and are ahead. It is never so where nobody else does. It never
	// blocks.
	Expects(epoch string, seq uint64) bool
	// Shared reports whether others may append to the same order, so that this log is one of several of one room. What is
	// decided by memory alone where it is not, is decided by records with conditions where it is. It never changes, and never
	// blocks.
	Shared() bool
	// Last returns the seq of the newest entry ever accepted, 0 before the first. It never blocks.
	Last() uint64
	// Len returns how many messages are kept. It never blocks.
	Len() int
	// Size returns how much room the log takes. It may block for a disk.
	Size() Size
	// Close ends the log. Append and Page fail afterwards.
	Close() error
}

// Size is how much room a log takes.
type Size struct {
	// Bytes of the log, and of the search's index, on the disk or in memory; 0 where it cannot be found out.
	Bytes, IndexBytes int64
	// IndexLag is how many entries the search's index does not have yet.
	IndexLag uint64
}

// Keeper makes records durable: Keep returns once they are committed, or with the reason why they are not. It may block
// for a disk.
type Keeper interface {
	Keep(records ...Record) error
}
