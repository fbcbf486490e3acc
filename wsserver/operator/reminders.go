package operator

import (
	"context"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

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

// remind sends the reminder of one message to those who have not acknowledged it, and ends its reminders where there are
// none.
func (s *Messages) remind(ctx context.Context, seq uint64, r receipts.Reminder, now time.Time) error {
	log, err := s.openLog()
	if err != nil {
		return err
	}
	e, err := log.Get(ctx, seq)
	if err != nil {
		return err
	}
	r.Left, r.Next = r.Left-1, r.After(now)
	var missing []receipts.Recipient
	if e != nil {
		missing = s.missing(e, missingAck)
	}
	if len(missing) == 0 {
		r.Left = 0
	}
	frame := wire.Encode(wire.RemindFrame{Type: "remind", Seq: seq})
	for _, who := range missing {
		hub.SendAll(frame, s.hub.PeersOf(who.UserID))
	}
	if err := s.reminders.Set(s.dispatcher, seq, r); err != nil {
		return err
	}
	s.revisions.Changed()
	return nil
}

// The receipts that a recipient may lack.
const (
	missingReceived = "received"
	missingRead     = "read"
	missingAck      = "ack"
)

// missing lists the recipients of a message who have not done what.
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
