package operator

import (
	"context"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"belfry/wsserver/client"
	"belfry/wsserver/conversation"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/feed"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts"
	"belfry/wsserver/receipts/reminders"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// Messages are the verbs about messages: sending and reading them, their receipts, reminders, search and export.
type Messages struct {
	openLog       func() (msglog.Log, error)
	dispatcher    *dispatch.Dispatcher
	hub           *hub.Hub
	ledger        *receipts.Ledger
	identities    *identity.Store
	reminders     *reminders.Reminders
	conversations *conversation.Store
	feed          *feed.Feed
	topics        *topics.Registry
	somewhere     func(userID string) bool // whether a person is connected
	limits        func() *settings.Effective
	revisions     *Revisions
	audit         *AuditLog
	logger        *slog.Logger
}

// normal is the priority of a message that asks for none.
const normal = 3

// openLogFor is openLog for a verb with these fields. The window's verbs come without wire.Decode. Errors: bad_frame, closing.
func (s *Messages) openLogFor(fields any) (msglog.Log, error) {
	if err := wire.CheckNumbers(fields); err != nil {
		return nil, err
	}
	return s.openLog()
}

// History reads a page of messages from the log. Errors: bad_frame, closing.
func (s *Messages) History(ctx context.Context, q HistoryQuery) (HistoryPage, error) {
	log, err := s.openLogFor(&q)
	if err != nil {
		return HistoryPage{}, err
	}
	if q.Limit <= 0 || q.Limit > client.MaxHistory {
		q.Limit = client.MaxHistory
	}
	if q.Epoch != "" && q.After > 0 && !log.Knows(q.Epoch, q.After) {
		return HistoryPage{Messages: []wire.Message{}, Gone: true}, nil
	}
	missed := q.After > 0 && q.Topic == "" && q.UserID == ""
	entries, more, err := log.Page(ctx, msglog.Query{
		Topic: q.Topic, UserID: q.UserID, Before: q.Before, After: q.After, Forward: q.After > 0, Limit: q.Limit, Bytes: client.MaxHistoryBytes,
		Withdrawals: missed,
	})
	page := HistoryPage{Messages: make([]wire.Message, 0, len(entries)), More: more}
	for _, e := range entries {
		if missed {
			page.To = e.Seq
		}
		if e.Withdraws > 0 {
			page.Withdrawn = append(page.Withdrawn, e.Withdraws)
			continue
		}
		page.Messages = append(page.Messages, e.Message())
	}
	return page, err
}

// Broadcast sends a message as the operator. It returns once the log has it and everybody connected was sent it.
// Errors: too_large, bad_frame, unknown_topic, unknown_user, id_conflict, not_kept, closing.
func (s *Messages) Broadcast(ctx context.Context, b Broadcast) (Receipt, error) {
	return s.startBroadcast(ctx, b)()
}

// startBroadcast begins Broadcast, and returns the function that waits for its end: messages are sent in the order in which
// they were begun.
func (s *Messages) startBroadcast(ctx context.Context, b Broadcast) (wait func() (Receipt, error)) {
	sent := s.start(ctx, b)
	return func() (Receipt, error) {
		r, again, err := sent()
		if r.Seq > 0 && !again {
			s.audit.note(ctx, AuditEntry{What: whatBroadcast, Seq: r.Seq, Topic: b.Topic, UserID: b.UserID, Name: s.ledger.NameOf(b.UserID)})
		}
		return r, err
	}
}

// broadcast is Broadcast without a note. again: its message_id was used for it before.
func (s *Messages) broadcast(ctx context.Context, b Broadcast) (r Receipt, again bool, err error) {
	return s.start(ctx, b)()
}

// outcome waits for what becomes of a post. again: the message was accepted before.
type outcome func() (r Receipt, again bool, err error)

// start begins broadcast.
func (s *Messages) start(ctx context.Context, b Broadcast) outcome {
	log, err := s.openLogFor(&b)
	if err != nil {
		return failed(err)
	}
	if b.Epoch != "" && !log.Knows(b.Epoch, b.ReplyTo) {
		b.ReplyTo = 0
	}
	e, err := s.entryOf(ctx, b)
	if err != nil {
		return failed(err)
	}
	posted := s.post(ctx, dispatch.Post{Entry: e})
	return func() (r Receipt, again bool, err error) {
		if r, again, err = posted(); err != nil {
			return r, again, err
		}
		return r, again, s.startRepeat(r.Seq, b.Repeat)
	}
}

// failed is the outcome of what has failed at once.
func failed(err error) outcome { return func() (Receipt, bool, error) { return Receipt{}, false, err } }

func (s *Messages) entryOf(ctx context.Context, b Broadcast) (*msglog.Entry, error) {
	if err := checkTexts(b); err != nil {
		return nil, err
	}
	if err := s.checkName(ctx); err != nil {
		return nil, err
	}
	b.Title = oneLine(b.Title)
	b.Ack = oneLine(b.Ack)
	switch {
	case len(b.MessageID) > wire.MaxID:
		return nil, wire.ErrTooLarge.WithMessage("A message_id can have at most 64 bytes.")
	case b.Repeat != nil && b.Repeat.Times != 0 && (b.Ack == "" || b.Repeat.Every < 1 || b.Repeat.Every > receipts.MaxRepeatEvery ||
		b.Repeat.Times < 0 || b.Repeat.Times > receipts.MaxRepeatTimes):
		return nil, wire.ErrBadFrame.WithMessage("Only a message that asks people to confirm can have reminders: every 1 to 1440 minutes, at most 100 times.")
	case b.Priority < 0 || b.Priority > wire.Urgent:
		return nil, wire.ErrBadFrame.WithMessage("A priority is a number from 1 to 5.")
	}
	e := &msglog.Entry{
		ID: b.MessageID, Audience: msglog.AudienceEveryone, Topic: b.Topic, Text: b.Message, Title: b.Title,
		Priority: b.Priority, Ack: b.Ack, ReplyTo: b.ReplyTo, Tags: b.Tags, Click: b.Click,
	}
	s.setSender(ctx, e)
	if e.Priority == 0 {
		e.Priority = normal
	}
	return e, s.setAudience(e, b)
}

// checkName refuses messages of a program whose token has the operator's name: the token was made on the command line, where
// that name is not known. Errors: not_allowed.
func (s *Messages) checkName(ctx context.Context) error {
	if c := callerOf(ctx); c.Token != "" && names.Alike(c.TokenName, s.limits().Operator()) {
		return wire.ErrNotAllowed.WithMessage("This program has the operator's name, so it cannot send. Make a token with another name.")
	}
	return nil
}

// setSender makes the caller of a verb the sender of an entry: a program, or the operator.
func (s *Messages) setSender(ctx context.Context, e *msglog.Entry) {
	if c := callerOf(ctx); c.Token != "" {
		e.From, e.Program = wire.Sender{Program: true, Name: c.TokenName}, c.Token
		return
	}
	e.From = wire.Sender{Operator: true, Name: s.limits().Operator()}
}

// checkTexts is the limits of what people read of a broadcast.
func checkTexts(b Broadcast) error {
	switch {
	case len(b.Message) > wire.MaxMessage:
		return wire.ErrTooLarge.WithMessage("A message can have at most 64 KiB. Send it in parts.")
	case utf8.RuneCountInString(oneLine(b.Title)) > wire.MaxTitle:
		return wire.ErrTooLarge.WithMessage("A title can have at most 200 characters.")
	case utf8.RuneCountInString(oneLine(b.Ack)) > wire.MaxAck:
		return wire.ErrTooLarge.WithMessage("The text of a button can have at most 40 characters.")
	case wire.IsBlank(b.Message):
		return wire.ErrBadFrame.WithMessage("Write something first: a letter, a digit or a sign.")
	case b.Title != "" && wire.IsBlank(b.Title):
		return wire.ErrBadFrame.WithMessage("A title needs at least one letter, digit or sign.")
	case b.Ack != "" && wire.IsBlank(b.Ack):
		return wire.ErrBadFrame.WithMessage("The text of a button needs at least one letter, digit or sign.")
	case !utf8.ValidString(b.Message) || !utf8.ValidString(b.Title) || !utf8.ValidString(b.Ack) || !utf8.ValidString(b.MessageID):
		return wire.ErrBadFrame.WithMessage("A message must be UTF-8.")
	}
	return nil
}

// oneLine returns a text with single blanks, and none around it.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// setAudience sets the audience of e as b asks.
func (s *Messages) setAudience(e *msglog.Entry, b Broadcast) error {
	if b.Topic != "" {
		if t, ok := s.topics.Get(b.Topic); !ok || t.Archived {
			return wire.ErrUnknownTopic
		}
		e.Audience = msglog.AudienceTopic
	}
	if b.UserID != "" {
		if s.identities.Retired(b.UserID) || !s.ledger.Known(b.UserID) && !s.somewhere(b.UserID) {
			return wire.ErrUnknownUser
		}
		e.Audience, e.UserID = msglog.AudiencePrivate, b.UserID
	}
	return nil
}

// post hands a post to the dispatcher. Its outcome comes when it has been fanned out.
func (s *Messages) post(ctx context.Context, p dispatch.Post) outcome {
	type answered struct {
		a   msglog.Appended
		err error
	}
	answer := make(chan answered, 1)
	p.Done = func(a msglog.Appended, err error) { answer <- answered{a, err} }
	if err := s.dispatcher.Post(p); err != nil {
		return failed(err)
	}
	return func() (r Receipt, again bool, err error) {
		select {
		case o := <-answer:
			return Receipt{Seq: o.a.Seq, Time: wire.Time(o.a.Time).String()}, o.a.Duplicate, o.err
		case <-ctx.Done():
			return r, false, ctx.Err()
		}
	}
}

// startRepeat starts the reminders that a broadcast asked for.
func (s *Messages) startRepeat(seq uint64, r *receipts.Repeat) error {
	if r == nil || r.Times == 0 {
		return nil
	}
	first := reminders.Reminder{Every: r.Every, Left: r.Times}
	first.Next = first.After(time.Now())
	return s.reminders.Begin(s.dispatcher, seq, first)
}

// What follows reads for programs: narrower than a dashboard does, by the streams that a token names.

// ErrUnknownMessage is of a message that is not kept, or that the asker may not read.
var ErrUnknownMessage = &wire.Error{Code: "unknown_message", Message: "There is no such message."}

// Message reads one message. Errors: bad_frame, unknown_message, closing.
func (s *Messages) Message(ctx context.Context, seq uint64) (*msglog.Entry, error) {
	log, err := s.openLogFor(seq)
	if err != nil {
		return nil, err
	}
	e, err := log.Get(ctx, seq)
	if err == nil && e == nil {
		err = ErrUnknownMessage
	}
	return e, err
}

// PageQuery selects messages of some streams, nil being all there are. Before and After are exclusive; neither: the newest.
// Forward reads from After upwards, also from 0. Limit is at most 200.
type PageQuery struct {
	Streams       []msglog.Stream
	Before, After uint64
	Forward       bool
	Limit         int
}

// Page reads a page of messages, in rising seq, and whether there are more in the direction asked for. Errors: bad_frame,
// closing.
func (s *Messages) Page(ctx context.Context, q PageQuery) (entries []*msglog.Entry, more bool, err error) {
	log, err := s.openLogFor(&q)
	if err != nil {
		return nil, false, err
	}
	if q.Limit <= 0 || q.Limit > client.MaxHistory {
		q.Limit = client.MaxHistory
	}
	return log.Page(ctx, msglog.Query{
		Streams: q.Streams, Before: q.Before, After: q.After, Forward: q.Forward || q.After > 0, Limit: q.Limit, Bytes: client.MaxHistoryBytes,
	})
}

// Topic returns the topic of a name, archived or not, false if there is none.
func (s *Messages) Topic(name string) (wire.Topic, bool) { return s.topics.Get(name) }

// Topics lists the topics there are, archived ones too.
func (s *Messages) Topics() []wire.Topic { return s.topics.All() }

// LastAnnouncement is the receipts of the newest message to many, false if none is kept.
func (s *Messages) LastAnnouncement() (receipts.Receipts, bool) {
	return s.ledger.Receipts(s.ledger.LastAnnouncement(), false)
}

// Follow begins to follow streams, nil being all there are. The caller ends it with Close. Errors: closing.
func (s *Messages) Follow(streams []msglog.Stream) (*feed.Follower, error) {
	log, err := s.openLog()
	if err != nil {
		return nil, err
	}
	return feed.NewFollower(log, s.feed, streams), nil
}
