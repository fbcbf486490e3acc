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

const recordGrant = "let_in"

// letIn is that somebody was let in. Of the token only a hash is kept.
type Grant struct {
	Token []byte `json:"token"`
	Since string `json:"since"`
	// Entry of the list by which it was, "" where by none.
	Entry string `json:"entry,omitempty"`
}

func NewGrant(token, entry string) Grant {
	return Grant{Token: identity.HashToken(token), Since: wire.Time(time.Now()).String(), Entry: entry}
}

// letIns are those in force, by user_id.
type Grants struct {
	mu sync.RWMutex
	by map[string]Grant
}

func (l *Grants) Load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by = map[string]Grant{}
	return msglog.Load(ctx, log, recordGrant, func(key string, g Grant) { l.by[key] = g })
}

// of is how a person was let in that shows this token, false where it was not.
func (l *Grants) Find(userID, token string) (Grant, bool) {
	if userID == "" || token == "" {
		return Grant{}, false
	}
	sum := identity.HashToken(token)
	l.mu.RLock()
	defer l.mu.RUnlock()
	in, ok := l.by[userID]
	return in, ok && subtle.ConstantTimeCompare(in.Token, sum) == 1
}

// entryOf is the list's entry by which a person was let in, "" where by none.
func (l *Grants) EntryOf(userID string) string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.by[userID].Entry
}

// known reports whether a person was let in.
func (l *Grants) Has(userID string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.by[userID]
	return ok
}

// keep makes it durable that these were let in, then lets it hold.
func (l *Grants) Add(b msglog.Keeper, list map[string]Grant) error {
	records := make([]msglog.Record, 0, len(list))
	for userID, in := range list {
		value, err := json.Marshal(in)
		if err != nil {
			return err
		}
		records = append(records, msglog.Record{Kind: recordGrant, Key: userID, Value: value})
	}
	if len(records) == 0 {
		return nil
	}
	if err := b.Keep(records...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for userID, in := range list {
		l.by[userID] = in
	}
	return nil
}

// revoke ends it for those whom which names: at once, and durably when it returns nil.
func (l *Grants) Revoke(b msglog.Keeper, which func(userID string, in Grant) bool) error {
	var records []msglog.Record
	l.mu.Lock()
	for userID, in := range l.by {
		if which(userID, in) {
			delete(l.by, userID)
			records = append(records, msglog.Record{Kind: recordGrant, Key: userID})
		}
	}
	l.mu.Unlock()
	if len(records) == 0 {
		return nil
	}
	return b.Keep(records...)
}

// unknownOf is list without those that were let in already: by which entry is not forgotten.
func (l *Grants) WithoutKnown(list map[string]Grant) map[string]Grant {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for userID, in := range list {
		if known, ok := l.by[userID]; ok && subtle.ConstantTimeCompare(known.Token, in.Token) == 1 {
			delete(list, userID)
		}
	}
	return list
}
