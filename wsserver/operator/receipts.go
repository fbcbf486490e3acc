package operator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// This file is the operator's verbs about messages that were sent: receipts, writing again, withdrawing.

// receiptsMost is how many messages one question about receipts may name.
const receiptsMost = 200

// ReceiptsAnswer is what became of messages, and what is left of their repetition, by seq.
type ReceiptsAnswer struct {
	Receipts []receipts.Receipts        `json:"receipts"`
	Repeats  map[uint64]receipts.Repeat `json:"repeats"`
}

// Receipts says what became of the operator's messages among seqs; with detail also for whom.
func (s *Operator) Receipts(_ context.Context, seqs []uint64, detail bool) (ReceiptsAnswer, error) {
	answer := ReceiptsAnswer{Receipts: []receipts.Receipts{}, Repeats: map[uint64]receipts.Repeat{}}
	if _, err := s.OpenLog(); err != nil {
		return answer, err
	}
	for _, seq := range seqs[:min(len(seqs), receiptsMost)] {
		r, ok := s.Ledger.Receipts(seq, detail)
		if !ok {
			continue
		}
		answer.Receipts = append(answer.Receipts, r)
		if r, _ := s.Repeats.Get(seq); r.Left > 0 {
			answer.Repeats[seq] = receipts.Repeat{Every: r.Every, Times: r.Left}
		}
	}
	return answer, nil
}

// announcement is a message of the operator's that is still there.
func (s *Operator) announcement(ctx context.Context, seq uint64) (*msglog.Entry, error) {
	log, err := s.OpenLog()
	if err != nil {
		return nil, err
	}
	e, err := log.Get(ctx, seq)
	if err == nil && (e == nil || !e.From.Operator) {
		err = wire.ErrNotAllowed.WithMessage("That message is not kept any more, or is not yours.")
	}
	return e, err
}

// WriteAgain writes privately to each recipient of a message who has not received, read or acknowledged it
// ("received", "read", "ack"), quoting it. An empty text is the message's own. It returns how many were written to.
// messageID makes it idempotent.
func (s *Operator) WriteAgain(ctx context.Context, seq uint64, missing, text, messageID string) (int, error) {
	e, err := s.announcement(ctx, seq)
	if err != nil {
		return 0, err
	}
	if !slices.Contains([]string{missingReceived, missingRead, missingAck}, missing) {
		return 0, wire.ErrBadFrame.WithMessage(`What is missing is "received", "read" or "ack".`)
	}
	if text == "" {
		text = e.Text
	}
	list := s.missing(e, missing)
	for i, who := range list {
		b := Broadcast{
			Message: text, Title: e.Title, UserID: who.UserID, Priority: e.Priority, Ack: e.Ack, ReplyTo: seq,
			MessageID: fmt.Sprintf("%s.%d", wire.Clip(messageID, wire.MaxID-8), i),
		}
		if messageID == "" {
			b.MessageID = ""
		}
		if _, err := s.Broadcast(ctx, b); err != nil {
			return i, err
		}
	}
	return len(list), nil
}

// StopRepeat ends the repetition of a message.
func (s *Operator) StopRepeat(seq uint64) error {
	if _, err := s.OpenLog(); err != nil {
		return err
	}
	err := s.Repeats.End(s.Bus, seq)
	s.Revisions.ReceiptsChanged()
	return err
}

// Withdraw takes a message back, the operator's or anybody's: its text is erased from the log, and every page is
// told to drop it. Errors: not_allowed where it is not kept.
func (s *Operator) Withdraw(ctx context.Context, seq uint64) (Receipt, error) {
	log, err := s.OpenLog()
	if err != nil {
		return Receipt{}, err
	}
	e, err := log.Get(ctx, seq)
	if err != nil {
		return Receipt{}, err
	}
	if e == nil {
		return Receipt{}, wire.ErrNotAllowed.WithMessage("That message is not kept any more.")
	}
	r, err := s.post(ctx, dispatch.Post{
		Entry: &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true, Name: wire.OperatorName}, Withdraws: seq},
	})
	if err != nil {
		return r, err
	}
	s.note(ctx, AuditEntry{What: "withdrawn", Seq: seq, UserID: e.From.UserID, Name: e.From.Name, Topic: e.Topic})
	return r, s.Repeats.End(s.Bus, seq)
}

// post posts something of the operator's and waits until it has been fanned out.
func (s *Operator) post(ctx context.Context, p dispatch.Post) (Receipt, error) {
	type outcome struct {
		a   msglog.Appended
		err error
	}
	answer := make(chan outcome, 1)
	p.Done = func(a msglog.Appended, err error) { answer <- outcome{a, err} }
	if err := s.Bus.Post(p); err != nil {
		return Receipt{}, err
	}
	select {
	case o := <-answer:
		return Receipt{Seq: o.a.Seq, Time: wire.Time(o.a.Time).String()}, o.err
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// startRepeat begins the repetition that a broadcast asked for.
func (s *Operator) startRepeat(seq uint64, r *receipts.Repeat) error {
	if r == nil || r.Times == 0 {
		return nil
	}
	if _, ok := s.Repeats.Get(seq); ok {
		return nil // the same message_id again
	}
	next := time.Now().Add(time.Duration(r.Every) * time.Minute)
	return s.Repeats.Set(s.Bus, seq, receipts.Reminder{Every: r.Every, Left: r.Times, Next: next.UnixMilli()})
}
