package webhook

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/wire"
)

// This file keeps the webhooks and their secrets in a file of the data folder, beside the log: what copies the log does not
// copy them.

const (
	fileName = "webhooks.json"
	// maxHooks is how many webhooks there may be.
	maxHooks = 20
	// maxID is how many bytes the id of one may have.
	maxID = 32
)

// keptFile is the file.
type keptFile struct {
	Webhooks []kept `json:"webhooks"`
}

// Load reads the file in a folder, where changes are written from now on; dir "" keeps them in memory. What cannot be read
// is no webhook: the file is kept aside then, and Notice says so.
func (e *Engine) Load(dir string) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hooks, e.path, e.damaged = nil, "", ""
	defer e.noteWanted()
	if dir == "" {
		return nil
	}
	e.path = filepath.Join(dir, fileName)
	b, err := os.ReadFile(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var good bool
	if e.hooks, good = readFile(b); good {
		return nil
	}
	aside, err := atomicfile.SetAside(e.path)
	if err != nil {
		return err
	}
	e.damaged = wire.Time(time.Now()).String()
	e.options.Logger.Error("webhooks.json cannot be read in full: what could not be read is called no more", "kept as", aside)
	return e.writeFile(e.hooks)
}

// readFile reads the file's text; good: all of it could be read.
func readFile(b []byte) (hooks []*hook, good bool) {
	var f keptFile
	if json.Unmarshal(b, &f) != nil {
		return nil, false
	}
	good = true
	for _, k := range f.Webhooks {
		key, err := checkKept(&k)
		if err != nil || len(hooks) == maxHooks || slices.ContainsFunc(hooks, func(o *hook) bool { return o.ID == k.ID }) {
			good = false
			continue
		}
		hooks = append(hooks, newHook(k, key))
	}
	return hooks, good
}

// checkKept looks at one webhook of the file, and returns its key. Its address is looked at again when it is called.
func checkKept(k *kept) (key []byte, err error) {
	if k.ID == "" || len(k.ID) > maxID || k.PausedBy != "" && k.PausedBy != ByOperator && k.PausedBy != ByFailures {
		return nil, errSecret
	}
	if k.URL, err = checkURL(k.URL, func(netip.Addr) bool { return false }); err != nil {
		return nil, err
	}
	if k.Events, err = checkEvents(k.Events); err != nil {
		return nil, err
	}
	return keyOf(k.Secret)
}

// writeFile writes the file. changing is held, or it is a start.
func (e *Engine) writeFile(hooks []*hook) error {
	if e.path == "" {
		return nil
	}
	b, err := encodeFile(hooks)
	if err != nil {
		return err
	}
	return atomicfile.Write(e.path, b)
}

func encodeFile(hooks []*hook) ([]byte, error) {
	f := keptFile{Webhooks: make([]kept, 0, len(hooks))}
	for _, h := range hooks {
		f.Webhooks = append(f.Webhooks, h.kept)
	}
	b, err := json.MarshalIndent(f, "", "\t")
	return append(b, '\n'), err
}
