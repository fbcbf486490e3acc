package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/wire"
)

// This file keeps what the operator has chosen in settings.json of the data folder.

// Values are the settings that the operator chose, as in settings.json.
type Values struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"` // the host of the address shown; "": the default route's
	Addr    string `json:"addr,omitempty"`    // where to listen; "": the default
	// Access is the access mode, "": open. Code is the six digits, Secret what the QR code carries.
	Access string `json:"access,omitempty"`
	Code   string `json:"code,omitempty"`
	Secret string `json:"secret,omitempty"`
	// Unreadable are the names of what could not be read in the file, and has a safe value since.
	Unreadable []string `json:"unreadable,omitempty"`
	// Change has the settings that differ from the defaults. The pointers are replaced, never written through.
	Change
}

// Get returns the chosen settings. A name given for this run only replaces the chosen one.
func (s *Store) Get() Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current()
}

// current is Get; mu is held.
func (s *Store) current() Values {
	v := s.values
	if s.sessionName != "" {
		v.Name = s.sessionName
	}
	return v
}

// Load reads settings.json in dir, where changes are written from now on; without such a file nothing is chosen. What
// cannot be read gets its safe value and is Unreadable, and the old file is kept next to the new one, as
// settings.json.damaged or with a number after that. An error means that this could not be done. Subscribers are not
// called.
func (s *Store) Load(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.path = filepath.Join(dir, fileName)
	b, err := os.ReadFile(s.path)
	s.missing = errors.Is(err, fs.ErrNotExist)
	if s.missing && !atomicfile.Exists(s.path+atomicfile.Damaged) {
		return nil
	}
	var v Values
	if err == nil {
		v, err = read(b, s.defaults())
	} else {
		v = allUnreadable(s.defaults())
	}
	s.values, s.told = v, v
	s.apply()
	if len(v.Unreadable) == 0 {
		return nil
	}
	s.options.Logger.Error("settings.json cannot be read in full: safe values hold, and nothing is pruned until the operator confirms them on the dashboard",
		"unreadable", v.Unreadable, "access", v.AccessMode(), "error", err)
	return s.replaceDamaged(v)
}

const fileName = "settings.json"

// replaceDamaged keeps the file that could not be read under a name that is free, and writes v in its place. A file that
// an earlier start wrote has no more to keep. mu is held.
func (s *Store) replaceDamaged(v Values) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	if now, err := os.ReadFile(s.path); err == nil && bytes.Equal(now, b) {
		return nil
	}
	s.missing = false
	if atomicfile.Exists(s.path) {
		aside, err := atomicfile.SetAside(s.path)
		if err != nil {
			return err
		}
		s.options.Logger.Warn("the damaged settings are kept", "file", aside)
	}
	return atomicfile.Write(s.path, b)
}

// encode is the text of the settings' file.
func encode(v Values) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "\t")
	return append(b, '\n'), err
}

// Missing says, after Load, that there is no settings.json though the log knows that there was one, in which access was
// the access mode: safe values hold until the operator confirms them. It does nothing where there is one. Subscribers are
// not called.
func (s *Store) Missing(access string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.missing || s.path == "" || len(s.values.Unreadable) > 0 {
		return nil
	}
	v := allUnreadable(s.defaults())
	if access == AccessOpen || access == AccessList {
		v.Access = access
	}
	s.values, s.told = v, v
	s.apply()
	s.options.Logger.Error("settings.json is gone: safe values hold, and nothing is pruned until the operator confirms them on the dashboard",
		"access", v.AccessMode())
	return s.replaceDamaged(v)
}

// HasFile reports whether there is a settings.json: where nothing was ever chosen there is none.
func (s *Store) HasFile() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.path != "" && !s.missing
}

// Unreadable are the settings that could not be read, by name, until the operator confirms or changes them; nil where
// there are none. What holds in their place are safe values.
func (s *Store) Unreadable() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.values.Unreadable)
}

// Confirm makes the safe values the chosen ones. Errors: those of Change.
func (s *Store) Confirm(ctx context.Context) error {
	return s.Change(ctx, func(v *Values) { v.Unreadable = nil })
}

// SetName names the room for this run only: it is not written, and the next Change of the name replaces it.
func (s *Store) SetName(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessionName = name
}

// Change writes what set makes of the chosen values, applies them, and calls the subscribers where the effective
// settings changed. Where the file cannot be written, or the log where several servers share that, nothing changes, and the error
// is wire.ErrSettingNotKept or wire.ErrNotKept.
func (s *Store) Change(ctx context.Context, set func(*Values)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	before, next := s.chosenBy(set)
	if err := s.write(before, next); err != nil {
		s.options.Logger.Error("keep settings", "error", err)
		return err
	}
	s.mu.Lock()
	was, is := s.effectiveOf(before), s.effectiveOf(next)
	s.mu.Unlock()
	if was != is {
		for _, call := range s.chosen {
			call(ctx, was, is)
		}
	}
	s.tell(ctx)
	return nil
}

// chosenBy returns the chosen values, and what set makes of them.
func (s *Store) chosenBy(set func(*Values)) (before, next Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before = s.current()
	next = before
	set(&next)
	next.Unreadable = stillUnreadable(before, next)
	return before, next
}

// stillUnreadable are the names that next does not change: what was chosen again is certain.
func stillUnreadable(before, next Values) (names []string) {
	was, is := fieldsOf(before), fieldsOf(next)
	for _, name := range next.Unreadable {
		if string(was[name]) == string(is[name]) {
			names = append(names, name)
		}
	}
	return names
}

// write is Change without the subscribers. changing is held.
func (s *Store) write(before, next Values) error {
	s.mu.Lock()
	renamed := next.Name != before.Name
	if !renamed {
		next.Name = s.values.Name
		before.Name = next.Name
	}
	if k := s.records.Keeper(); k != nil {
		s.mu.Unlock()
		return s.writeShared(k, before, next, renamed)
	}
	defer s.mu.Unlock()
	if s.path != "" {
		if err := s.writeFile(next); err != nil {
			return wire.SettingNotKept(err)
		}
	}
	s.values = next
	if renamed {
		s.sessionName = ""
	}
	s.apply()
	return nil
}
