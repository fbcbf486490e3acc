package wsserver

import (
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
)

// This file is how the operator frees a name and a user_id: of what was theirs, the next who takes them gets nothing.

var (
	// errFreed is of a token that was freed: it is refused for good.
	errFreed = wire.ErrIdentityTaken.Because("The operator has freed that name and identity. Come in as somebody new.")
	// removedFreed is what connections are told that end by it.
	removedFreed = &wire.Error{Code: "removed", Message: "The operator has freed your name. You can come in again as somebody new."}
)

func freedKey(sum []byte) string { return hex.EncodeToString(sum) }

// Free frees a person's name and user_id: their connections end, and the old token is refused for good. Whoever takes
// either later gets nothing of the conversation. Errors: unknown_user, not_allowed for a guest, not_kept.
func (s *Server) Free(ctx context.Context, userID string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	if guest(userID) {
		return wire.ErrNotAllowed.Because("A guest has no name and no identity that could be freed.")
	}
	if len(s.hub.person(userID)) == 0 && !s.ledger.known(userID) && !s.persons.claimed(userID) {
		return wire.ErrUnknownUser
	}
	e := AuditEntry{What: "freed", UserID: userID, Name: s.nameOf(userID)}
	if err := s.persons.free(s.bus, userID, s.log.Last()); err != nil {
		return err
	}
	if err := s.askAnew(userID); err != nil {
		return err
	}
	s.ledger.letGo(userID)
	n := s.endPerson(userID, removedFreed, wire.CloseRemoved)
	s.logger.Info("freed by the operator", "user_id", userID, "connections", n)
	s.note(ctx, e)
	return nil
}

// free makes a user_id nobody's, durably. What was said privately up to last stays between the operator and who it was.
func (p *persons) free(b msglog.Keeper, userID string, last uint64) error {
	p.mu.Lock()
	known, was := p.by[userID]
	delete(p.by, userID)
	p.floors[userID] = max(p.floors[userID], last)
	records := []msglog.Record{{Kind: recordFloor, Key: userID, Value: binary.BigEndian.AppendUint64(nil, last)}}
	keys := p.tokensOffered(userID)
	if was {
		keys = append(keys, freedKey(known.Token))
		records = append(records, msglog.Record{Kind: recordPerson, Key: userID})
	}
	for _, k := range keys {
		p.freed[k] = true
		records = append(records, msglog.Record{Kind: recordFreed, Key: k, Value: []byte("{}")})
	}
	p.mu.Unlock()
	err := b.Keep(records...)
	if err == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range keys {
		delete(p.freed, k)
	}
	if now, again := p.by[userID]; was && (!again || bytes.Equal(now.Token, known.Token)) {
		p.by[userID] = known
	}
	return err
}

// offer notes a token that the server made for userID, and that binds with the next frame: who frees userID meanwhile
// ends that one too.
func (p *persons) offer(userID, token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offered[tokenKey(token)] = userID
}

// settle forgets that a token was offered; "" is none.
func (p *persons) settle(token string) {
	if token == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.offered, tokenKey(token))
}

// tokensOffered are the keys of the tokens that were offered for userID. mu is held.
func (p *persons) tokensOffered(userID string) (keys []string) {
	for k, id := range p.offered {
		if id == userID {
			keys = append(keys, k)
		}
	}
	return keys
}

func tokenKey(token string) string { return freedKey(hashOf(token)) }

func (p *persons) loadFreed(ctx context.Context, log msglog.Log) error {
	p.freed, p.floors, p.offered = map[string]bool{}, map[string]uint64{}, map[string]string{}
	err := log.Records(ctx, recordFreed, func(key string, _ []byte) error {
		p.freed[key] = true
		return nil
	})
	if err != nil {
		return err
	}
	return log.Records(ctx, recordFloor, func(key string, value []byte) error {
		if len(value) != 8 {
			return fmt.Errorf("the record of a freed user_id has %d bytes", len(value))
		}
		p.floors[key] = binary.BigEndian.Uint64(value)
		return nil
	})
}

// check reports whether a hello under userID may go on: with the right token, or where nobody has claimed it.
func (p *persons) check(userID, token string) error {
	sum := hashOf(token)
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.by[userID]
	switch {
	case token != "" && p.freed[freedKey(sum)]:
		return errFreed
	case ok && !bytes.Equal(known.Token, sum): // hashes: their time tells nothing of a token
		return wire.ErrIdentityTaken
	}
	return nil
}

// floor is up to which seq userID's private conversation is not theirs, 0 where all is.
func (p *persons) floor(userID string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.floors[userID]
}

// own is entries without those of a conversation that is not theirs.
func (p *persons) own(userID string, entries []*msglog.Entry) []*msglog.Entry {
	floor := p.floor(userID)
	if floor == 0 {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e *msglog.Entry) bool {
		return e.Audience == msglog.AudiencePrivate && e.Seq <= floor
	})
}
