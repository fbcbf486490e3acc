package wsserver

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	ident "belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is who was let in: it comes back by its token without being asked, until it is removed, blocked or freed, or
// its name is taken off the list. It is kept in the log's records.

const recordLetIn = "let_in"

// letIn is that somebody was let in. Of the token only a hash is kept.
type letIn struct {
	Token []byte `json:"token"`
	Since string `json:"since"`
	// Entry of the list by which it was, "" where by none.
	Entry string `json:"entry,omitempty"`
}

func newLetIn(token, entry string) letIn {
	return letIn{Token: ident.HashOf(token), Since: wire.WireTime(time.Now()).String(), Entry: entry}
}

// letIns are those in force, by user_id.
type letIns struct {
	mu sync.RWMutex
	by map[string]letIn
}

func (l *letIns) load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.by = map[string]letIn{}
	return log.Records(ctx, recordLetIn, func(key string, value []byte) error {
		var in letIn
		if err := json.Unmarshal(value, &in); err != nil {
			return fmt.Errorf("who was let in: %w", err)
		}
		l.by[key] = in
		return nil
	})
}

// of is how a person was let in that shows this token, false where it was not.
func (l *letIns) of(userID, token string) (letIn, bool) {
	if userID == "" || token == "" {
		return letIn{}, false
	}
	sum := ident.HashOf(token)
	l.mu.RLock()
	defer l.mu.RUnlock()
	in, ok := l.by[userID]
	return in, ok && subtle.ConstantTimeCompare(in.Token, sum) == 1
}

// entryOf is the list's entry by which a person was let in, "" where by none.
func (l *letIns) entryOf(userID string) string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.by[userID].Entry
}

// known reports whether a person was let in.
func (l *letIns) known(userID string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	_, ok := l.by[userID]
	return ok
}

// keep makes it durable that these were let in, then lets it hold.
func (l *letIns) keep(b msglog.Keeper, list map[string]letIn) error {
	records := make([]msglog.Record, 0, len(list))
	for userID, in := range list {
		value, err := json.Marshal(in)
		if err != nil {
			return err
		}
		records = append(records, msglog.Record{Kind: recordLetIn, Key: userID, Value: value})
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
func (l *letIns) revoke(b msglog.Keeper, which func(userID string, in letIn) bool) error {
	var records []msglog.Record
	l.mu.Lock()
	for userID, in := range l.by {
		if which(userID, in) {
			delete(l.by, userID)
			records = append(records, msglog.Record{Kind: recordLetIn, Key: userID})
		}
	}
	l.mu.Unlock()
	if len(records) == 0 {
		return nil
	}
	return b.Keep(records...)
}

// askAnew lets a person in no more without being asked.
func (s *Server) askAnew(userID string) error {
	return s.letIns.revoke(s.bus, func(id string, _ letIn) bool { return id == userID })
}

// recordInside records those who are inside as let in: they come back when the room is not open any more.
func (s *Server) recordInside() error {
	if _, err := s.openLog(); err != nil {
		return nil // nobody is
	}
	list := map[string]letIn{}
	for _, c := range s.hub.all(true, false) {
		who := c.client.who.Load()
		if _, is := list[who.userID]; is || !who.proved {
			continue
		}
		if token := s.persons.TokenOf(who.userID); token != nil {
			list[who.userID] = letIn{Token: token, Since: wire.WireTime(time.Now()).String()}
		}
	}
	return s.letIns.keep(s.bus, s.letIns.unknownOf(list))
}

// unknownOf is list without those that were let in already: by which entry is not forgotten.
func (l *letIns) unknownOf(list map[string]letIn) map[string]letIn {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for userID, in := range list {
		if known, ok := l.by[userID]; ok && subtle.ConstantTimeCompare(known.Token, in.Token) == 1 {
			delete(list, userID)
		}
	}
	return list
}
