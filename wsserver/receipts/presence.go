package receipts

import "belfry/wsserver/identity"

// Device is one connection of a person, as a Membership knows it. The zero value has not said hello. Guarded by core.mu.
type Device struct {
	userID string // "" before Connect and after Disconnect
	closed bool   // Disconnect was called: a hello that is still being handled must not connect it again
}

// Connect notes that a connection said hello and joined topics: for the first time, or again, maybe as somebody else.
// After Disconnect it does nothing.
func (l *Membership) Connect(d *Device, userID, name string, position uint64, topics []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connect(d, userID, name, position, topics)
}

func (l *Membership) connect(d *Device, userID, name string, position uint64, topics []string) {
	if d.closed {
		return
	}
	if d.userID != userID {
		l.disconnect(d, position)
		if l.member(userID).online++; identity.IsGuest(userID) {
			l.visitors[userID] = true
		}
		d.userID = userID
		l.rev++
	}
	m := l.member(userID)
	l.arrived(userID, m)
	if m.Name != name || m.Seen != 0 {
		m.Name, m.Seen = name, 0
		l.markDirty(recordMember, userID)
	}
	for _, key := range append([]string{present, everyone}, topics...) {
		l.beginMembership(userID, key, position)
	}
}

// DemoteToGuest notes that a connection of userID's goes on as a guest: in are the topics it is in, left those among
// them in which that person has no other connection.
func (l *Membership) DemoteToGuest(d *Device, userID, guestID string, in, left []string, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range left {
		l.endMembership(userID, t, position)
	}
	l.connect(d, guestID, "", position, in)
}

// Disconnect notes that a connection has ended. A person's memberships stay, a guest's end with the last connection.
func (l *Membership) Disconnect(d *Device, position uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disconnect(d, position)
	d.closed = true
}

func (l *Membership) disconnect(d *Device, position uint64) {
	userID := d.userID
	m := l.members[userID]
	if userID == "" || m == nil {
		return
	}
	d.userID = ""
	if m.online--; m.online > 0 {
		return
	}
	m.Seen = l.now().UnixMilli()
	l.departed(userID, m)
	l.endMembership(userID, present, position)
	if identity.IsGuest(userID) {
		delete(l.visitors, userID)
		l.setReserved(userID, "")
		if l.endMemberships(userID, position, nil); !l.isRecipient(m) {
			l.drop(userID, m)
		}
	}
	l.markDirty(recordMember, userID)
	l.rev++
}
