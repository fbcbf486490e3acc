// Package conversation knows with whom the operator has a private conversation, whose is the newest, and who waits for an
// answer. It is kept in memory, so that a page of it costs the same however long the log is: it is read from the log at the
// start, and follows the fan-out from there.
//
// A Store is safe for concurrent use. Its lock guards memory alone; Load and Page read the log without it.
package conversation

import (
	"cmp"
	"container/list"
	"context"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/msglog"
)

// Store is the conversations of a room. Load comes before Page.
type Store struct {
	settled func(userID string) uint64 // up to where a person needs no answer, as the operator says

	mu      sync.Mutex
	of      map[string]*list.Element // by user_id
	order   list.List                // of *state, the newest conversation first
	waiting map[string]*state        // those in which somebody waits
	stale   map[string]bool          // those of which something was removed: the log knows better
}

// state is one conversation.
type state struct {
	userID  string
	changed int // rises with each change
	msglog.Conversation
}

// New returns a store without conversations. settled returns up to which seq a person needs no answer, as the operator says.
func New(settled func(userID string) uint64) *Store { return &Store{settled: settled} }

// Load replaces all conversations by those of a log. It blocks for a disk.
func (s *Store) Load(ctx context.Context, log msglog.Log) error {
	var all []*state
	err := log.Conversations(ctx, s.settled, func(userID string, c msglog.Conversation) { all = append(all, &state{userID: userID, Conversation: c}) })
	slices.SortFunc(all, func(a, b *state) int { return cmp.Compare(b.Last, a.Last) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of, s.waiting, s.stale = map[string]*list.Element{}, map[string]*state{}, map[string]bool{}
	s.order.Init()
	for _, c := range all {
		s.of[c.userID] = s.order.PushBack(c)
		s.noteWaiting(c)
	}
	return err
}

// Note adds a private message that was fanned out. answers: it is the operator's, and no copy of an announcement.
func (s *Store) Note(e *msglog.Entry, answers bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.of[e.UserID]
	if at == nil {
		at = s.order.PushFront(&state{userID: e.UserID})
		s.of[e.UserID] = at
	}
	c := at.Value.(*state)
	if e.Seq <= c.Last {
		return // the log has told it already
	}
	c.Last = e.Seq
	switch {
	case answers:
		c.answered()
	case e.From.Person() && e.Seq > s.settled(e.UserID):
		if c.Newest = e.Seq; c.Waiting == 0 {
			c.Waiting, c.Since = e.Seq, e.Time
		}
	}
	c.changed++
	s.order.MoveToFront(at)
	s.noteWaiting(c)
}

// answered has nobody wait.
func (c *state) answered() { c.Waiting, c.Since, c.Newest = 0, time.Time{}, 0 }

// Settled notes that the operator has settled what a person wrote up to seq.
func (s *Store) Settled(userID string, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.waiting[userID]
	switch {
	case c == nil || c.Waiting > seq:
	case c.Newest > seq:
		s.stale[userID] = true // something newer waits: the log knows since when
	default:
		c.answered()
		c.changed++
		s.noteWaiting(c)
	}
}

// noteWaiting has waiting agree with c. mu is held.
func (s *Store) noteWaiting(c *state) {
	if c.Waiting == 0 {
		delete(s.waiting, c.userID)
	} else {
		s.waiting[c.userID] = c
	}
}

// Withdrawn notes that a private message of a conversation was withdrawn.
func (s *Store) Withdrawn(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of[userID] != nil {
		s.stale[userID] = true
	}
}

// Prune removes what lies before seq, which is not kept any more.
func (s *Store) Prune(seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := s.order.Back(); at != nil && at.Value.(*state).Last < seq; at = s.order.Back() {
		s.remove(at)
	}
	for userID, c := range s.waiting {
		if c.Waiting < seq {
			s.stale[userID] = true
		}
	}
}

// remove removes a conversation. mu is held.
func (s *Store) remove(at *list.Element) {
	userID := s.order.Remove(at).(*state).userID
	delete(s.of, userID)
	delete(s.waiting, userID)
	delete(s.stale, userID)
}

// Row is one conversation: its newest message, and the first one that waits for an answer, with its time; 0 if none does.
type Row struct {
	UserID string
	msglog.Conversation
}

// Page returns up to limit conversations whose newest message is before a seq, 0: the newest ones; and whether there are
// older ones. It may block for a disk.
func (s *Store) Page(ctx context.Context, log msglog.Log, before uint64, limit int) (rows []Row, more bool, err error) {
	if err := s.refresh(ctx, log); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := s.order.Front(); at != nil; at = at.Next() {
		c := at.Value.(*state)
		switch {
		case before > 0 && c.Last >= before:
		case len(rows) == limit:
			return rows, true, nil
		default:
			rows = append(rows, Row{c.userID, c.Conversation})
		}
	}
	return rows, false, nil
}

// Waiting lists the conversations in which somebody waits for an answer, in no order.
func (s *Store) Waiting() []Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]Row, 0, len(s.waiting))
	for userID, c := range s.waiting {
		rows = append(rows, Row{userID, c.Conversation})
	}
	return rows
}

// refresh reads anew what is stale.
func (s *Store) refresh(ctx context.Context, log msglog.Log) error {
	s.mu.Lock()
	stale := map[string]int{}
	for userID := range s.stale {
		stale[userID] = s.of[userID].Value.(*state).changed
	}
	s.mu.Unlock()
	for userID, changed := range stale {
		now, err := log.Conversation(ctx, userID, s.settled(userID))
		if err != nil {
			return err
		}
		s.replace(userID, changed, now)
	}
	return nil
}

// replace puts what the log says in the place of a conversation, unless that has changed meanwhile: then it stays stale.
func (s *Store) replace(userID string, changed int, now msglog.Conversation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.of[userID]
	if at == nil || at.Value.(*state).changed != changed {
		return
	}
	if now.Last == 0 {
		s.remove(at)
		return
	}
	c := at.Value.(*state)
	c.Conversation = now
	delete(s.stale, userID)
	s.noteWaiting(c)
	for next := at.Next(); next != nil && next.Value.(*state).Last > c.Last; next = at.Next() {
		s.order.MoveAfter(at, next)
	}
}
