package receipts

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/confirmed"
	"belfry/wsserver/receipts/delta"
	"belfry/wsserver/receipts/reserved"
	"belfry/wsserver/wire"
)

// core is shared by both halves of a Ledger: the lock, the persons, the operator's messages with their counts, and
// which records have changed.
type core struct {
	now      func() time.Time // the clock by which memberships and names age
	news     News
	mu       sync.Mutex
	members  map[string]*member // by user_id
	visitors map[string]bool    // those of them that are guests and connected
	most     int                // how many there were since they were last compacted
	order    []string           // the same persons in some order, so that they can be visited in steps
	dirty    map[recordKey]bool // rows that are to be written or erased
	journal  journal            // what is written as deltas
	damaged  int                // records that could not be read
	shared   *shared            // nil: no other server shares the log

	broadcasts      map[uint64]*broadcast
	seqs            []uint64            // of the operator's messages, rising
	seqsByAudience  map[string][]uint64 // the same by audience
	resends         map[string][]uint64 // seqs of resends, by the user_id they were sent to
	openMemberships map[string]int      // how many persons belong now, by audience
	acks            map[uint64]map[string]int64
	sharedNames     *reserved.Names  // the reserved names, where the log is shared; nil: they are with the members
	told            map[uint64]bool  // the announcements that were told to be complete
	leaving         map[string]int64 // who had a last connection and is not told to have left, with when that ended, Unix ms
}

// person is what is known of a person: their record.
type person struct {
	Name string `json:"name"`
	// Seen is when the last connection ended, Unix ms; 0 while one is there.
	Seen int64 `json:"seen"`
	// In are the person's memberships, by audience and presence; a range with To 0 is open.
	In map[string]ranges `json:"in"`
	// ReservedName is the name that nobody else may take.
	ReservedName string `json:"held,omitempty"`

	// Assigned are the topics that the operator put the person into, Removed those that the operator removed them from.
	Assigned []string `json:"assigned,omitempty"`
	Removed  []string `json:"removed,omitempty"`
	// Here: it was told that the person is here.
	Here bool `json:"here,omitempty"`
	// Looked is the seq up to which the operator has seen what the person wrote.
	Looked uint64 `json:"looked,omitempty"`
	// Settled is up to where what the person wrote needs no answer, as the operator says.
	Settled uint64 `json:"settled,omitempty"`

	// Upto is the number of the last delta that the person's row has.
	Upto uint64 `json:"upto,omitempty"`
	// Forgotten, in a row, is the number of the delta that was the last one to forget the person: what is older and in other
	// rows counts no more. With Gone nothing has come since.
	Forgotten uint64 `json:"forgotten,omitempty"`
	Gone      bool   `json:"gone,omitempty"`
}

// member is a person, with what this server alone knows of them.
type member struct {
	person
	cursors  map[string]*cursor // by topic, "" for everyone and private
	online   int                // connections that said hello, to this server
	claimant *Device            // the connection that asked for the reserved name last

	number  delta.Person
	touched uint64 // the merge for which the row was noted

	ordered bool                   // the order knows the person; where the log is shared
	ahead   *confirmed.Row[person] // the row as the order has it; nil: it is the same
	closed  map[string]uint64      // memberships that another server has ended since Stay was called, and after which position
	asked   int64                  // when it was last asked for that the person is forgotten, or does not belong any more, Unix ms

	place     int   // in core.order
	lookAgain int64 // when forgetting looks at the person again, Unix ms
}

// broadcast is a message of the operator's.
type broadcast struct {
	audience string // everyone, a topic, or "" for one person
	userID   string // that person
	ack      string // the words on its button
	urgent   bool
	resendOf uint64 // the message that it resends; 0: it is no resend
	counts          // of persons; not kept for a message to one person
	complete bool   // by these counts
}

// Audiences and memberships other than topics. The names of topics contain no spaces.
const (
	everyone = " everyone"
	// present is that a person is connected. Where servers share the log, each run of one has a presence of its own, which
	// begins with this and names the run; what runs that have ended had is joined here.
	present = " present"
)

// isPresence reports whether a membership is that a person is connected.
func isPresence(key string) bool { return strings.HasPrefix(key, present) }

func (c *core) reset() {
	c.order, c.visitors = nil, map[string]bool{}
	c.members, c.dirty, c.acks = map[string]*member{}, map[recordKey]bool{}, map[uint64]map[string]int64{}
	c.broadcasts, c.seqs, c.seqsByAudience = map[uint64]*broadcast{}, nil, map[string][]uint64{}
	c.resends, c.openMemberships = map[string][]uint64{}, map[string]int{}
	c.told, c.leaving = map[uint64]bool{}, map[string]int64{}
	c.journal.reset(1, 1)
	c.damaged, c.shared = 0, nil
}

// member returns a person, and adds one that is not known. mu is held.
func (c *core) member(userID string) *member {
	m := c.members[userID]
	if m == nil {
		m = &member{person: person{In: map[string]ranges{}}, cursors: map[string]*cursor{}}
		m.place, c.order = len(c.order), append(c.order, userID)
		c.members[userID] = m
	}
	return m
}

// markDirty has a row written, or erased, as it then is, by the next Flush. mu is held.
func (c *core) markDirty(kind, key string) { c.dirty[recordKey{kind, key}] = true }

// track adds a message of the operator's. mu is held.
func (c *core) track(e *msglog.Entry) *broadcast {
	b := &broadcast{ack: e.Ack, urgent: e.Priority == wire.Urgent}
	switch e.Audience {
	case msglog.AudienceEveryone:
		b.audience = everyone
	case msglog.AudienceTopic:
		b.audience = e.Topic
	default:
		b.userID = e.UserID
		c.trackResend(e, b)
	}
	c.broadcasts[e.Seq] = b
	c.seqs = append(c.seqs, e.Seq)
	c.seqsByAudience[b.audience] = append(c.seqsByAudience[b.audience], e.Seq)
	return b
}

// untrack removes a message of the operator's. mu is held.
func (c *core) untrack(seq uint64, b *broadcast) {
	delete(c.broadcasts, seq)
	if i, ok := slices.BinarySearch(c.seqsByAudience[b.audience], seq); ok {
		c.seqsByAudience[b.audience] = slices.Delete(c.seqsByAudience[b.audience], i, i+1)
	}
}

// pruneBroadcasts removes the operator's messages before seq. mu is held.
func (c *core) pruneBroadcasts(seq uint64) {
	i, _ := slices.BinarySearch(c.seqs, seq)
	for _, s := range c.seqs[:i] {
		delete(c.broadcasts, s)
	}
	c.seqs = slices.Delete(c.seqs, 0, i)
	for _, by := range []map[string][]uint64{c.seqsByAudience, c.resends} {
		for key, seqs := range by {
			i, _ := slices.BinarySearch(seqs, seq)
			by[key] = slices.Delete(seqs, 0, i)
		}
	}
}

// broadcastBetween reports whether the operator wrote a message with after < seq ≤ to. mu is held.
func (c *core) broadcastBetween(after, to uint64) bool {
	i, _ := slices.BinarySearch(c.seqs, after+1)
	return i < len(c.seqs) && c.seqs[i] <= to
}

// broadcastsAfter lists the messages to an audience after position. mu is held.
func (c *core) broadcastsAfter(audience string, position uint64) []uint64 {
	return seqsBetween(c.seqsByAudience[audience], position+1, math.MaxUint64)
}

// seqsBetween is the part of seqs from from to to, both included.
func seqsBetween(seqs []uint64, from, to uint64) []uint64 {
	i, _ := slices.BinarySearch(seqs, from)
	j, found := slices.BinarySearch(seqs, to)
	if found {
		j++
	}
	return seqs[i:max(i, j)]
}

// cursorTopic is the topic whose cursors cover the message.
func (b *broadcast) cursorTopic() string {
	if b.audience == everyone {
		return ""
	}
	return b.audience
}

// belongedTo reports whether a person belonged to an audience at seq, or had this presence.
func (m *person) belongedTo(key string, seq uint64) bool {
	list := m.In[key]
	i := list.find(seq)
	return i >= 0 && (list[i].To == 0 || seq <= list[i].To)
}

// wasPresent reports whether a person was connected at seq, to whichever server.
func (m *person) wasPresent(seq uint64) bool {
	for key := range m.In {
		if isPresence(key) && m.belongedTo(key, seq) {
			return true
		}
	}
	return false
}

// isPresent reports whether a person is connected to any server.
func (m *person) isPresent() bool {
	for key, list := range m.In {
		if isPresence(key) && list.isOpen() {
			return true
		}
	}
	return false
}

// topics returns those that a person belongs to now.
func (m *person) topics() (list []string) {
	for key, s := range m.In {
		if topic, ok := audienceTopic(key); ok && topic != "" && s.isOpen() {
			list = append(list, topic)
		}
	}
	return list
}

// isMember reports whether a person belongs to anything now.
func (m *person) isMember() bool {
	for key, list := range m.In {
		if !isPresence(key) && list.isOpen() {
			return true
		}
	}
	return false
}
