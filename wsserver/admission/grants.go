package admission

import (
	"context"
	"crypto/subtle"
	"encoding/json"
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
	// Entry of the list by which they were admitted, "" where by none.
	Entry string `json:"entry,omitempty"`
}

// NewGrant is a grant from now on, for the token of this hash (identity.HashToken).
func NewGrant(tokenHash []byte, entry string) Grant {
	return Grant{Token: tokenHash, Since: wire.Time(time.Now()).String(), Entry: entry}
}

// Grants are those in force, by user_id. The zero value is empty; Load it before use.
type Grants struct {
	mu sync.RWMutex
	by map[string]Grant
}

// Load reads what the log keeps. It may block for a disk.
func (l *Grants) Load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by = map[string]Grant{}
	return msglog.Load(ctx, log, recordGrant, func(userID string, g Grant) { l.by[userID] = g })
}

// Find is the grant of a person that shows its token, false where there is none.
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

// Add makes grants durable, by user_id, then puts them in force. Its error is the Keeper's.
func (l *Grants) Add(k msglog.Keeper, grants map[string]Grant) error {
	records := make([]msglog.Record, 0, len(grants))
	for userID, g := range grants {
		value, err := json.Marshal(g)
		if err != nil {
			return err
		}
		records = append(records, msglog.Record{Kind: recordGrant, Key: userID, Value: value})
	}
	if len(records) == 0 {
		return nil
	}
	if err := k.Keep(records...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for userID, g := range grants {
		l.by[userID] = g
	}
	return nil
}

// Revoke ends the grants for which which reports true: at once, and durably when it returns nil.
func (l *Grants) Revoke(k msglog.Keeper, which func(userID string, g Grant) bool) error {
	var records []msglog.Record
	l.mu.Lock()
	for userID, g := range l.by {
		if which(userID, g) {
			delete(l.by, userID)
			records = append(records, msglog.Record{Kind: recordGrant, Key: userID})
		}
	}
	l.mu.Unlock()
	if len(records) == 0 {
		return nil
	}
	return k.Keep(records...)
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
