package operator

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// This file is the operator's verbs: what every door to the dashboard calls. Each is safe for concurrent use.

const (
	normal = 3 // the priority of what asks for none
)

// State is the room as a whole. It never fails: what keeps the server from running is in Problem.
func (s *Operator) State() State {
	chose := s.File.Get()
	st := State{
		Name: chose.Name, Access: chose.AccessMode(), Version: s.Config.Version, Data: s.Config.DataName,
		Topics: s.Topics.All(), Addresses: []lan.Address{},
	}
	problem, started, log := s.Running()
	st.Problem = problem
	if log == nil {
		return st
	}
	st.Trouble, st.Notice = s.Trouble.Get(), s.notice.Load()
	counts := s.Hub.Counts()
	st.Started, st.Epoch, st.Seq, st.Kept = wire.Time(started).String(), log.Epoch(), log.Last(), log.Len()
	st.Clients, st.Subscribers = counts.Clients, counts.Subscribers
	st.Addresses = s.Lan.Addresses()
	st.Address = lan.SelectAddress(st.Addresses, chose.Address)
	st.JoinURL, st.Waiting = chose.JoinURL(st.Address.URL), s.WaitingRoom.Size()
	if st.Access == settings.AccessCode {
		st.Code = chose.Code
	}
	st.QR = lan.NewQR(st.JoinURL)
	st.Secure, st.LocalName = s.Lan.Secure(st.Address, st.Addresses), s.Lan.LocalName()
	return st
}

// Stats is the last ten minutes.
func (s *Operator) Stats() Stats { return s.Samples.get() }

// Clients lists who is connected, or what changed since a revision.
func (s *Operator) Clients(q ClientsQuery) ClientsAnswer {
	if len(q.Conns) > 0 {
		return s.clientsOf(q.Conns)
	}
	now := s.Hub.ClientsSince(q.Since)
	answer := ClientsAnswer{Rev: now.Rev, Full: now.Full, Gone: now.Gone, Clients: s.infos(now.Clients)}
	if answer.Away, answer.AwayRev = s.Ledger.Away(); answer.AwayRev == q.AwayRev {
		answer.Away = nil
	}
	return answer
}

func (s *Operator) clientsOf(conns []uint64) ClientsAnswer {
	clients, rev := s.Hub.ClientsByID(conns)
	return ClientsAnswer{Rev: rev, Gone: []uint64{}, Clients: s.infos(clients)}
}

// infos adds what the hub does not know of clients.
func (s *Operator) infos(rows []hub.Client) []ClientInfo {
	list := make([]ClientInfo, len(rows))
	for i, r := range rows {
		slices.Sort(r.Topics)
		rtt := float64(r.Peer.RTT.Load()) / float64(time.Millisecond)
		if rtt < 0 {
			rtt = -1
		}
		_, mute := s.Bans.OfPerson(admission.Muted, r.UserID)
		list[i] = ClientInfo{
			Conn: r.Peer.ID, UserID: r.UserID, Name: r.Name, Address: r.Peer.Address, Browser: r.Peer.Agent,
			Since: wire.Time(r.Peer.Since).String(), Topics: append([]string{}, r.Topics...),
			Messages: r.Peer.Handler.(*client.Client).Messages.Load(), LastHeard: wire.Time(time.Unix(0, r.Peer.LastHeard.Load())).String(), RTTMS: rtt,
			Muted: mute,
		}
	}
	return list
}

// History reads the log.
func (s *Operator) History(ctx context.Context, q HistoryQuery) (HistoryPage, error) {
	log, err := s.OpenLog()
	if err != nil {
		return HistoryPage{}, err
	}
	if q.Limit <= 0 || q.Limit > client.MaxHistory {
		q.Limit = client.MaxHistory
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

// Broadcast says something as the operator and returns once the log has it and everybody connected was sent it.
// Errors: too_large, bad_frame, unknown_topic, unknown_user, id_conflict, not_kept, closing.
func (s *Operator) Broadcast(ctx context.Context, b Broadcast) (Receipt, error) {
	if _, err := s.OpenLog(); err != nil {
		return Receipt{}, err
	}
	e, err := s.entryOf(b)
	if err != nil {
		return Receipt{}, err
	}
	r, err := s.post(ctx, dispatch.Post{Entry: e})
	if err != nil {
		return r, err
	}
	return r, s.startRepeat(r.Seq, b.Repeat)
}

func (s *Operator) entryOf(b Broadcast) (*msglog.Entry, error) {
	b.Title = strings.Join(strings.Fields(b.Title), " ")
	b.Ack = strings.Join(strings.Fields(b.Ack), " ")
	switch {
	case b.Message == "":
		return nil, wire.ErrBadFrame.WithMessage("A message needs a text.")
	case len(b.Message) > wire.MaxMessage:
		return nil, wire.ErrTooLarge.WithMessage("A message has at most 64 KiB. Send it in parts.")
	case utf8.RuneCountInString(b.Title) > wire.MaxTitle:
		return nil, wire.ErrTooLarge.WithMessage("A title has at most 200 characters.")
	case len(b.MessageID) > wire.MaxID:
		return nil, wire.ErrTooLarge.WithMessage("A message_id has at most 64 bytes.")
	case utf8.RuneCountInString(b.Ack) > wire.MaxAck:
		return nil, wire.ErrTooLarge.WithMessage("The words on a button are at most 40 characters.")
	case b.Repeat != nil && b.Repeat.Times != 0 && (b.Ack == "" || b.Repeat.Every < 1 || b.Repeat.Every > receipts.MaxRepeatEvery ||
		b.Repeat.Times < 0 || b.Repeat.Times > receipts.MaxRepeatTimes):
		return nil, wire.ErrBadFrame.WithMessage("What asks for an acknowledgement is repeated every 1 to 1440 minutes, at most 100 times.")
	case b.Priority < 0 || b.Priority > 5:
		return nil, wire.ErrBadFrame.WithMessage("A priority is a number from 1 to 5.")
	case !utf8.ValidString(b.Message) || !utf8.ValidString(b.Title) || !utf8.ValidString(b.MessageID):
		return nil, wire.ErrBadFrame.WithMessage("A message is UTF-8.")
	}
	e := &msglog.Entry{
		ID: b.MessageID, Audience: msglog.AudienceEveryone, Topic: b.Topic, Text: b.Message, Title: b.Title,
		Priority: b.Priority, Ack: b.Ack, ReplyTo: b.ReplyTo, From: wire.Sender{Operator: true, Name: wire.OperatorName},
	}
	if e.Priority == 0 {
		e.Priority = normal
	}
	return e, s.setAudience(e, b)
}

// setAudience sets the audience of a broadcast.
func (s *Operator) setAudience(e *msglog.Entry, b Broadcast) error {
	if b.Topic != "" {
		if t, ok := s.Topics.Get(b.Topic); !ok || t.Archived {
			return wire.ErrUnknownTopic
		}
		e.Audience = msglog.AudienceTopic
	}
	if b.UserID != "" {
		if len(s.Hub.PeersOf(b.UserID)) == 0 && !s.Ledger.Known(b.UserID) {
			return wire.ErrUnknownUser
		}
		e.Audience, e.UserID = msglog.AudiencePrivate, b.UserID
	}
	return nil
}

// Disconnect ends every connection of a person, who reads the reason and is not to come back by itself.
// Errors: unknown_user, too_large.
func (s *Operator) Disconnect(ctx context.Context, userID, reason string) error {
	reason, err := admission.CleanReason(reason)
	if err != nil {
		return err
	}
	if len(s.Hub.PeersOf(userID)) == 0 && !s.LetIns.Has(userID) {
		return wire.ErrUnknownUser
	}
	said := &wire.Error{Code: "removed", Message: cmp.Or(reason, "The operator ended your connection.")}
	if err := s.revokeGrants(userID); err != nil {
		return err
	}
	e := AuditEntry{What: "disconnected", UserID: userID, Name: s.nameOf(userID), Detail: reason}
	n := s.endPerson(userID, said, wire.CloseRemoved)
	s.Logger.Info("disconnected by the operator", "user_id", userID, "connections", n)
	s.note(ctx, e)
	return nil
}

// endPerson ends a person's memberships and every connection, which is told why, and returns how many they were.
func (s *Operator) endPerson(userID string, why *wire.Error, code int) int {
	said := wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{}))
	list := s.Hub.PeersOf(userID)
	s.Ledger.EndMemberships(userID, s.Hub.Position(), nil)
	for _, c := range list {
		c.End(said, code, why.Code)
	}
	return len(list)
}

// CreateTopic adds a topic and tells every client that said hello. Errors: topic_exists, too_large, bad_frame,
// not_kept.
func (s *Operator) CreateTopic(ctx context.Context, topic, title, kind string) (wire.Topic, error) {
	if _, err := s.OpenLog(); err != nil {
		return wire.Topic{}, err
	}
	t, err := s.Topics.Create(s.Bus, wire.Topic{Topic: topic, Title: title, Kind: kind})
	return t, s.topicsChanged(ctx, "topic_created", t, err)
}

// RenameTopic changes what a topic is called; its name in the wire stays. Errors: unknown_topic, too_large, not_kept.
func (s *Operator) RenameTopic(ctx context.Context, topic, title string) (wire.Topic, error) {
	if _, err := s.OpenLog(); err != nil {
		return wire.Topic{}, err
	}
	t, err := s.Topics.Change(s.Bus, topic, func(t *wire.Topic) (err error) {
		t.Title, err = topics.CleanTitle(title, t.Topic)
		return err
	})
	return t, s.topicsChanged(ctx, "topic_renamed", t, err)
}

// ArchiveTopic closes a topic to new messages, or opens it again. What was said there can still be read. General
// stays open: the oldest clients know nothing else. Errors: unknown_topic, not_allowed, not_kept.
func (s *Operator) ArchiveTopic(ctx context.Context, topic string, archived bool) (wire.Topic, error) {
	if _, err := s.OpenLog(); err != nil {
		return wire.Topic{}, err
	}
	t, err := s.Topics.Change(s.Bus, topic, func(t *wire.Topic) error {
		if t.Topic == wire.GeneralTopic {
			return wire.ErrNotAllowed.WithMessage("General stays open: everyone is in it who chose nothing else.")
		}
		t.Archived = archived
		return nil
	})
	what := "topic_opened"
	if archived {
		what = "topic_archived"
	}
	return t, s.topicsChanged(ctx, what, t, err)
}

// topicsChanged tells everybody the topics as they now are, unless err says that nothing changed.
func (s *Operator) topicsChanged(ctx context.Context, what string, t wire.Topic, err error) error {
	if err != nil {
		return err
	}
	s.note(ctx, AuditEntry{What: what, Topic: t.Topic, Detail: t.Title})
	s.sendTopics()
	s.Revisions.StateChanged()
	return nil
}

// sendTopics sends the list to every client that said hello: one list after the other, so that each ends with the
// newest.
func (s *Operator) sendTopics() {
	s.Topics.Announcing.Lock()
	defer s.Topics.Announcing.Unlock()
	frame := wire.Encode(wire.TopicsFrame{Type: "topics", Topics: s.Topics.All()})
	hub.SendAll(frame, slices.DeleteFunc(s.Hub.Clients(), func(c *hub.Peer) bool { return !c.Greeted.Load() }))
}

// TestAddress tries whether an address of this server answers as itself: an Address.Host, "" for the one shown.
func (s *Operator) TestAddress(ctx context.Context, host string) (lan.AddressTest, error) {
	return s.Lan.TestAddress(ctx, host)
}
