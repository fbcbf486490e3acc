package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is the key where several servers share the log. A key stays with its machine: a record has the print of the one that
// counts, and of those that were renewed, which open nothing anywhere. So machines are given the same key. One whose key was renewed
// at another takes the new one, by its print.

// keyRecord is the print of the room's key, and of those that it has replaced.
type keyRecord struct {
	Print []byte   `json:"print"`
	Ended [][]byte `json:"ended,omitempty"`
}

// mostEnded is how many replaced keys are remembered: of the oldest ones no copy is left, as a rule.
const mostEnded = 100

// printOf identifies a key without revealing it.
func printOf(key string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("belfry sessions"))
	return mac.Sum(nil)
}

// sharedKey is what a Key has of the log.
type sharedKey struct {
	keyRecord
	value []byte // as it is in the log; nil: it is not there
	since string // since when the machine has another key than the room, RFC 3339; "": it has the same, or the operator has read so
}

func (k *Key) put(r msglog.Record) (err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.print()
	k.shared.keyRecord, k.shared.value = keyRecord{}, r.Value
	if !r.Erased() {
		k.shared.keyRecord, err = msglog.Decode[keyRecord](r)
	}
	if !bytes.Equal(before, k.print()) {
		k.endWork()
	}
	switch differs := len(k.shared.Print) > 0 && !bytes.Equal(printOf(k.token), k.shared.Print); {
	case !differs:
		k.shared.since = ""
	case k.shared.since == "":
		k.shared.since = wire.Time(time.Now()).String()
	}
	return err
}

// print is that of the key that opens: this machine's own, or the room's where that was renewed elsewhere. mu is held.
func (k *Key) print() []byte {
	own := printOf(k.token)
	if k.ended(own) {
		return k.shared.Print
	}
	return own
}

func (k *Key) ended(own []byte) bool {
	return slices.ContainsFunc(k.shared.Ended, func(p []byte) bool { return bytes.Equal(p, own) })
}

// Ended reports whether the machine's own key was renewed at another machine, so that it opens nothing.
func (k *Key) Ended() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ended(printOf(k.token))
}

func (k *Key) unshare() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shared = sharedKey{}
}

// record makes this machine's key the room's; nil: it is, or has ended. isFirst: there was none.
func (k *Key) record() (r *msglog.Record, isFirst bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	own := printOf(k.token)
	if k.ended(own) || bytes.Equal(own, k.shared.Print) {
		return nil, false
	}
	value, err := json.Marshal(keyRecord{own, k.shared.Ended})
	if err != nil {
		return nil, false // bytes always encode
	}
	return new(msglog.Record{Kind: recordOperator, Key: keyName, Value: value}.Expecting(k.shared.value)), k.shared.value == nil
}

// renewed is the record of a new key, after which this machine's own, and the room's, have ended.
func (k *Key) renewed(next []byte) (msglog.Record, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ended := append(slices.Clone(k.shared.Ended), printOf(k.token))
	if len(k.shared.Print) > 0 && !bytes.Equal(k.shared.Print, printOf(k.token)) {
		ended = append(ended, k.shared.Print)
	}
	value, err := json.Marshal(keyRecord{next, ended[max(0, len(ended)-mostEnded):]})
	return msglog.Record{Kind: recordOperator, Key: keyName, Value: value}.Expecting(k.shared.value), err
}

// Differs is a sentence where the machine's key is not the room's, and since when that is known; "" where it is, or the operator
// has read it.
func (k *Key) Differs() (sentence, since string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.shared.since == "":
		return "", ""
	case k.ended(printOf(k.token)):
		return "The operator's key was changed at another machine, and the one that is kept on this machine opens nothing any more. Give this machine the new one.", k.shared.since
	}
	return "This machine has another operator's key than another one of this room, so whoever signs in here with it is not signed in there. Give all machines the same key.", k.shared.since
}

// LookedAt notes that the operator has read that, and reports whether there was anything to be read.
func (k *Key) LookedAt() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.shared.since != ""
	k.shared.since = ""
	return was
}
