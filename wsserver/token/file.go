package token

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/gofrs/flock"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/wire"
)

// This file keeps the tokens in tokens.json. The server and the command line both write it: each change is made to what the
// file has at that moment, under the lock of tokens.lock.

const (
	fileName = "tokens.json"
	lockName = "tokens.lock"
	// maxFile bounds what is read of the file, in bytes.
	maxFile = 8 << 20
	// lockTime is how long a change waits for that of another program.
	lockTime = 5 * time.Second
	// lockPoll is how often it tries.
	lockPoll = 20 * time.Millisecond
)

// kept is a token in the file.
type kept struct {
	ID       string    `json:"id"`
	Hash     []byte    `json:"hash"` // SHA-256 of the secret
	Name     string    `json:"name"`
	Rights             // its Rate is that below
	Rate     *float64  `json:"rate"` // nil: DefaultRate; a token without one in the file is not one without a limit
	Created  time.Time `json:"created"`
	Used     time.Time `json:"used,omitzero"`
	UsedFrom string    `json:"used_from,omitempty"`

	shown time.Time // when a use was last shown
}

func (k *kept) token() Token {
	return Token{ID: k.ID, Name: k.Name, Rights: k.clone(), Created: k.Created, Used: k.Used, UsedFrom: k.UsedFrom}
}

// tokensFile is the file.
type tokensFile struct {
	Tokens []*kept `json:"tokens"`
	// Room: the tokens are in the log of a room with several machines. This is a copy, and what is changed in it counts only once the
	// server of this machine has put it into the log.
	Room bool `json:"room,omitempty"`
}

// isRooms reports whether the text of the file says that it is a copy.
func isRooms(text []byte) bool {
	var f struct{ Room bool }
	return json.Unmarshal(bytes.TrimPrefix(text, bom), &f) == nil && f.Room
}

// bom begins the file of some editors.
var bom = []byte("\xef\xbb\xbf")

// read reads the text of the file. What is not exactly a file of tokens is an error as a whole: a right that is not
// understood might have been a bound.
func read(text []byte) ([]*kept, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, bom)))
	d.DisallowUnknownFields()
	var f *tokensFile
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is not one JSON object")
	}
	if f == nil || len(f.Tokens) > maxTokens {
		return nil, errors.New("it is not a list of tokens")
	}
	for i, k := range f.Tokens {
		if err := k.check(f.Tokens[:i]); err != nil {
			return nil, fmt.Errorf("token %d: %w", i+1, err)
		}
	}
	return f.Tokens, nil
}

// maxUsedFrom is as much as is kept of an address, in bytes.
const maxUsedFrom = 64

// graphic leaves out what a terminal would not print.
func graphic(r rune) rune {
	if unicode.IsGraphic(r) {
		return r
	}
	return -1
}

// check checks a token of the file, and that none before has its ID, hash or name.
func (k *kept) check(before []*kept) (err error) {
	if k == nil || k.ID == "" || len(k.Hash) != sha256.Size {
		return errors.New("it has no id or no hash")
	}
	if name, err := checkName(k.Name); err != nil || name != k.Name {
		return errors.New("its name cannot be a name")
	}
	if k.Rate == nil {
		k.Rate = new(DefaultRate)
	}
	k.Rights.Rate = *k.Rate
	k.UsedFrom = strings.Map(graphic, wire.Clip(k.UsedFrom, maxUsedFrom))
	if k.Rights, err = k.Rights.check(); err != nil {
		return err
	}
	if slices.ContainsFunc(before, func(o *kept) bool {
		return o.ID == k.ID || o.Name == k.Name || bytes.Equal(o.Hash, k.Hash)
	}) {
		return errors.New("another has the same id, name or hash")
	}
	return nil
}

func encode(list []*kept, room bool) ([]byte, error) {
	b, err := json.MarshalIndent(tokensFile{Tokens: append([]*kept{}, list...), Room: room}, "", "\t")
	return append(b, '\n'), err
}

// readFile returns the text of the file, and its tokens. Without a file there are none.
func (s *Store) readFile() (text []byte, list []*kept, err error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	text, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, nil, err
	}
	if len(text) > maxFile {
		return text[:0], nil, errDamaged{errors.New("it is too long")}
	}
	if list, err = read(text); err != nil {
		return text, nil, errDamaged{err}
	}
	return text, list, nil
}

// errDamaged says why the text of the file is none of tokens.
type errDamaged struct{ error }

func isDamaged(err error) bool { return errors.As(err, &errDamaged{}) }

// Load reads tokens.json in dir, where changes are written from now on; dir "" keeps them in memory alone. Where there is no
// such file there are no tokens. A file that is damaged has none either, and is kept beside as tokens.json.damaged, or with a
// number behind that. An error means that the file could not be read or kept: no token counts then.
func (s *Store) Load(dir string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if dir == "" {
		return nil
	}
	s.path = filepath.Join(dir, fileName)
	defer func() { s.changes = nil }() // it is no change to what there was
	if err := s.takeFile(); !isDamaged(err) {
		return err
	}
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.takeFile(); !isDamaged(err) { // another program has written it meanwhile
		return err
	}
	return s.keepAside()
}

// takeFile reads the file, and makes its tokens those that count. changing is held.
func (s *Store) takeFile() error {
	text, list, err := s.readFile()
	s.take(text, list, err)
	return err
}

// lock keeps other programs from a change.
func (s *Store) lock() (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockTime)
	defer cancel()
	l := flock.New(filepath.Join(filepath.Dir(s.path), lockName), flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, lockPoll); err != nil {
		if ctx.Err() != nil {
			err = errors.New("another program is writing the tokens")
		}
		return nil, err
	}
	atomicfile.Give(l.Path(), filepath.Dir(s.path))
	return func() { _ = l.Close() }, nil
}

// update changes the tokens: change is given those of the file, and returns what they become, or why nothing does. Errors:
// not_kept, and those of change.
func (s *Store) update(change func([]*kept) ([]*kept, error)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	var unread error
	if s.path != "" {
		unlock, err := s.lock()
		if err != nil {
			return wire.SettingNotKept(err)
		}
		defer unlock()
		unread = s.takeFile()
	}
	if s.isShared() {
		err := s.updateShared(change)
		if copying := s.writeCopy(); copying != nil { // the log has them
			s.logger.Warn("keep a copy of the tokens", "error", copying)
		}
		return err
	}
	list, err := change(s.copies())
	if err != nil {
		return err
	}
	if unread != nil {
		if err := s.keepAside(); err != nil {
			return wire.SettingNotKept(err)
		}
	}
	return s.write(list)
}

// copies are the tokens with their uses, to be changed and written.
func (s *Store) copies() []*kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*kept, 0, len(s.list)+1)
	for _, k := range s.list {
		list = append(list, new(*k))
	}
	s.dirty = false
	return list
}

// write writes the file where there is one, and makes list the tokens that count. changing and the file lock are held.
func (s *Store) write(list []*kept) error {
	if s.path != "" {
		b, err := encode(list, isRooms(s.seen))
		if err == nil {
			err = s.writeText(b)
		}
		if err != nil {
			s.logger.Error("keep tokens", "error", err)
			return wire.SettingNotKept(err)
		}
	}
	s.adopt(list, nil)
	return nil
}

// writeText writes the file's text. changing and the file lock are held.
func (s *Store) writeText(b []byte) error {
	if s.path == "" {
		return nil
	}
	isNew := !atomicfile.Exists(s.path)
	err := atomicfile.Write(s.path, b)
	if isNew {
		atomicfile.Give(s.path, filepath.Dir(s.path))
	}
	if err == nil {
		s.seen = b
	}
	return err
}

// keepAside gives a file that could not be read a name that is free. changing and the file lock are held.
func (s *Store) keepAside() error {
	aside, err := atomicfile.SetAside(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s.seen = nil
	s.logger.Warn("the tokens that could not be read are kept", "file", aside)
	return nil
}
