package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"regexp"
	"sync"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

const (
	// recordPerson is the kind of record that a claimed user_id is kept in.
	recordPerson = "person"
	// recordFreed is of tokens that are refused for good, by their hash; recordFloor of user_ids that were freed.
	recordFreed = "freed"
	recordFloor = "floor"
)

// person is what is known of a claimed user_id. Of the token only a hash is kept.
type person struct {
	Token []byte `json:"token"` // SHA-256: tokens are random and long
}

// persons are the claimed user_ids.
type Store struct {
	mu      sync.Mutex
	claimed map[string]person
	// freed are the hashes of tokens that are refused for good, floors up to which seq the private conversation of a
	// user_id was that of somebody who was freed.
	freed        map[string]bool
	privateSince map[string]uint64
	// offered are the tokens, by their hash, that connections were given and have not bound yet: for which user_id.
	offered map[string]string
}

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

func ValidToken(token string) bool { return tokenForm.MatchString(token) }

// hashOf is what is kept of a token.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func (p *Store) Load(ctx context.Context, log msglog.Log) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claimed = map[string]person{}
	err := msglog.Load(ctx, log, recordPerson, func(key string, v person) { p.claimed[key] = v })
	if err != nil {
		return err
	}
	return p.loadFreed(ctx, log)
}

func (p *Store) Claimed(userID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.claimed[userID]
	return ok
}

// claim makes token the one of userID, durably, where nobody has claimed it; else it checks the token.
// ErrIdentityTaken where it is another's.
func (p *Store) Claim(b msglog.Keeper, userID, token string) error {
	sum := HashToken(token)
	p.mu.Lock()
	known, ok := p.claimed[userID]
	if p.freed[freedKey(sum)] {
		p.mu.Unlock()
		return errFreed
	}
	if !ok {
		p.claimed[userID] = person{Token: sum} // before the commit, so that nobody else claims it meanwhile
	}
	p.mu.Unlock()
	if ok {
		if subtle.ConstantTimeCompare(known.Token, sum) != 1 {
			return wire.ErrIdentityTaken
		}
		return nil
	}
	value, err := json.Marshal(person{Token: sum})
	if err == nil {
		err = b.Keep(msglog.Record{Kind: recordPerson, Key: userID, Value: value})
	}
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.claimed, userID)
	}
	return err
}

// tokenOf is the hash of a claimed user_id's token, nil where nobody has claimed it.
func (p *Store) TokenHash(userID string) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.claimed[userID].Token
}
