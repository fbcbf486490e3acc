package operator

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/conversation"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/peers"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// People are the verbs about persons: who is connected, disconnecting, muting, blocking and freeing them.
type People struct {
	openLog       func() (msglog.Log, error)
	dispatcher    *dispatch.Dispatcher
	hub           *hub.Hub
	ledger        *receipts.Ledger
	identities    *identity.Store
	clients       *client.Service
	conversations *conversation.Store
	bans          *admission.Bans
	grants        *admission.Grants
	lobby         *admission.Lobby
	revisions     *Revisions
	audit         *AuditLog
	logger        *slog.Logger
	peers         *peers.Peers
	revised       peers.Revised // of the list of clients
}

// Clients lists the connected clients of all machines, or what changed since a revision. It waits for other machines, for
// peers.AskTimeout at most.
func (s *People) Clients(q ClientsQuery) ClientsAnswer {
	if len(q.Conns) > 0 {
		return s.clientsOf(q.Conns)
	}
	answer := s.clientsEverywhere(q.Since)
	answer.Members = s.ledger.Members()
	if _, rev := s.ledger.Revisions(); rev != q.AwayRev || q.AwaySkip > 0 {
		away := s.ledger.Away(q.AwaySkip)
		answer.Away, answer.AwayTotal, answer.AwayRev, answer.AwayMembers = away.People, away.Total, away.Rev, away.Members
	} else {
		answer.AwayRev = rev
	}
	return answer
}

// clientsHere are those of this machine alone.
func (s *People) clientsHere(since uint64) ClientsAnswer {
	now := s.hub.ClientsSince(since)
	return ClientsAnswer{Rev: now.Rev, Full: now.Full, Gone: now.Gone, Clients: s.infos(now.Clients)}
}

func (s *People) clientsOf(conns []uint64) ClientsAnswer {
	rows := s.revised.Split(conns)
	clients, rev := s.hub.ClientsByID(rows[""])
	answer := ClientsAnswer{Rev: rev, Gone: []uint64{}, Clients: s.infos(clients)}
	if len(rows) > 1 || len(rows[""]) < len(conns) {
		answer.Missing = s.gatherClients(clientsQuestion{Rows: rows}, &answer, func(clientsThere) {})
	}
	return answer
}

// The lists that other machines ask for.
const (
	listClients   = "clients"
	listConnected = "connected" // which of these people are
	listInside    = "inside"    // everybody who has shown their token
	listLobby     = "lobby"
	listSessions  = "sessions"
)

// clientsQuestion asks for what changed since a revision of each run, or for rows of it.
type clientsQuestion struct {
	Since map[string]uint64   `json:"since,omitempty"`
	Rows  map[string][]uint64 `json:"rows,omitempty"`
}

// clientsThere is the answer of the machine with that run.
type clientsThere struct {
	Run string `json:"run"`
	ClientsAnswer
}

// answerPeers has other machines told who is here.
func (s *People) answerPeers() {
	peers.Answer(s.peers, listClients, func(q clientsQuestion) any {
		run := s.peers.ThisRun()
		if q.Rows == nil {
			return clientsThere{run, s.clientsHere(q.Since[run])}
		}
		rows, _ := s.hub.ClientsByID(q.Rows[run])
		return clientsThere{run, ClientsAnswer{Clients: s.infos(rows)}}
	})
	peers.Answer(s.peers, listConnected, func(userIDs []string) any {
		return slices.DeleteFunc(userIDs, func(id string) bool { return len(s.hub.PeersOf(id)) == 0 })
	})
	peers.Answer(s.peers, listInside, func(struct{}) any {
		userIDs := []string{}
		for _, c := range s.hub.Clients() {
			if who := c.Identity(); who.Proved {
				userIDs = append(userIDs, who.UserID)
			}
		}
		return userIDs
	})
}

// clientsEverywhere are those of all machines that changed since a revision of the list of all.
func (s *People) clientsEverywhere(since uint64) ClientsAnswer {
	if s.peers == nil {
		return s.clientsHere(since)
	}
	elsewhere := s.peers.Revisions().Clients // before the others are asked: what changes from now on is told again
	at, known := s.revised.At(since, s.peers.Runs())
	for {
		answer := s.clientsHere(at[s.peers.ThisRun()])
		now := map[string]uint64{}
		gap := known && answer.Full
		answer.Missing = s.gatherClients(clientsQuestion{Since: at}, &answer, func(there clientsThere) {
			now[there.Run] = there.Rev
			_, had := at[there.Run]
			gap = gap || had && there.Full
		})
		if gap { // one has forgotten what changed since then
			at, known = nil, false
			continue
		}
		for run, rev := range at {
			if now[run] == 0 { // it has not answered: what it has is told later
				now[run] = rev
			}
		}
		now[s.peers.ThisRun()] = answer.Rev
		answer.Rev, answer.Full = answer.Rev+elsewhere, !known
		s.revised.Note(answer.Rev, now)
		return answer
	}
}

// gatherClients adds the clients of other machines to an answer.
func (s *People) gatherClients(q clientsQuestion, answer *ClientsAnswer, each func(clientsThere)) (missing []string) {
	return peers.Gather(context.Background(), s.peers, listClients, q, func(node string, there clientsThere) {
		for _, c := range there.Clients {
			c.Conn, c.Machine = s.revised.Number(there.Run, c.Conn), node
			answer.Clients = append(answer.Clients, c)
		}
		for _, conn := range there.Gone {
			answer.Gone = append(answer.Gone, s.revised.Number(there.Run, conn))
		}
		each(there)
	})
}

// somewhere reports whether a person is connected, at any machine.
func (s *People) somewhere(userID string) bool {
	return len(s.hub.PeersOf(userID)) > 0 || s.connectedElsewhere([]string{userID})[userID]
}

// connectedElsewhere are those of these people who are connected to other machines.
func (s *People) connectedElsewhere(userIDs []string) map[string]bool {
	there := map[string]bool{}
	_ = peers.Gather(context.Background(), s.peers, listConnected, userIDs, func(_ string, connected []string) {
		for _, id := range connected {
			there[id] = true
		}
	})
	return there
}

// infos adds what the hub does not know of clients.
func (s *People) infos(rows []hub.Client) []ClientInfo {
	list := make([]ClientInfo, len(rows))
	for i, r := range rows {
		slices.Sort(r.Topics)
		rtt := float64(r.Peer.RTT()) / float64(time.Millisecond)
		if rtt < 0 {
			rtt = -1
		}
		_, muted := s.bans.OfPerson(admission.Muted, r.UserID)
		list[i] = ClientInfo{
			Conn: r.Peer.ID(), UserID: r.UserID, Name: r.Name, Address: r.Peer.Address(), Browser: r.Peer.Agent(),
			Since: wire.Time(r.Peer.Since()).String(), Topics: append([]string{}, r.Topics...),
			Messages: r.Peer.Handler().(*client.Client).Messages(), LastHeard: wire.Time(r.Peer.LastHeard()).String(), RTTMS: rtt,
			Muted: muted || r.Muted, Unproved: r.Unproved,
		}
	}
	return list
}

// Seen notes that the operator has seen what a person wrote up to seq; their devices are told. It never goes back. It is
// durable with the log's next commit. Errors: bad_frame, unknown_user, closing.
func (s *People) Seen(_ context.Context, userID string, seq uint64) error {
	if err := wire.CheckNumbers(seq); err != nil {
		return err
	}
	if _, err := s.openLog(); err != nil {
		return err
	}
	defer s.revisions.ConversationsChanged()
	return s.clients.Seen(userID, seq)
}

// Settle notes that what a person wrote up to seq needs no answer: they wait no more, on any dashboard. It never goes back. It
// is durable with the log's next commit. Errors: bad_frame, unknown_user, closing.
func (s *People) Settle(_ context.Context, userID string, seq uint64) error {
	if err := wire.CheckNumbers(seq); err != nil {
		return err
	}
	log, err := s.openLog()
	if err != nil {
		return err
	}
	defer s.identities.Lock(userID)()
	seq = min(seq, log.Last())
	// Of a guest, who is nobody once they have gone, only the list of conversations knows it.
	if s.identities.Retired(userID) || !s.ledger.NoteSettled(userID, seq) && !s.somewhere(userID) {
		return wire.ErrUnknownUser
	}
	s.conversations.Settled(userID, seq)
	s.revisions.ConversationsChanged()
	return nil
}

// maxConversations is how many one page has at most.
const maxConversations = 100

// maxExcerpt is how much of a message a list shows, in code points.
const maxExcerpt = 200

// Conversations lists the people with a private conversation, the newest first. Errors: bad_frame, closing.
func (s *People) Conversations(ctx context.Context, q ConversationsQuery) (ConversationsAnswer, error) {
	answer := ConversationsAnswer{Conversations: []Conversation{}}
	if err := wire.CheckNumbers(&q); err != nil {
		return answer, err
	}
	log, err := s.openLog()
	if err != nil {
		return answer, err
	}
	if q.Limit <= 0 || q.Limit > maxConversations {
		q.Limit = maxConversations
	}
	rows, more, err := s.conversations.Page(ctx, log, q.Before, q.Limit)
	if err != nil {
		return answer, err
	}
	answer.More = more
	for _, r := range rows {
		e, err := log.Get(ctx, r.Last)
		if err != nil {
			return answer, err
		}
		answer.Conversations = append(answer.Conversations, s.conversationOf(r, e))
	}
	for _, r := range s.conversations.Waiting() {
		if s.canAnswer(r.UserID) {
			answer.Waiting++
			if r.Newest > s.ledger.SeenUpTo(r.UserID) {
				answer.Unseen++
			}
		}
	}
	return answer, nil
}

// conversationOf returns one row of the list; e is its newest message, nil if that was withdrawn just now.
func (s *People) conversationOf(r conversation.Row, e *msglog.Entry) Conversation {
	c := Conversation{UserID: r.UserID, Name: s.nameOf(r.UserID), Seq: r.Last, Seen: s.ledger.SeenUpTo(r.UserID)}
	if e != nil {
		c.Time, c.Operator, c.Text = wire.Time(e.Time).String(), e.From.Operator, firstRunes(e.Text, maxExcerpt)
		if e.From.Person() {
			c.Name = cmp.Or(c.Name, e.From.Name)
		}
	}
	if r.Waiting > 0 && s.canAnswer(r.UserID) {
		c.WaitingSeq, c.WaitingNewest, c.Waiting = r.Waiting, r.Newest, wire.Time(r.Since).String()
	}
	return c
}

// canAnswer reports whether the operator can write to a person.
func (s *People) canAnswer(userID string) bool {
	return !s.identities.Retired(userID) && (s.ledger.Known(userID) || len(s.hub.PeersOf(userID)) > 0)
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}

// Disconnect ends every connection of a person, with a reason, and revokes the grant. The page does not reconnect by
// itself. Errors: unknown_user, too_large.
func (s *People) Disconnect(ctx context.Context, userID, reason string) error {
	reason, err := admission.CleanReason(reason)
	if err != nil {
		return err
	}
	defer s.identities.Lock(userID)()
	if !s.grants.Has(userID) && !s.somewhere(userID) {
		return wire.ErrUnknownUser
	}
	said := &wire.Error{Code: "removed", Message: cmp.Or(reason, "The operator removed you.")}
	had, err := s.revokeGrants(tell.PutOutKeeper{Keeper: s.dispatcher, Reason: said}, userID)
	if err != nil {
		return err
	}
	if !had { // here they are put out even where that cannot be written
		_ = s.dispatcher.Post(dispatch.Post{Records: tell.Why(tell.PutOut, userID, said), Done: func(msglog.Appended, error) {}})
	}
	e := AuditEntry{What: "disconnected", UserID: userID, Name: s.nameOf(userID), Detail: reason}
	n := s.endPerson(userID, said, wire.CloseRemoved)
	s.logger.Info("disconnected by the operator", "user_id", userID, "connections", n)
	s.audit.note(ctx, e)
	return nil
}

// Free releases a person's name and user_id: the connections are ended, and the old token is refused for good. The next
// owner of either gets none of the old conversation. Errors: unknown_user, not_allowed for a guest, not_kept.
func (s *People) Free(ctx context.Context, userID string) error {
	log, err := s.openLog()
	if err != nil {
		return err
	}
	if identity.IsGuest(userID) {
		return wire.ErrNotAllowed.WithMessage("A guest has no name and no identity to release.")
	}
	defer s.identities.Lock(userID)()
	if !s.ledger.Known(userID) && !s.identities.Claimed(userID) && !s.somewhere(userID) {
		return wire.ErrUnknownUser
	}
	e := AuditEntry{What: "freed", UserID: userID, Name: s.nameOf(userID)}
	if err := s.identities.Free(s.dispatcher, userID, log.Last()); err != nil {
		return err
	}
	if _, err := s.revokeGrants(s.dispatcher, userID); err != nil {
		return err
	}
	s.clients.ReleaseName(userID)
	n := s.endPerson(userID, client.ErrFreed, wire.CloseRemoved)
	s.logger.Info("freed by the operator", "user_id", userID, "connections", n)
	s.audit.note(ctx, e)
	return nil
}

// revokeGrants removes a person's grant, and reports whether there was one: the access mode is applied to the next hello.
func (s *People) revokeGrants(k msglog.Keeper, userID string) (had bool, err error) {
	whose, err := s.grants.Revoke(k, func(id string, _ admission.Grant) bool { return id == userID })
	if len(whose) > 0 {
		s.revisions.GrantsChanged()
	}
	return len(whose) > 0, err
}

// endPerson ends a person's memberships and every connection, with why, and returns how many connections there were.
func (s *People) endPerson(userID string, why *wire.Error, code int) int {
	said := wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{}))
	list := s.hub.PeersOf(userID)
	s.ledger.EndMemberships(userID, s.hub.Position())
	for _, c := range list {
		c.End(said, code, why.Code)
	}
	return len(list)
}

// putOut ends the connections of people, with why.
func (s *People) putOut(userIDs []string, why *wire.Error) {
	for _, userID := range userIDs {
		unlock := s.identities.Lock(userID)
		s.endPerson(userID, why, wire.CloseRemoved)
		unlock()
	}
}

// nameOf returns a person's name, "" if it is not known.
func (s *People) nameOf(userID string) string {
	for _, c := range s.hub.PeersOf(userID) {
		if name := c.Identity().Name; name != "" {
			return name
		}
	}
	return s.ledger.NameOf(userID)
}
