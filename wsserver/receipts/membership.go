package receipts

import (
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
)

// This file is who belonged to what when: the memberships and presences of persons, by seq. They outlive connections,
// so that the operator sees the phone that sleeps. The rules are:
//
//   - only who said hello is a member; others are counted apart;
//   - a change is noted at once and written with the log's next commit, at the latest half a second later;
//   - what no message of the operator's falls into is not kept apart: a phone that comes and goes a hundred times
//     leaves one span.

const (
	recordMember = "member"
	recordCursor = "cursor"
	recordAck    = "ack"
	recordGuests = "guests"

	// inEveryone and present are the keys of memberships beside topics' names, which hold no blanks.
	InEveryone = " everyone"
	Present    = " present"

	// flushEvery is how long a change may wait for a commit.
	FlushEvery = 500 * time.Millisecond
)

// member is one person in the ledger.
type member struct {
	Name string `json:"name"`
	// Seen is when the last connection ended, Unix ms; 0 while one is there.
	Seen int64             `json:"seen"`
	In   map[string]ranges `json:"in"` // a span with To 0 is open
	// ReservedName is the name that nobody else may take; taking is the connection that asked for it last.
	ReservedName string `json:"held,omitempty"`
	claimant     *Device

	cursors map[string]*cursor // by topic, "" for everyone and private
	online  int                // connections that said hello
}

// device is one connection of a person, as the ledger knows it. Guarded by ledger.mu.
type Device struct {
	memberID string // as whom it is in the ledger
	departed bool   // it is not in the ledger any more, and never again
}

// ledger knows who was meant by each message of the operator's, and what became of it.
type Ledger struct {
	mu      sync.Mutex
	members map[string]*member // by user_id
	acks    map[uint64]map[string]int64
	// pendingAcks is when acknowledgements were given that are not durable yet, by their record's key.
	pendingAcks     map[string]int64
	seqs            []uint64            // seqs of the operator's messages, rising
	seqsByAudience  map[string][]uint64 // the same by whom they were for
	broadcasts      map[uint64]*broadcast
	resends         map[string][]uint64 // seqs of copies, by whom they were written to
	openMemberships map[string]int      // how many memberships are open, by key
	guests          map[uint64]int      // how many who never said hello were sent each, by seq
	dirty           map[recordKey]bool
	reserved        map[string]string // who holds a name, by what it looks like
	rev             uint64            // rises with each receipt
	awayRev         uint64            // rises when somebody goes away or comes back
}

type recordKey struct{ kind, key string }

func NewLedger() *Ledger {
	return &Ledger{
		members: map[string]*member{}, acks: map[uint64]map[string]int64{}, guests: map[uint64]int{}, pendingAcks: map[string]int64{},
		seqsByAudience: map[string][]uint64{}, broadcasts: map[uint64]*broadcast{}, openMemberships: map[string]int{}, resends: map[string][]uint64{},
		dirty: map[recordKey]bool{}, reserved: map[string]string{}, rev: 1, awayRev: 1,
	}
}

// nameOf is what a person is called, "" where that is not known.
func (l *Ledger) NameOf(userID string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.members[userID]; m != nil {
		return m.Name
	}
	return ""
}

// member is a person's entry, made where there is none. mu is held.
func (l *Ledger) member(userID string) *member {
	m := l.members[userID]
	if m == nil {
		m = &member{In: map[string]ranges{}, cursors: map[string]*cursor{}}
		l.members[userID] = m
	}
	return m
}

// broadcastBetween reports whether the operator said something with after < seq ≤ to. mu is held.
func (l *Ledger) broadcastBetween(after, to uint64) bool {
	i, _ := slices.BinarySearch(l.seqs, after+1)
	return i < len(l.seqs) && l.seqs[i] <= to
}

// open begins a membership after position, or goes on with the one before where nothing was said between. mu is held.
func (l *Ledger) beginMembership(userID, key string, position uint64) {
	m := l.member(userID)
	list := m.In[key]
	n := len(list)
	if isOpen(list) {
		return
	}
	l.updateCounts(userID, seqsBetween(l.seqsByAudience[key], position+1, math.MaxUint64), func() {
		if n > 0 && !l.broadcastBetween(list[n-1].To, position) {
			list[n-1].To = 0
		} else {
			list = append(list, seqRange{From: position + 1})
		}
		m.In[key] = list
	})
	l.openMemberships[key]++
	l.dirty[recordKey{recordMember, userID}] = true
}

// endMembership ends a membership at position. mu is held.
func (l *Ledger) endMembership(userID, key string, position uint64) {
	m := l.members[userID]
	if m == nil {
		return
	}
	list := m.In[key]
	n := len(list)
	if !isOpen(list) {
		return
	}
	l.updateCounts(userID, seqsBetween(l.seqsByAudience[key], position+1, math.MaxUint64), func() {
		if list[n-1].From > position {
			list = list[:n-1] // nothing was said in it
		} else {
			list[n-1].To = position
		}
		if m.In[key] = list; len(list) == 0 {
			delete(m.In, key)
		}
	})
	l.openMemberships[key]--
	l.dirty[recordKey{recordMember, userID}] = true
}

// arrive notes that a connection said hello, and joined topics: for the first time, or again, maybe as somebody else.
func (l *Ledger) Connect(c *Device, userID, name string, position uint64, topics []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connect(c, userID, name, position, topics)
}

func (l *Ledger) connect(c *Device, userID, name string, position uint64, topics []string) {
	if c.departed {
		return
	}
	if c.memberID != userID {
		l.disconnect(c, position)
		l.member(userID).online++
		c.memberID = userID
		l.awayRev++
	}
	m := l.member(userID)
	if m.Name != name || m.Seen != 0 {
		m.Name, m.Seen = name, 0
		l.dirty[recordKey{recordMember, userID}] = true
	}
	for _, key := range append([]string{Present, InEveryone}, topics...) {
		l.beginMembership(userID, key, position)
	}
}

// move notes that a connection of userID's goes on as a guest: the topics it is in, and those among them in which that
// person has no other connection.
func (l *Ledger) DemoteToGuest(c *Device, userID, guestID string, in, parted []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range parted {
		l.endMembership(userID, t, position)
	}
	l.connect(c, guestID, "", position, in)
}

// depart notes the end of a connection. A guest's memberships end with it.
func (l *Ledger) Disconnect(c *Device, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disconnect(c, position)
	c.departed = true
}

func (l *Ledger) disconnect(c *Device, position uint64) {
	userID := c.memberID
	m := l.members[userID]
	if userID == "" || m == nil {
		return
	}
	c.memberID = ""
	if m.online--; m.online > 0 {
		return
	}
	m.Seen = time.Now().UnixMilli()
	l.endMembership(userID, Present, position)
	if identity.IsGuest(userID) {
		l.endMemberships(userID, position, nil)
	}
	l.dirty[recordKey{recordMember, userID}] = true
	l.awayRev++
}

// join notes that a person is in topics from position on.
func (l *Ledger) Join(userID string, topics []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range topics {
		l.beginMembership(userID, t, position)
	}
}

// part notes that a person left topics.
func (l *Ledger) Leave(userID string, topics []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range topics {
		l.endMembership(userID, t, position)
	}
}

// end ends the memberships of a person who left or was removed, all but those to keep.
func (l *Ledger) EndMemberships(userID string, position uint64, keep []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endMemberships(userID, position, keep)
	l.awayRev++
}

func (l *Ledger) endMemberships(userID string, position uint64, keep []string) {
	m := l.members[userID]
	if m == nil {
		return
	}
	for key := range m.In {
		if !slices.Contains(keep, key) && (key != Present || m.online == 0) {
			l.endMembership(userID, key, position)
		}
	}
}

// expire ends the memberships of those who are away since before a time.
func (l *Ledger) ExpireAway(before time.Time, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := before.UnixMilli()
	for userID, m := range l.members {
		if m.online == 0 && m.Seen < limit && m.isMember() {
			l.endMemberships(userID, position, nil)
			l.awayRev++
		}
	}
}

func (m *member) isMember() bool {
	for key, list := range m.In {
		if key != Present && isOpen(list) {
			return true
		}
	}
	return false
}

func isOpen(list ranges) bool { return len(list) > 0 && list[len(list)-1].To == 0 }

// was reports whether a person belonged to key at seq.
func (m *member) belongedAt(key string, seq uint64) bool {
	list := m.In[key]
	i := list.find(seq)
	return i >= 0 && (list[i].To == 0 || seq <= list[i].To)
}

// said notes a message of the operator's, and how many who never said hello it is sent to.
func (l *Ledger) Broadcast(e *msglog.Entry, guests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.track(e)
	h.Sent = l.openMemberships[h.audience] // nobody who is in yet came in later
	if guests > 0 {
		l.guests[e.Seq] = guests
		l.dirty[recordKey{recordGuests, strconv.FormatUint(e.Seq, 10)}] = true
	}
	l.rev++
}

// known reports whether a person has been here and may be written to while away.
func (l *Ledger) Known(userID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.members[userID] != nil
}

// revs are the revisions of receipts and of who is away.
func (l *Ledger) Revisions() (receipts, away uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rev, l.awayRev
}
