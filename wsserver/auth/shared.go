package auth

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/msglog"
)

// This file is how the sign-ins of several servers that share a log are one: whoever is signed in at one is so at all, and what
// ends at one ends at all. Sessions and the password are records of hashes; of a key there is its print (sharedkey.go).

// Kinds of record: a session by its ID, and by their names the key and the password.
const (
	recordSession  = "session"
	recordOperator = "operator"
	keyName        = "key"
	passwordName   = "password"
)

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
	sessions, err := shared.Load(ctx, log, k, recordSession, "")
	if err != nil {
		return err
	}
	operator, err := shared.Load(ctx, log, k, recordOperator, keyName)
	if err != nil {
		return err
	}
	s.left = nil
	s.Sessions.share(sessions)
	s.Password.share(operator.Keeper())
	if !operator.InLog() {
		return nil
	}
	s.Sessions.forget()
	s.Password.forget()
	for _, r := range slices.Concat(sessions.All(), []msglog.Record{operator.Mark()}, operator.All()) {
		if err := s.take(r); err != nil {
			return err
		}
	}
	if operator.IsShared() {
		return nil
	}
	s.left = append(sessions.Ends(), operator.Ends()...)
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
