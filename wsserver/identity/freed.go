package identity

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file frees user_ids: their tokens are refused for good, and their next owners
// get nothing of the old private conversation.

var errFreed = wire.ErrIdentityTaken.WithMessage("The operator has freed that name and identity. Come in as somebody new.")

// Free makes a user_id nobody's, durably: its token is refused for good, and those that connections were offered for it.
// Private messages up to the seq last stay between the operator and the former person. The caller holds the user_id's
// lock.
func (s *Store) Free(k msglog.Keeper, userID string, last uint64) error {
	s.mu.Lock()
	freed := s.offersFor(userID)
	known, claimed := s.claimed[userID]
	s.mu.Unlock()
	records := []msglog.Record{{Kind: recordFloor, Key: userID, Value: binary.BigEndian.AppendUint64(nil, last)}}
	if claimed {
		freed = append(freed, freedKey(known.Token))
		records = append(records, msglog.Record{Kind: recordPerson, Key: userID})
	}
	for _, key := range freed {
		records = append(records, msglog.Record{Kind: recordFreed, Key: key, Value: []byte("{}")})
	}
	if err := k.Keep(records...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.claimed, userID)
	s.privateSince[userID] = max(s.privateSince[userID], last)
	for _, key := range freed {
		s.freed[key] = true
	}
	return nil
}

// Offer notes a token that the server made for userID, and that binds with the client's next frame: freeing userID
// before that ends the token too. The caller holds the user_id's lock.
func (s *Store) Offer(userID, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offered[tokenKey(token)] = userID
}

// DropOffer removes the offer of a token; "" is none.
func (s *Store) DropOffer(token string) {
	if token == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.offered, tokenKey(token))
}

// offersFor are the keys of the tokens that were offered for userID. mu is held.
func (s *Store) offersFor(userID string) (keys []string) {
	for k, id := range s.offered {
		if id == userID {
			keys = append(keys, k)
		}
	}
	return keys
}

// tokenKey is the key of a token that was offered or freed.
func tokenKey(token string) string { return freedKey(HashToken(token)) }

func freedKey(hash []byte) string { return hex.EncodeToString(hash) }

// PrivateSince is the seq up to which userID's private conversation is not theirs, 0 where all of it is.
func (s *Store) PrivateSince(userID string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.privateSince[userID]
}

// FilterOwn is entries without those of a private conversation that is not userID's.
func (s *Store) FilterOwn(userID string, entries []*msglog.Entry) []*msglog.Entry {
	since := s.PrivateSince(userID)
	if since == 0 {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e *msglog.Entry) bool {
		return e.Audience == msglog.AudiencePrivate && e.Seq <= since
	})
}

// loadFreed is Load for the records of this file. mu is held.
func (s *Store) loadFreed(ctx context.Context, log msglog.Log) error {
	err := log.Records(ctx, recordFreed, func(key string, _ []byte) error {
		s.freed[key] = true
		return nil
	})
	if err != nil {
		return err
	}
	return log.Records(ctx, recordFloor, func(userID string, value []byte) error {
		if len(value) != 8 {
			return fmt.Errorf("the record of a freed user_id has %d bytes", len(value))
		}
		s.privateSince[userID] = binary.BigEndian.Uint64(value)
		return nil
	})
}
