package identity

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

var // errFreed is of a token that was freed: it is refused for good.
errFreed = wire.ErrIdentityTaken.WithMessage("The operator has freed that name and identity. Come in as somebody new.")

func freedKey(sum []byte) string { return hex.EncodeToString(sum) }

// free makes a user_id nobody's, durably. What was said privately up to last stays between the operator and who it was.
func (p *Store) Free(b msglog.Keeper, userID string, last uint64) error {
	p.mu.Lock()
	known, was := p.claimed[userID]
	delete(p.claimed, userID)
	p.privateSince[userID] = max(p.privateSince[userID], last)
	records := []msglog.Record{{Kind: recordFloor, Key: userID, Value: binary.BigEndian.AppendUint64(nil, last)}}
	keys := p.offersFor(userID)
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
	if now, again := p.claimed[userID]; was && (!again || bytes.Equal(now.Token, known.Token)) {
		p.claimed[userID] = known
	}
	return err
}

// offer notes a token that the server made for userID, and that binds with the next frame: who frees userID meanwhile
// ends that one too.
func (p *Store) Offer(userID, token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.offered[tokenKey(token)] = userID
}

// settle forgets that a token was offered; "" is none.
func (p *Store) DropOffer(token string) {
	if token == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.offered, tokenKey(token))
}

// offersFor are the keys of the tokens that were offered for userID. mu is held.
func (p *Store) offersFor(userID string) (keys []string) {
	for k, id := range p.offered {
		if id == userID {
			keys = append(keys, k)
		}
	}
	return keys
}

func tokenKey(token string) string { return freedKey(HashToken(token)) }

func (p *Store) loadFreed(ctx context.Context, log msglog.Log) error {
	p.freed, p.privateSince, p.offered = map[string]bool{}, map[string]uint64{}, map[string]string{}
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
		p.privateSince[key] = binary.BigEndian.Uint64(value)
		return nil
	})
}

// check reports whether a hello under userID may go on: with the right token, or where nobody has claimed it.
func (p *Store) Check(userID, token string) error {
	sum := HashToken(token)
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.claimed[userID]
	switch {
	case token != "" && p.freed[freedKey(sum)]:
		return errFreed
	case ok && !bytes.Equal(known.Token, sum): // hashes: their time tells nothing of a token
		return wire.ErrIdentityTaken
	}
	return nil
}

// floor is up to which seq userID's private conversation is not theirs, 0 where all is.
func (p *Store) PrivateSince(userID string) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.privateSince[userID]
}

// own is entries without those of a conversation that is not theirs.
func (p *Store) FilterOwn(userID string, entries []*msglog.Entry) []*msglog.Entry {
	floor := p.PrivateSince(userID)
	if floor == 0 {
		return entries
	}
	return slices.DeleteFunc(slices.Clone(entries), func(e *msglog.Entry) bool {
		return e.Audience == msglog.AudiencePrivate && e.Seq <= floor
	})
}
