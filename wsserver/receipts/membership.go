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
	Seen int64            `json:"seen"`
	In   map[string]Spans `json:"in"` // a span with To 0 is open
	// Held is the name that nobody else may take; taking is the connection that asked for it last.
	Held   string `json:"held,omitempty"`
	taking *Device

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
	Members map[string]*member // by user_id
	acks    map[uint64]map[string]int64
	// underWay is when acknowledgements were given that are not durable yet, by their record's key.
	underWay map[string]int64
	spoken   []uint64            // seqs of the operator's messages, rising
	spokenIn map[string][]uint64 // the same by whom they were for
	Heads    map[uint64]*head
	copies   map[string][]uint64 // seqs of copies, by whom they were written to
	openIn   map[string]int      // how many memberships are open, by key
	guests   map[uint64]int      // how many who never said hello were sent each, by seq
	dirty    map[recordKey]bool
	held     map[string]string // who holds a name, by what it looks like
	rev      uint64            // rises with each receipt
	awayRev  uint64            // rises when somebody goes away or comes back
}

type recordKey struct{ kind, key string }

func NewLedger() *Ledger {
	return &Ledger{
		Members: map[string]*member{}, acks: map[uint64]map[string]int64{}, guests: map[uint64]int{}, underWay: map[string]int64{},
		spokenIn: map[string][]uint64{}, Heads: map[uint64]*head{}, openIn: map[string]int{}, copies: map[string][]uint64{},
		dirty: map[recordKey]bool{}, held: map[string]string{}, rev: 1, awayRev: 1,
	}
}

// nameOf is what a person is called, "" where that is not known.
func (l *Ledger) NameOf(userID string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.Members[userID]; m != nil {
		return m.Name
	}
	return ""
}

// member is a person's entry, made where there is none. mu is held.
func (l *Ledger) member(userID string) *member {
	m := l.Members[userID]
	if m == nil {
		m = &member{In: map[string]Spans{}, cursors: map[string]*cursor{}}
		l.Members[userID] = m
	}
	return m
}

// spokeBetween reports whether the operator said something with after < seq ≤ to. mu is held.
func (l *Ledger) spokeBetween(after, to uint64) bool {
	i, _ := slices.BinarySearch(l.spoken, after+1)
	return i < len(l.spoken) && l.spoken[i] <= to
}

// open begins a membership after position, or goes on with the one before where nothing was said between. mu is held.
func (l *Ledger) Open(userID, key string, position uint64) {
	m := l.member(userID)
	list := m.In[key]
	n := len(list)
	if isOpen(list) {
		return
	}
	l.recount(userID, seqsBetween(l.spokenIn[key], position+1, math.MaxUint64), func() {
		if n > 0 && !l.spokeBetween(list[n-1].To, position) {
			list[n-1].To = 0
		} else {
			list = append(list, Span{From: position + 1})
		}
		m.In[key] = list
	})
	l.openIn[key]++
	l.dirty[recordKey{recordMember, userID}] = true
}

// shut ends a membership at position. mu is held.
func (l *Ledger) shut(userID, key string, position uint64) {
	m := l.Members[userID]
	if m == nil {
		return
	}
	list := m.In[key]
	n := len(list)
	if !isOpen(list) {
		return
	}
	l.recount(userID, seqsBetween(l.spokenIn[key], position+1, math.MaxUint64), func() {
		if list[n-1].From > position {
			list = list[:n-1] // nothing was said in it
		} else {
			list[n-1].To = position
		}
		if m.In[key] = list; len(list) == 0 {
			delete(m.In, key)
		}
	})
	l.openIn[key]--
	l.dirty[recordKey{recordMember, userID}] = true
}

// arrive notes that a connection said hello, and joined topics: for the first time, or again, maybe as somebody else.
func (l *Ledger) Arrive(c *Device, userID, name string, position uint64, topics []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived(c, userID, name, position, topics)
}

func (l *Ledger) arrived(c *Device, userID, name string, position uint64, topics []string) {
	if c.departed {
		return
	}
	if c.memberID != userID {
		l.left(c, position)
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
		l.Open(userID, key, position)
	}
}

// move notes that a connection of userID's goes on as a guest: the topics it is in, and those among them in which that
// person has no other connection.
func (l *Ledger) Move(c *Device, userID, guestID string, in, parted []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range parted {
		l.shut(userID, t, position)
	}
	l.arrived(c, guestID, "", position, in)
}

// depart notes the end of a connection. A guest's memberships end with it.
func (l *Ledger) Depart(c *Device, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left(c, position)
	c.departed = true
}

func (l *Ledger) left(c *Device, position uint64) {
	userID := c.memberID
	m := l.Members[userID]
	if userID == "" || m == nil {
		return
	}
	c.memberID = ""
	if m.online--; m.online > 0 {
		return
	}
	m.Seen = time.Now().UnixMilli()
	l.shut(userID, Present, position)
	if identity.IsGuest(userID) {
		l.endAll(userID, position, nil)
	}
	l.dirty[recordKey{recordMember, userID}] = true
	l.awayRev++
}

// join notes that a person is in topics from position on.
func (l *Ledger) Join(userID string, topics []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range topics {
		l.Open(userID, t, position)
	}
}

// part notes that a person left topics.
func (l *Ledger) Part(userID string, topics []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range topics {
		l.shut(userID, t, position)
	}
}

// end ends the memberships of a person who left or was removed, all but those to keep.
func (l *Ledger) End(userID string, position uint64, keep []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endAll(userID, position, keep)
	l.awayRev++
}

func (l *Ledger) endAll(userID string, position uint64, keep []string) {
	m := l.Members[userID]
	if m == nil {
		return
	}
	for key := range m.In {
		if !slices.Contains(keep, key) && (key != Present || m.online == 0) {
			l.shut(userID, key, position)
		}
	}
}

// expire ends the memberships of those who are away since before a time.
func (l *Ledger) Expire(before time.Time, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limit := before.UnixMilli()
	for userID, m := range l.Members {
		if m.online == 0 && m.Seen < limit && m.isMember() {
			l.endAll(userID, position, nil)
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

func isOpen(list Spans) bool { return len(list) > 0 && list[len(list)-1].To == 0 }

// was reports whether a person belonged to key at seq.
func (m *member) Was(key string, seq uint64) bool {
	list := m.In[key]
	i := list.find(seq)
	return i >= 0 && (list[i].To == 0 || seq <= list[i].To)
}

// said notes a message of the operator's, and how many who never said hello it is sent to.
func (l *Ledger) Said(e *msglog.Entry, guests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.learn(e)
	h.Sent = l.openIn[h.Key] // nobody who is in yet came in later
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
	return l.Members[userID] != nil
}

// revs are the revisions of receipts and of who is away.
func (l *Ledger) Revs() (receipts, away uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rev, l.awayRev
}
