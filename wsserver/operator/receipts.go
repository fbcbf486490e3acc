package operator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/receipts"
	"belfry/wsserver/receipts/reminders"
	"belfry/wsserver/wire"
)

// maxReceipts is how many messages one request for receipts may name; the rest are left out.
const maxReceipts = 200

// maxWho is how many recipients one answer lists; Sent says how many there were.
const maxWho = 20_000

// ReceiptsAnswer is the receipts of messages, and, by seq, the reminders that are left.
type ReceiptsAnswer struct {
	Receipts []receipts.Receipts        `json:"receipts"`
	Repeats  map[uint64]receipts.Repeat `json:"repeats"`
}

// Receipts returns those of the operator's messages among seqs, with detail for each recipient.
func (s *Messages) Receipts(_ context.Context, seqs []uint64, detail bool) (ReceiptsAnswer, error) {
	answer := ReceiptsAnswer{Receipts: []receipts.Receipts{}, Repeats: map[uint64]receipts.Repeat{}}
	if _, err := s.openLogFor(seqs); err != nil {
		return answer, err
	}
	left := maxWho
	for _, seq := range seqs[:min(len(seqs), maxReceipts)] {
		r, ok := s.ledger.Receipts(seq, detail)
		if !ok {
			continue
		}
		if r.Who = r.Who[:min(len(r.Who), left)]; detail {
			left -= len(r.Who)
		}
		answer.Receipts = append(answer.Receipts, r)
		if r, _ := s.reminders.Get(seq); r.Left > 0 {
			answer.Repeats[seq] = receipts.Repeat{Every: r.Every, Times: r.Left}
		}
	}
	return answer, nil
}

// announcement reads a message of the operator's or of a program's. Errors: not_allowed if it is a person's, or is not kept any more.
func (s *Messages) announcement(ctx context.Context, seq uint64) (*msglog.Entry, error) {
	log, err := s.openLogFor(seq)
	if err != nil {
		return nil, err
	}
	e, err := log.Get(ctx, seq)
	if err == nil && (e == nil || !e.Announces()) {
		err = wire.ErrNotAllowed.WithMessage("That message is no longer kept, or is not an announcement.")
	}
	return e, err
}

// WriteAgain sends a private message to each recipient who has not received, read or acknowledged one: missing is
// "received", "read" or "ack". It refers to the first message; an empty text repeats its text. It returns how many people it was
// sent to. messageID makes it idempotent. Errors: not_allowed, bad_frame, and those of Broadcast.
func (s *Messages) WriteAgain(ctx context.Context, seq uint64, missing, text, messageID string) (int, error) {
	e, err := s.announcement(ctx, seq)
	if err != nil {
		return 0, err
	}
	if !slices.Contains([]string{missingReceived, missingRead, missingAck}, missing) {
		return 0, wire.ErrBadFrame.WithMessage(`What is missing is "received", "read" or "ack".`)
	}
	if text == "" {
		text = e.Text
	} else if wire.IsBlank(text) {
		return 0, wire.ErrBadFrame.WithMessage("Write something first: a letter, a digit or a sign.")
	}
	// A user_id that the operator has freed is nobody's by now or, in a room of an older version, somebody else's.
	list := slices.DeleteFunc(s.missing(e, missing), func(who receipts.Recipient) bool { return s.identities.WasFreedAfter(who.UserID, seq) })
	sent := 0
	defer func() {
		if sent > 0 {
			s.audit.note(ctx, AuditEntry{What: "written_again", Seq: seq, Topic: e.Topic, Detail: missing, Count: sent})
		}
	}()
	for i, who := range list {
		b := Broadcast{
			Message: text, Title: e.Title, UserID: who.UserID, Priority: e.Priority, Ack: e.Ack, ReplyTo: seq,
			MessageID: fmt.Sprintf("%s.%d", wire.Clip(messageID, wire.MaxID-8), i),
		}
		if messageID == "" {
			b.MessageID = ""
		}
		if _, _, err := s.broadcast(ctx, b); err != nil {
			return i, err
		}
		sent++
	}
	return len(list), nil
}

// StopRepeat ends the reminders of a message. Errors: bad_frame, not_kept.
func (s *Messages) StopRepeat(ctx context.Context, seq uint64) error {
	if _, err := s.openLogFor(seq); err != nil {
		return err
	}
	_, running := s.reminders.Get(seq)
	err := s.reminders.End(s.dispatcher, seq)
	if running && err == nil {
		s.audit.note(ctx, AuditEntry{What: "repeat_stopped", Seq: seq})
	}
	s.revisions.Changed()
	return err
}

// CloseAnnouncement closes one of the operator's messages to many: its reminders end, and it waits for nobody any more. Its
// receipts are still recorded. If it is already closed, nothing changes. Errors: not_allowed if there is no such
// announcement, not_kept.
func (s *Messages) CloseAnnouncement(ctx context.Context, seq uint64) error {
	changed, err := s.setClosed(ctx, seq, "announcement_closed", s.ledger.Close)
	if err != nil {
		return err
	}
	if err := s.reminders.End(s.dispatcher, seq); err != nil {
		return err
	}
	if changed {
		s.revisions.Changed()
	}
	return nil
}

// ReopenAnnouncement undoes CloseAnnouncement; its reminders do not begin again. Errors: those of CloseAnnouncement.
func (s *Messages) ReopenAnnouncement(ctx context.Context, seq uint64) error {
	changed, err := s.setClosed(ctx, seq, "announcement_reopened", s.ledger.Reopen)
	if changed {
		s.revisions.Changed()
	}
	return err
}

func (s *Messages) setClosed(ctx context.Context, seq uint64, what string, set func(msglog.Keeper, uint64) (changed, ok bool, err error)) (changed bool, err error) {
	if _, err := s.openLogFor(seq); err != nil {
		return false, err
	}
	changed, ok, err := set(s.dispatcher, seq)
	if err == nil && !ok {
		err = wire.ErrNotAllowed.WithMessage("That message is not an announcement, or is no longer kept.")
	}
	if changed {
		s.audit.note(ctx, AuditEntry{What: what, Seq: seq})
	}
	return changed, err
}

// Withdraw withdraws a message, the operator's or anybody's: its text is erased from the log, and every page is
// asked to remove it. Errors: not_allowed if it is not kept any more.
func (s *Messages) Withdraw(ctx context.Context, seq uint64) (Receipt, error) {
	log, err := s.openLogFor(seq)
	if err != nil {
		return Receipt{}, err
	}
	e, err := log.Get(ctx, seq)
	if err != nil {
		return Receipt{}, err
	}
	if e == nil {
		return Receipt{}, wire.ErrNotAllowed.WithMessage("That message is no longer kept.")
	}
	withdrawal := &msglog.Entry{Audience: msglog.AudienceWithdrawn, Withdraws: seq}
	s.setSender(ctx, withdrawal)
	p := dispatch.Post{Entry: withdrawal}
	if e.Audience == msglog.AudiencePrivate {
		p.Records = tell.Once(tell.Withdrawn, e.UserID, []byte("{}"))
	}
	r, _, err := s.post(ctx, p)()
	if err != nil {
		return r, err
	}
	if e.Audience == msglog.AudiencePrivate {
		s.withdrawnFrom(e.UserID)
	}
	s.audit.note(ctx, AuditEntry{What: "withdrawn", Seq: seq, UserID: e.From.UserID, Name: e.From.Name, Topic: e.Topic})
	return r, s.reminders.End(s.dispatcher, seq)
}

// withdrawnFrom notes that a message of a person's private conversation was withdrawn.
func (s *Messages) withdrawnFrom(userID string) {
	s.conversations.Withdrawn(userID)
	s.revisions.ConversationsChanged()
}

// receiptElsewhere tells the dashboards of receipts at another server, and a person's connections what they have acknowledged
// there, and which topics they are in.
func (s *People) receiptElsewhere(r msglog.Record) {
	s.revisions.Changed()
	for _, userID := range s.ledger.TakeMoved() {
		client.FollowMember(s.clients, userID)
	}
	if userID, a, ok := receipts.AckedBy(r); ok {
		hub.SendAll(wire.Encode(wire.AckedFrame{Type: "acked", Seq: a.Seq, Time: wire.Time(a.At)}), s.hub.PeersOf(userID))
	}
}

// remindTick is how often the loop looks for reminders that are due.
const remindTick = 5 * time.Second

// RemindAll is a loop: it sends the reminders that are due, and ends memberships of those away for too long, until ctx
// ends.
func (s *Messages) RemindAll(ctx context.Context) {
	tick := time.NewTicker(remindTick)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			s.ledger.ExpireAway(s.limits().MemberTime(), s.hub.Position())
			for seq, r := range s.reminders.Due(now) {
				if err := s.remind(ctx, seq, r, now); err != nil {
					s.logger.Warn("repeat a message", "seq", seq, "error", err)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// remind sends the reminder of one message that was due to those who have not acknowledged it, unless another server of the same
// log was first, and ends its reminders if there are none.
func (s *Messages) remind(ctx context.Context, seq uint64, r reminders.Reminder, now time.Time) error {
	log, err := s.openLog()
	if err != nil {
		return err
	}
	e, err := log.Get(ctx, seq)
	if err != nil {
		return err
	}
	next := reminders.Reminder{Every: r.Every, Left: r.Left - 1, Next: r.After(now)}
	var missing []receipts.Recipient
	if e != nil {
		missing = s.missing(e, missingAck)
	}
	if len(missing) == 0 {
		if e != nil && !s.reminders.IsIdle(seq) {
			return nil
		}
		next.Left = 0
	}
	ours, err := s.reminders.Advance(s.dispatcher, seq, r, next)
	if ours && !errors.Is(err, wire.ErrClosing) {
		s.sendReminder(seq, missing)
	}
	return err
}

// remindElsewhere sends a reminder that another server of the same log has noted to those here who have not acknowledged it.
func (s *Messages) remindElsewhere(ctx context.Context, key string) {
	seq, err := strconv.ParseUint(key, 10, 64)
	if err != nil {
		return
	}
	s.revisions.Changed()
	if !s.reminders.Unsent(seq) {
		return
	}
	e, err := s.announcement(ctx, seq)
	if err != nil {
		s.logger.Warn("repeat a message", "seq", seq, "error", err)
		return
	}
	s.sendReminder(seq, s.missing(e, missingAck))
}

func (s *Messages) sendReminder(seq uint64, to []receipts.Recipient) {
	frame := wire.Encode(wire.RemindFrame{Type: "remind", Seq: seq})
	for _, who := range to {
		hub.SendAll(frame, s.hub.PeersOf(who.UserID))
	}
	s.revisions.Changed()
}

// The receipts that a recipient may lack.
const (
	missingReceived = "received"
	missingRead     = "read"
	missingAck      = "ack"
)

// missing lists the recipients of a message who have not yet done what.
func (s *Messages) missing(e *msglog.Entry, what string) (list []receipts.Recipient) {
	r, _ := s.ledger.Receipts(e.Seq, true)
	for _, who := range r.Who {
		switch {
		case what == missingReceived && who.Received == "", what == missingRead && who.Read == "", what == missingAck && who.Acked == "":
			list = append(list, who)
		}
	}
	return list
}
