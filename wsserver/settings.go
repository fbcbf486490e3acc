package wsserver

import (
	nm "belfry/wsserver/names"
	"belfry/wsserver/wire"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// settings is what the operator has chosen, kept in the data folder.
type settings struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"` // an Address.Host; "": the default route's
	Addr    string `json:"addr,omitempty"`    // where to listen; "": the default
	// How people come in, "": open. Code is the six digits, Secret what the QR code carries.
	Access string `json:"access,omitempty"`
	Code   string `json:"code,omitempty"`
	Secret string `json:"secret,omitempty"`
	// What was chosen otherwise than by default. The pointers are replaced, never written through.
	SettingsChange
}

// settingsFile guards settings and writes each change.
type settingsFile struct {
	mu    sync.Mutex
	path  string // "": kept in memory alone
	value settings
	named string // the room's name for this run alone, "" where none was given
}

func (f *settingsFile) get() settings {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shown()
}

// shown is what holds now. mu is held.
func (f *settingsFile) shown() settings {
	v := f.value
	if f.named != "" {
		v.Name = f.named
	}
	return v
}

// load reads the file in dir; one that is not there is empty. What can't be read as settings is put aside, so that
// a damaged file never keeps the room shut.
func (f *settingsFile) load(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.path = filepath.Join(dir, "settings.json")
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if json.Unmarshal(b, &f.value) != nil {
		f.value = settings{}
		return os.Rename(f.path, f.path+".damaged")
	}
	return nil
}

// setName names the room for this run alone.
func (f *settingsFile) setName(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.named = name
}

func (f *settingsFile) change(set func(*settings)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	next := f.shown()
	set(&next)
	renamed := next.Name != f.shown().Name
	if !renamed {
		next.Name = f.value.Name
	}
	if f.path != "" {
		b, err := json.MarshalIndent(next, "", "\t")
		if err != nil {
			return err
		}
		if err := writeFile(f.path, append(b, '\n')); err != nil {
			return err
		}
	}
	f.value = next
	if renamed {
		f.named = ""
	}
	return nil
}

// SetName changes what the room is called. Errors: too_large, or why the settings could not be kept.
func (s *Server) SetName(ctx context.Context, name string) error {
	clean, err := nm.CleanLabel(name)
	if err != nil {
		return err
	}
	return s.choose(ctx, "name", s.settings.get().Name, clean, func(v *settings) { v.Name = clean })
}

// SetAddress chooses the address shown: an Address.Host, or "" for the default route's.
func (s *Server) SetAddress(ctx context.Context, host string) error {
	return s.choose(ctx, "address", s.settings.get().Address, host, func(v *settings) { v.Address = host })
}

// choose is change, noted in the audit list.
func (s *Server) choose(ctx context.Context, name, before, after string, set func(*settings)) error {
	err := s.change(set)
	if err == nil && before != after {
		s.note(ctx, AuditEntry{What: "setting", Setting: name, Before: before, After: after})
	}
	return err
}

func (s *Server) change(set func(*settings)) error {
	if err := s.settings.change(set); err != nil {
		s.logger.Error("keep settings", "error", err)
		return wire.ErrSettingNotKept
	}
	s.settle()
	s.events.raise(&s.events.settingsRev)
	s.events.stateChanged()
	return nil
}

// writeFile replaces a file as a whole: a crash leaves the old or the new one.
func writeFile(name string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
