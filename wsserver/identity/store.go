package identity

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"regexp"
	"sync"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Kinds of record. Freed ones are of tokens that are refused for good, by their hash; floors of user_ids that were
// freed, and that nobody can claim again.
const (
	recordPerson = "person"
	recordFreed  = "freed"
	recordFloor  = "floor"
)

// person is the record of a claimed user_id, with the hash of its token.
type person struct {
	Token []byte `json:"token"` // SHA-256: tokens are random and long
	// Floor is the seq up to which the private conversation was anybody's who said the user_id, and is nobody's now.
	Floor uint64 `json:"floor,omitempty"`
	// Seen is when they were last here, Unix ms; 0 while more is known of them.
	Seen   int64  `json:"seen,omitempty"`
	queued bool   // it is in Store.unseen
	value  []byte // as it is in the log
}

// Store is the claimed user_ids and their tokens. Its zero value is empty; Load it before use.
type Store struct {
	locks locks

	mu      sync.Mutex
	claimed map[string]person // by user_id
	// freed are the hashes of tokens that are refused for good.
	freed map[string]bool
	// freedAt is the newest seq at the time a user_id was freed. It is retired, unless an older version let it be claimed.
	freedAt map[string]uint64
	// unseen are those who left nothing but their claim, about in the order in which they were last seen.
	unseen []unseen
	most   int // how many claims there were since the map was last made anew
	// offered are the tokens, by their hash, that connections were given and have not bound yet: for which user_id.
	offered map[string]string
}

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

// ValidToken reports whether a token is of the form that clients may choose.
func ValidToken(token string) bool { return tokenForm.MatchString(token) }

// HashToken returns the form in which a token is stored: its SHA-256.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Load reads what the log keeps. It may block for a disk.
func (s *Store) Load(ctx context.Context, log msglog.Log) error {
	s.mu.Lock()
	s.unseen = nil
	s.claimed, s.freed, s.freedAt, s.offered = map[string]person{}, map[string]bool{}, map[string]uint64{}, map[string]string{}
	s.mu.Unlock()
	return msglog.Fill(ctx, log, s)
}

// Kinds are the kinds of record that Put takes.
func (s *Store) Kinds() []string { return []string{recordPerson, recordFreed, recordFloor} }

// Put takes a claim, or what was freed, as it is in the log.
func (s *Store) Put(r msglog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Kind {
	case recordFreed:
		s.freed[r.Key] = true // for good
		return nil
	case recordFloor:
		return s.putFloor(r)
	}
	if r.Erased() {
		s.drop(r.Key)
		return nil
	}
	p, err := msglog.Decode[person](r)
	if err != nil {
		return err
	}
	p.value = r.Value
	if known := s.claimed[r.Key]; known.isSame(p) { // what was seen since is on its way to the log
		p.Seen, p.queued = max(p.Seen, known.Seen), known.queued
	}
	s.claimed[r.Key] = p
	return nil
}

// isSame reports whether both are the same claim.
func (p person) isSame(o person) bool { return bytes.Equal(p.Token, o.Token) }

// Claimed reports whether a user_id belongs to somebody.
func (s *Store) Claimed(userID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.claimed[userID]
	return ok
}

// TokenHash is the hash of a claimed user_id's token, nil if nobody has claimed it.
func (s *Store) TokenHash(userID string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[userID].Token
}

// Check reports whether a hello or, without a token, a subscribe under userID may go on: with the right token, or where nobody
// has claimed it. Its error is identity_taken, also for a token or a user_id that was freed.
func (s *Store) Check(userID, token string) error {
	sum := HashToken(token)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.check(userID, token, sum)
}

// check is Check. mu is held.
func (s *Store) check(userID, token string, sum []byte) error {
	known, ok := s.claimed[userID]
	switch {
	case token != "" && s.freed[freedKey(sum)], s.retired(userID):
		return errFreed
	case ok && subtle.ConstantTimeCompare(known.Token, sum) != 1:
		return wire.ErrIdentityTaken
	}
	return nil
}

// Claim durably binds userID to token if nobody has claimed it, here or at another server of the same log; otherwise it checks
// the token, as Check does. The private conversation up to the seq floor does not belong to the claimant. The caller holds the
// user_id's lock, which is this server's alone: of two who claim at once at two servers, one is in the log first.
//
// more are records of the same change, or of one of their own where the user_id is claimed already. Where they are not written,
// since the condition of one does not hold, the error is ErrCondition: the caller makes them anew and tries again.
func (s *Store) Claim(k msglog.Keeper, userID, token string, floor uint64, more ...msglog.Record) error {
	p := person{Token: HashToken(token), Floor: floor}
	s.mu.Lock()
	_, claimed := s.claimed[userID]
	err := s.check(userID, token, p.Token)
	s.mu.Unlock()
	switch {
	case err != nil:
		return err
	case claimed && len(more) > 0:
		return k.Keep(more...)
	case claimed:
		return nil
	}
	value, err := json.Marshal(p)
	if err != nil {
		return err
	}
	claim := msglog.Record{Kind: recordPerson, Key: userID, Value: value}.Expecting(nil)
	err = k.Keep(append([]msglog.Record{claim, msglog.Absent(recordFloor, userID)}, more...)...)
	if !errors.Is(err, msglog.ErrCondition) {
		return err
	}
	if lost := s.lost(userID, token, p.Token, len(more) > 0); lost != nil {
		return lost
	}
	if len(more) > 0 {
		return err
	}
	return nil
}

// lost answers a claim that was refused. The store has followed whoever was first by now; a device of the same person may have
// been. others: it may have been refused for other records of its change.
func (s *Store) lost(userID, token string, sum []byte, others bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, claimed := s.claimed[userID]; !claimed && !others {
		return wire.ErrIdentityTaken // by whom cannot be known
	}
	return s.check(userID, token, sum)
}
