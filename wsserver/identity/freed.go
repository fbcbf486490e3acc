package identity

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file frees user_ids: they are retired, and their tokens refused for good. So nobody else gets anything of their
// private conversations, nor of what the operator still writes to the old row. What is remembered of it grows with what the
// operator frees, and with nothing else.

var errFreed = wire.ErrIdentityTaken.WithMessage("The operator has released that name and identity. Join as a new person.")

// Free retires a user_id, durably: nobody can claim or use it again. Its token is refused for good, and those that
// connections were offered for it. last is the log's newest seq. Where another server of the same log has changed the claim in
// the meantime, it is read again, so that no claim outlives this. Its error is the Keeper's. The caller holds the user_id's lock.
func (s *Store) Free(k msglog.Keeper, userID string, last uint64) error {
	return msglog.Try(func() error { return k.Keep(s.freeing(userID, last)...) })
}

// freeing is the records of Free, as the claim is now.
func (s *Store) freeing(userID string, last uint64) []msglog.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	freed := s.offersFor(userID)
	claim := msglog.Absent(recordPerson, userID)
	if known, claimed := s.claimed[userID]; claimed {
		freed = append(freed, freedKey(known.Token))
		claim = claim.Expecting(known.value)
	}
	records := []msglog.Record{claim, {Kind: recordFloor, Key: userID, Value: binary.BigEndian.AppendUint64(nil, last)}}
	for _, key := range freed {
		records = append(records, msglog.Record{Kind: recordFreed, Key: key, Value: []byte("{}")})
	}
	return records
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
	return max(s.claimed[userID].Floor, s.freedAt[userID])
}

// Retired reports whether a user_id was freed, so that nobody can be it again.
func (s *Store) Retired(userID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.retired(userID)
}

// retired is Retired. mu is held.
func (s *Store) retired(userID string) bool {
	_, freed := s.freedAt[userID]
	_, claimed := s.claimed[userID]
	return freed && !claimed
}

// WasFreedAfter reports whether the person that a user_id was at seq is another than it is now: it was freed since.
func (s *Store) WasFreedAfter(userID string, seq uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, freed := s.freedAt[userID]
	return freed && (s.retired(userID) || seq <= at)
}

// putFloor is Put of where somebody was freed. mu is held.
func (s *Store) putFloor(r msglog.Record) error {
	if len(r.Value) != 8 {
		return fmt.Errorf("it has %d bytes", len(r.Value))
	}
	s.freedAt[r.Key] = max(s.freedAt[r.Key], binary.BigEndian.Uint64(r.Value))
	return nil
}
