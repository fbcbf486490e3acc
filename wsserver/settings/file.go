package settings

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"belfry/wsserver/internal/atomicfile"
)

// settings is what the operator has chosen, kept in the data folder.
type Values struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"` // an Address.Host; "": the default route's
	Addr    string `json:"addr,omitempty"`    // where to listen; "": the default
	// How people come in, "": open. Code is the six digits, Secret what the QR code carries.
	Access string `json:"access,omitempty"`
	Code   string `json:"code,omitempty"`
	Secret string `json:"secret,omitempty"`
	// What was chosen otherwise than by default. The pointers are replaced, never written through.
	Change
}

// settingsFile guards settings and writes each change.
type Store struct {
	Mu          sync.Mutex
	path        string // "": kept in memory alone
	Value       Values
	sessionName string // the room's name for this run alone, "" where none was given
}

func (f *Store) Get() Values {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	return f.current()
}

// current is what holds now. mu is held.
func (f *Store) current() Values {
	v := f.Value
	if f.sessionName != "" {
		v.Name = f.sessionName
	}
	return v
}

// load reads the file in dir; one that is not there is empty. What can't be read as settings is put aside, so that
// a damaged file never keeps the room shut.
func (f *Store) Load(dir string) error {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.path = filepath.Join(dir, "settings.json")
	b, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if json.Unmarshal(b, &f.Value) != nil {
		f.Value = Values{}
		return os.Rename(f.path, f.path+".damaged")
	}
	return nil
}

// setName names the room for this run alone.
func (f *Store) SetName(name string) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.sessionName = name
}

func (f *Store) Change(set func(*Values)) error {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	next := f.current()
	set(&next)
	renamed := next.Name != f.current().Name
	if !renamed {
		next.Name = f.Value.Name
	}
	if f.path != "" {
		b, err := json.MarshalIndent(next, "", "\t")
		if err != nil {
			return err
		}
		if err := atomicfile.Write(f.path, append(b, '\n')); err != nil {
			return err
		}
	}
	f.Value = next
	if renamed {
		f.sessionName = ""
	}
	return nil
}
