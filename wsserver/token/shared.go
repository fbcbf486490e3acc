package token

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file keeps the tokens in the log where several servers share that: each is a record by its ID, with its hash. The file of each
// machine is a copy then, and where the command line leaves what it makes and removes: the server there puts that into the log. How
// often a token may send is counted at each server.

// recordToken is the kind of record. The one without an ID is the revision of the list: whoever changes it expects the one as of
// which it was looked at.
const (
	recordToken = "token"
	revision    = ""
)

// Kinds are the kinds of record that Put takes.
func (s *Store) Kinds() []string { return []string{recordToken} }

// Put takes a token as it is in the log: it counts from then on, or has ended. One that cannot be read does not count.
func (s *Store) Put(r msglog.Record) error {
	s.mu.Lock()
	if !s.records.IsShared() {
		s.mu.Unlock()
		return nil
	}
	s.records.Put(r)
	list, err := listOf(s.records.All())
	s.mu.Unlock()
	s.adopt(list, nil)
	return err
}

// listOf is the tokens of records. The error says which of them cannot be read.
func listOf(records []msglog.Record) (list []*kept, err error) {
	for _, r := range records {
		some, wrong := read(slices.Concat([]byte(`{"tokens":[`), r.Value, []byte(`]}`)))
		if wrong == nil && (len(some) != 1 || some[0].ID != r.Key) {
			wrong = errors.New("it is not one token of that id")
		}
		if wrong == nil {
			wrong = some[0].check(list)
		}
		if wrong != nil {
			err = errors.Join(err, fmt.Errorf("the token %q in the log: %w", r.Key, wrong))
			continue
		}
		list = append(list, some[0])
	}
	return list, err
}

// LoadLog reads the tokens of a log. On one that several servers share they count in place of those in the file; on one that is this
// server's own, they were left by a time when it was not, and go to the file. It blocks for the disk.
func (s *Store) LoadLog(ctx context.Context, log msglog.Log, k msglog.Keeper) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	in, err := shared.Load(ctx, log, k, recordToken, revision)
	if err != nil {
		return err
	}
	list, wrong := listOf(in.All())
	s.mu.Lock()
	s.records = in
	s.mu.Unlock()
	switch {
	case in.InLog():
	case log.Shared() || !isRooms(s.seen):
		return nil
	default:
		list = s.copies() // they are in the file alone, and it is no copy any more
	}
	if wrong != nil {
		s.logger.Error("some tokens cannot be read, and do not count", "error", wrong)
	}
	s.warnOfOthers(list)
	s.adopt(list, nil)
	if log.Shared() || s.path == "" {
		return nil // Watch writes the copy
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return s.writeCopy()
}

// warnOfOthers says which tokens of the file do not count: they were made while the server did not run, or removed elsewhere then.
func (s *Store) warnOfOthers(list []*kept) {
	for _, t := range s.List() {
		if !slices.ContainsFunc(list, func(k *kept) bool { return k.ID == t.ID }) {
			s.logger.Warn("a token in tokens.json is none of the room's, and does not count: make it while Belfry runs", "name", t.Name)
		}
	}
}

// Moving are the records that are to be written at a start, once LoadLog was called: those that make the tokens of a file the room's,
// unless another server was faster; or, on a log that is this server's own, the end of such records.
func (s *Store) Moving() []msglog.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records.Moving(func() []msglog.Record { return changed(nil, s.list, s.records.Mark()) })
}

// changed is the records that make next of a list of tokens, as of a revision.
func changed(list, next []*kept, rev msglog.Record) []msglog.Record {
	written, ended := shared.Difference(recordsOf(list), recordsOf(next))
	records := append(ended, written...) // first the ends: a new token may have the name of one that ends
	if len(records) == 0 {
		return nil
	}
	n, _ := strconv.ParseUint(string(rev.Value), 10, 64) // it was written here
	now := rev.Value
	rev.Value = strconv.AppendUint(nil, n+1, 10)
	return append(records, rev.Expecting(now))
}

func recordsOf(list []*kept) (records []msglog.Record) {
	for _, k := range list {
		if value, err := json.Marshal(k); err == nil { // texts and numbers always encode
			records = append(records, msglog.Record{Kind: recordToken, Key: k.ID, Value: value})
		}
	}
	return records
}

// IsRooms reports whether the file is a copy of the tokens of a room with several machines: what a program changes in it does not
// count before the server of this machine runs, and would be lost if others change the tokens before.
func (s *Store) IsRooms() bool {
	s.changing.Lock()
	defer s.changing.Unlock()
	return isRooms(s.seen)
}

// isShared reports whether the tokens are in a log that several servers share.
func (s *Store) isShared() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records.IsShared()
}

// updateShared is update where they are: change is given the tokens of the log. changing is held.
func (s *Store) updateShared(change func([]*kept) ([]*kept, error)) error {
	return msglog.Try(func() error {
		s.mu.Lock()
		k, rev, records := s.records.Keeper(), s.records.Mark(), s.records.All()
		s.mu.Unlock()
		list, _ := listOf(records) // what cannot be read stays as it is
		next, err := change(slices.Clone(list))
		if err != nil {
			return err
		}
		if records = changed(list, next, rev); len(records) == 0 {
			return nil
		}
		return k.Keep(records...)
	})
}

// takeInbox puts into the log what another program has changed in the file, whose text is this. Where the file cannot be read, or
// is gone, nothing has changed. changing is held.
func (s *Store) takeInbox(text []byte, list []*kept, unread error) {
	if text == nil && unread == nil {
		s.seen = nil
		return
	}
	was, err := read(s.seen)
	if s.seen == nil {
		was, err = nil, nil
	}
	if err = errors.Join(err, unread); err != nil {
		s.logger.Error("tokens.json cannot be read, and is written anew from the log", "error", err)
		s.seen = text
		return
	}
	before := s.List()
	err = s.updateShared(func(now []*kept) ([]*kept, error) {
		in := func(list []*kept, id string) bool {
			return slices.ContainsFunc(list, func(k *kept) bool { return k.ID == id })
		}
		now = slices.DeleteFunc(now, func(k *kept) bool { return in(was, k.ID) && !in(list, k.ID) })
		for _, k := range list {
			if !in(was, k.ID) && k.check(now) == nil {
				now = append(now, k)
			}
		}
		return now, nil
	})
	if errors.Is(err, wire.ErrCutOff) { // that is said once, of the whole machine; it is looked at again
		return
	}
	if err != nil { // it is looked at again
		s.logger.Warn("put into the log which tokens were made or removed", "error", err)
		return
	}
	s.seen = text
	if now := s.List(); !slices.EqualFunc(before, now, func(a, b Token) bool { return a.ID == b.ID }) {
		s.changes = append(s.changes, Change{Before: before, Now: now})
	}
}

// CopyToFile writes the tokens of the log to the file, after another server has changed them. It blocks for the disk, and does nothing
// where there is no such log.
func (s *Store) CopyToFile() {
	s.changing.Lock()
	defer s.changing.Unlock()
	if !s.isShared() {
		return
	}
	if err := s.copyToFile(); err != nil {
		s.logger.Warn("keep a copy of the tokens", "error", err)
	}
}

// copyToFile is CopyToFile. What another program has left in the file is taken first. changing is held.
func (s *Store) copyToFile() error {
	if s.path == "" {
		return nil
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if text, list, err := s.readFile(); err == nil && !bytes.Equal(text, s.seen) {
		s.takeInbox(text, list, nil)
	}
	return s.writeCopy()
}

// writeCopy writes the file where it is not what the tokens are. changing and the file lock are held.
func (s *Store) writeCopy() error {
	b, err := encode(s.copies(), s.isShared())
	if err != nil || bytes.Equal(b, s.seen) {
		return err
	}
	return s.writeText(b)
}
