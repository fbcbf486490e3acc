package auth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is how the sign-ins of several servers that share a log are one: whoever is signed in at one is so at all, and what
// ends at one ends at all. Sessions and the password are records of hashes. A key stays with its machine: a record has the print of
// the one that counts, and of those that were renewed, which open nothing anywhere. So machines are given the same key. One whose
// key was renewed at another takes the new one, by its print.

// Kinds of record: a session by its ID, and by their names the key and the password.
const (
	recordSession  = "session"
	recordOperator = "operator"
	keyName        = "key"
	passwordName   = "password"
)

// keyRecord is the print of the room's key, and of those that it has replaced.
type keyRecord struct {
	Print []byte   `json:"print"`
	Ended [][]byte `json:"ended,omitempty"`
}

// mostEnded is how many replaced keys are remembered: of the oldest ones no copy is left, as a rule.
const mostEnded = 100

// passwordRecord is the password as in its file.
type passwordRecord struct {
	Hash string `json:"hash"`
	Off  string `json:"off,omitempty"`
}

// sessionRecord is a session with the print of the key that it belongs to.
type sessionRecord struct {
	Session
	Print []byte `json:"print"`
}

// Kinds are the kinds of record that Put takes.
func (s *Secrets) Kinds() []string { return []string{recordSession, recordOperator} }

// Put takes a session, the key's print or the password as it is in the log: from then on it holds, or has ended. What was begun with
// what has ended goes on until DropEnded. Where the log is this server's own it does nothing: there these are in files.
func (s *Secrets) Put(r msglog.Record) error {
	if !s.Sessions.isShared() {
		return nil
	}
	return s.take(r)
}

// take is Put, wherever the records are from.
func (s *Secrets) take(r msglog.Record) error {
	switch {
	case r.Kind == recordSession:
		return s.Sessions.put(r)
	case r.Key == keyName:
		err := s.Key.put(r)
		s.Sessions.belongTo(s.Key.Fingerprint())
		return err
	case r.Key == passwordName:
		changed, err := s.Password.put(r)
		if changed {
			s.Sessions.dropUnwritten(ByPassword)
		}
		return err
	}
	return nil
}

// LoadLog reads what a log has of them. On one that several servers share that holds in place of what is in files; on one that is
// this server's own, it was left by a time when it was not, and goes to the files. It blocks for the disk.
func (s *Secrets) LoadLog(ctx context.Context, log msglog.Log, k msglog.Keeper) error {
	var records []msglog.Record
	for _, kind := range s.Kinds() {
		err := msglog.LoadRecords(ctx, log, kind, func(r msglog.Record) error { records = append(records, r); return nil })
		if err != nil {
			return err
		}
	}
	s.left = nil
	if !log.Shared() {
		k = nil
	}
	s.Sessions.share(k)
	s.Password.share(k)
	inLog := slices.ContainsFunc(records, func(r msglog.Record) bool { return r.Kind == recordOperator && r.Key == keyName })
	if !inLog {
		return nil
	}
	s.Sessions.forget()
	s.Password.forget()
	for _, r := range records {
		if err := s.take(r); err != nil {
			return err
		}
	}
	if log.Shared() {
		return nil
	}
	for _, r := range records {
		s.left = append(s.left, msglog.Record{Kind: r.Kind, Key: r.Key})
	}
	return s.backToFiles()
}

// backToFiles writes to the files what was in the log. A key that was renewed elsewhere is not used again. It blocks for the disk.
func (s *Secrets) backToFiles() error {
	s.Sessions.DropEnded()
	if s.Key.Ended() {
		if err := s.Key.Renew(nil); err != nil {
			return err
		}
	}
	s.Key.unshare()
	s.Sessions.belongTo(s.Key.Fingerprint())
	return errors.Join(s.Password.writeNow(), s.Sessions.Flush())
}

// Moving are the records that are to be written at a start, once LoadLog was called: those that make what is in files the room's,
// unless another server was faster; or the end of such records.
func (s *Secrets) Moving() (records []msglog.Record) {
	if !s.Sessions.isShared() {
		return s.left
	}
	key, isFirst := s.Key.record()
	if key == nil {
		return nil
	}
	records = []msglog.Record{*key}
	if isFirst {
		records = append(records, s.Password.records()...)
		records = append(records, s.Sessions.records()...)
	}
	return records
}

// RenewKey replaces the key by a random one, and ends all sessions but one, by its ID, which belongs to the new key. Where several
// servers share the log, this holds for all of them. Where it cannot be written nothing changes; the error says why.
func (s *Secrets) RenewKey(but string) error {
	if !s.Sessions.isShared() {
		if err := s.Key.Renew(nil); err != nil {
			return err
		}
		return s.Sessions.EndOthers(s.Key.Fingerprint(), but)
	}
	return s.Key.Renew(func(next []byte) error {
		key, err := s.Key.renewed(next)
		if err != nil {
			return err
		}
		return s.Sessions.keepOther(key, next, but)
	})
}

// printOf identifies a key without revealing it.
func printOf(key string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("belfry sessions"))
	return mac.Sum(nil)
}

// record is the password as it is in the log: without one it says so, since it is changed under conditions.
func (p passwordRecord) record() msglog.Record {
	value, err := json.Marshal(p)
	if err != nil {
		value = nil // texts always encode
	}
	return msglog.Record{Kind: recordOperator, Key: passwordName, Value: value}
}

// share has the password kept in a log; nil: in the file alone.
func (p *Password) share(k msglog.Keeper) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keeper, p.value = k, nil
}

// forget removes it, before that of a log is put.
func (p *Password) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hash, p.off = "", ""
}

// put takes the password of a log, and reports whether it is another one.
func (p *Password) put(r msglog.Record) (changed bool, err error) {
	var kept passwordRecord
	if !r.Erased() {
		if kept, err = msglog.Decode[passwordRecord](r); err != nil {
			return false, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	changed = p.hash != kept.Hash
	p.hash, p.off, p.value = kept.Hash, kept.Off, r.Value
	return changed, nil
}

// records is the password of the file, for the log.
func (p *Password) records() []msglog.Record {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hash == "" {
		return nil
	}
	return []msglog.Record{passwordRecord{p.hash, p.off}.record()}
}

// writeNow writes the file. It blocks for the disk.
func (p *Password) writeNow() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writeFile(p.hash, p.off)
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
