package settings

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

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
	// Change has the settings that differ from the defaults. The pointers are replaced, never written through.
	Change
}

// Get returns the chosen settings. A name given for this run alone replaces the chosen one.
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

// Load reads settings.json in dir, where changes are written from now on; a missing file is an empty one. A file that
// is not valid JSON is renamed to settings.json.damaged, so that it never keeps the server from starting. Subscribers
// are not called.
func (s *Store) Load(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.path = filepath.Join(dir, "settings.json")
	b, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var v Values
	if json.Unmarshal(b, &v) != nil {
		err = os.Rename(s.path, s.path+".damaged")
		v = Values{}
	}
	s.values = v
	s.apply()
	return err
}

// SetName names the room for this run alone: it is not written, and the next Change of the name replaces it.
func (s *Store) SetName(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessionName = name
}

// Change writes what set makes of the chosen values, applies them, and calls the subscribers where the effective
// settings changed. Where the file cannot be written nothing changes, and the error is wire.ErrSettingNotKept.
func (s *Store) Change(ctx context.Context, set func(*Values)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	before := *s.Effective()
	if err := s.write(set); err != nil {
		s.options.Logger.Error("keep settings", "error", err)
		return wire.SettingNotKept(err)
	}
	if now := *s.Effective(); now != before {
		for _, call := range s.subscribers {
			call(ctx, before, now)
		}
	}
	return nil
}

// write is Change without the subscribers.
func (s *Store) write(set func(*Values)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.current()
	set(&next)
	renamed := next.Name != s.current().Name
	if !renamed {
		next.Name = s.values.Name
	}
	if s.path != "" {
		b, err := json.MarshalIndent(next, "", "\t")
		if err != nil {
			return err
		}
		if err := atomicfile.Write(s.path, append(b, '\n')); err != nil {
			return err
		}
	}
	s.values = next
	if renamed {
		s.sessionName = ""
	}
	s.apply()
	return nil
}
