package admission

import (
	"cmp"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"maps"
	"sync"
	"time"

	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// recordGrant is the kind of record that a grant is kept in.
const recordGrant = "let_in"

// Grant records that a person was admitted: its token admits them again without asking. Only the token's hash is kept.
type Grant struct {
	Token []byte `json:"token"`
	Since string `json:"since"`
	// Seen is when it last admitted somebody, a day at most too early; "" never.
	Seen string `json:"seen,omitempty"`
	// By is the access mode by which they were admitted, "" if that was before it was recorded.
	By string `json:"by,omitempty"`
	// Entry of the list by which they were admitted, "" where by none.
	Entry string `json:"entry,omitempty"`
	value []byte // as it is in the log
}

const (
	// GrantAge is how long a grant lasts that admits nobody.
	GrantAge = 30 * 24 * time.Hour
	// grantSeenEvery is the precision of Seen.
	grantSeenEvery = 24 * time.Hour
)

// NewGrant is a grant from now on, for the token of this hash (identity.HashToken), by an access mode.
func NewGrant(tokenHash []byte, by, entry string) Grant {
	return Grant{Token: tokenHash, Since: wire.Time(time.Now()).String(), By: by, Entry: entry}
}

// LastSeen is when the grant last admitted somebody, or was given.
func (g Grant) LastSeen() string { return cmp.Or(g.Seen, g.Since) }

// unseen reports whether nobody was admitted by the grant for d. A time that cannot be read is long ago.
func (g Grant) unseen(d time.Duration, now time.Time) bool {
	at, err := time.Parse(wire.TimeFormat, g.LastSeen())
	return err != nil || now.Sub(at) >= d
}

// Grants are those in force, by user_id. The zero value is empty; Load it before use.
type Grants struct {
	mu sync.RWMutex
	by map[string]Grant
	// revoked are those that were revoked here, and may not be erased from the log yet: nothing brings them back.
	revoked map[string]Grant
}

// Load reads what the log keeps. It may block for a disk.
func (l *Grants) Load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	l.by, l.revoked = map[string]Grant{}, map[string]Grant{}
	l.mu.Unlock()
	return msglog.Fill(ctx, log, l)
}

// Kinds are the kinds of record that Put takes.
func (l *Grants) Kinds() []string { return []string{recordGrant} }

// Put takes a grant as it is in the log: from then on it is in force, or ended.
func (l *Grants) Put(r msglog.Record) error {
	if r.Erased() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.by, r.Key)
		delete(l.revoked, r.Key)
		return nil
	}
	g, err := msglog.Decode[Grant](r)
	if err != nil {
		return err
	}
	g.value = r.Value
	l.mu.Lock()
	defer l.mu.Unlock()
	if ended, ok := l.revoked[r.Key]; ok && ended.isSame(g) {
		return nil // it was noted as seen before that
	}
	l.by[r.Key] = g
	delete(l.revoked, r.Key)
	return nil
}

// isSame reports whether both are the same grant, whenever it was last seen.
func (g Grant) isSame(o Grant) bool {
	return subtle.ConstantTimeCompare(g.Token, o.Token) == 1 && g.Since == o.Since
}

// Find is the grant of a person that shows its token, false if there is none.
func (l *Grants) Find(userID, token string) (Grant, bool) {
	if userID == "" || token == "" {
		return Grant{}, false
	}
	hash := identity.HashToken(token)
	l.mu.RLock()
	defer l.mu.RUnlock()
	g, ok := l.by[userID]
	return g, ok && subtle.ConstantTimeCompare(g.Token, hash) == 1
}

// Admits reports whether a person who has shown a token of this hash has a grant.
func (l *Grants) Admits(userID string, tokenHash []byte) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	g, ok := l.by[userID]
	return ok && subtle.ConstantTimeCompare(g.Token, tokenHash) == 1
}

// MarkSeen notes that a grant admits somebody, and returns the record to write; ok is false if that is noted already. The
// record has a condition: where the grant has been revoked or replaced by the time it is written, it is not, and nothing is lost.
func (l *Grants) MarkSeen(userID string, now time.Time) (r msglog.Record, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g, ok := l.by[userID]; !ok || !g.unseen(grantSeenEvery, now) {
		return r, false
	}
	return l.markSeen(userID, now), true
}

// markSeen is MarkSeen of a grant that there is. mu is held.
func (l *Grants) markSeen(userID string, now time.Time) msglog.Record {
	g := l.by[userID]
	g.Seen = wire.Time(now).String()
	l.by[userID] = g
	return grantRecord(userID, g).Expecting(g.value)
}

// All are the grants in force, by user_id.
func (l *Grants) All() map[string]Grant {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return maps.Clone(l.by)
}

// EndUnseen ends the grants that have admitted nobody for GrantAge. Those for whom inside reports true are noted as
// seen now. now is a sure time, so that a clock that jumps ends nothing. The error is the Keeper's.
func (l *Grants) EndUnseen(k msglog.Keeper, inside func(userID string) bool, now time.Time) (ended int, err error) {
	here := l.All()
	maps.DeleteFunc(here, func(userID string, g Grant) bool { return !g.unseen(grantSeenEvery, now) || !inside(userID) })
	if err := l.markAllSeen(k, here, now); err != nil {
		return 0, err
	}
	list, err := l.Revoke(k, func(_ string, g Grant) bool { return g.unseen(GrantAge, now) })
	return len(list), err
}

// markAllSeen notes that these are here, as one change: it is tried again where one of them was changed in the meantime.
func (l *Grants) markAllSeen(k msglog.Keeper, here map[string]Grant, now time.Time) (err error) {
	for range msglog.MaxTries {
		var records []msglog.Record
		l.mu.Lock()
		for userID := range here {
			if _, still := l.by[userID]; still {
				records = append(records, l.markSeen(userID, now))
			}
		}
		l.mu.Unlock()
		if len(records) == 0 {
			return nil
		}
		if err = k.Keep(records...); !errors.Is(err, msglog.ErrCondition) {
			return err
		}
	}
	return err
}

// grantRecord is a grant as it is kept.
func grantRecord(userID string, g Grant) msglog.Record {
	value, err := json.Marshal(g)
	if err != nil {
		value = nil // strings always encode
	}
	return msglog.Record{Kind: recordGrant, Key: userID, Value: value}
}

// EntryOf is the list's entry by which a person was admitted, "" where by none.
func (l *Grants) EntryOf(userID string) string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.by[userID].Entry
}

// Has reports whether a person has a grant.
func (l *Grants) Has(userID string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.by[userID]
	return ok
}

// Add makes grants durable, by user_id, and so puts them in force. Its error is the Keeper's.
func (l *Grants) Add(k msglog.Keeper, grants map[string]Grant) error {
	records := make([]msglog.Record, 0, len(grants))
	for userID, g := range grants {
		records = append(records, grantRecord(userID, g))
	}
	if len(records) == 0 {
		return nil
	}
	return k.Keep(records...)
}

// Revoke ends the grants for which which reports true, at once, and durably when err is nil, and returns whose they were.
func (l *Grants) Revoke(k msglog.Keeper, which func(userID string, g Grant) bool) (whose []string, err error) {
	var records []msglog.Record
	l.mu.Lock()
	for userID, g := range l.by {
		if which(userID, g) {
			delete(l.by, userID)
			l.revoked[userID] = g
			whose = append(whose, userID)
			records = append(records, msglog.Record{Kind: recordGrant, Key: userID})
		}
	}
	l.mu.Unlock()
	if len(records) == 0 {
		return nil, nil
	}
	return whose, k.Keep(records...)
}

// WithoutKnown removes from grants those whose person has one for the same token already, which may name an entry of the
// list, and returns grants.
func (l *Grants) WithoutKnown(grants map[string]Grant) map[string]Grant {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for userID, g := range grants {
		if known, ok := l.by[userID]; ok && subtle.ConstantTimeCompare(known.Token, g.Token) == 1 {
			delete(grants, userID)
		}
	}
	return grants
}
