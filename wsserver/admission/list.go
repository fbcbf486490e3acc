package admission

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/settings"
)

// recordEntry is the kind of record that an entry of the list is kept in.
const recordEntry = "listed"

// maxEntries is how many names the list holds.
const maxEntries = 10_000

// ListEntry is a name on the list.
type ListEntry struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Made string `json:"made"`
	// Used is when its code was last used, "" never.
	Used string `json:"used"`
}

// ListAnswer is the list, by name. LastImport is null if none can be taken back.
type ListAnswer struct {
	Entries    []ListEntry `json:"entries"`
	LastImport *LastImport `json:"last_import"`
}

// Entry is a ListEntry as it is kept. Code is the SHA-256 of its personal code: codes are random and long. Import is the id of
// the import that made it, "" if it was added by itself.
type Entry struct {
	ListEntry
	Code   []byte `json:"code"`
	Import string `json:"import,omitempty"`
	value  []byte // as it is in the log
}

// List is the names with personal codes that may come in while that is the access mode. It is kept whatever the mode is.
// Its zero value is empty; Load it before use.
type List struct {
	changing sync.Mutex // held while entries are made, renewed, used or removed, before mu

	mu    sync.RWMutex
	by    map[string]Entry    // by id
	codes map[[32]byte]string // the ids, by the hash of their code
	spelt map[string]string   // the ids, by how their names are spelled
	looks map[string][]string // the ids, by the looks of their names
	last  importRecord        // the import that can be undone, zero if none can
	// shared: several servers share the log; rev is then the revision of the names, as it is in the log.
	shared bool
	rev    []byte
}

// Load reads what the log keeps. It may block for a disk.
func (l *List) Load(ctx context.Context, log msglog.Log) error {
	l.mu.Lock()
	l.by, l.codes, l.spelt, l.looks, l.last = map[string]Entry{}, map[[32]byte]string{}, map[string]string{}, map[string][]string{}, importRecord{}
	l.shared, l.rev = log.Shared(), nil
	l.mu.Unlock()
	return msglog.Fill(ctx, log, l)
}

// Kinds are the kinds of record that Put takes.
func (l *List) Kinds() []string { return []string{recordImport, recordEntry, recordNames} }

// Put takes an entry, or the last import, as it is in the log.
func (l *List) Put(r msglog.Record) error {
	switch r.Kind {
	case recordImport:
		return l.putImport(r)
	case recordNames:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.rev = r.Value
		return nil
	}
	var e Entry
	if !r.Erased() {
		var err error
		if e, err = msglog.Decode[Entry](r); err != nil {
			return err
		}
		if e.ID != r.Key || len(e.Code) != sha256.Size {
			return errDamaged
		}
		e.value = r.Value
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Erased() {
		l.drop(r.Key)
	} else {
		l.put(e)
	}
	return nil
}

// putImport is Put of the import that can be taken back; erased: none can.
func (l *List) putImport(r msglog.Record) (err error) {
	var last importRecord
	if !r.Erased() {
		if last, err = msglog.Decode[importRecord](r); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = last
	return nil
}

// put adds an entry, or replaces it. mu is held.
func (l *List) put(e Entry) {
	l.drop(e.ID)
	l.by[e.ID] = e
	l.codes[[32]byte(e.Code)] = e.ID
	for _, k := range names.Spellings(e.Name) {
		l.spelt[k] = e.ID
	}
	for _, k := range names.Keys(e.Name) {
		l.looks[k] = append(l.looks[k], e.ID)
	}
}

// drop removes an entry. mu is held.
func (l *List) drop(id string) {
	e, ok := l.by[id]
	if !ok {
		return
	}
	delete(l.by, id)
	delete(l.codes, [32]byte(e.Code))
	for _, k := range names.Spellings(e.Name) {
		if l.spelt[k] == id {
			delete(l.spelt, k)
		}
	}
	for _, k := range names.Keys(e.Name) {
		if l.looks[k] = slices.DeleteFunc(l.looks[k], func(other string) bool { return other == id }); len(l.looks[k]) == 0 {
			delete(l.looks, k)
		}
	}
}

// Get is the entry of an id.
func (l *List) Get(id string) (Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	e, ok := l.by[id]
	return e, ok
}

// FindByCode is the entry of a personal code, however it was typed.
func (l *List) FindByCode(code string) (Entry, bool) {
	sum := sha256.Sum256([]byte(cleanPersonal(code)))
	l.mu.RLock()
	defer l.mu.RUnlock()
	e, ok := l.by[l.codes[sum]]
	return e, ok
}

// holds reports whether a name is spelled as that of an entry.
func (l *List) holds(name string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.ContainsFunc(names.Spellings(name), func(k string) bool { return l.spelt[k] != "" })
}

// Reserved reports whether a name looks like that of an entry, while the list is the access mode.
func (l *List) Reserved(access, name string) bool {
	if access != settings.AccessList {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.ContainsFunc(names.Keys(name), func(k string) bool { return len(l.looks[k]) > 0 })
}

func (l *List) size() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return len(l.by)
}

// All is every entry, by name.
func (l *List) All() []ListEntry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := make([]ListEntry, 0, len(l.by))
	for _, e := range l.by {
		list = append(list, e.ListEntry)
	}
	slices.SortFunc(list, func(a, b ListEntry) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func (e Entry) record() msglog.Record {
	value, err := json.Marshal(e)
	if err != nil {
		value = nil // strings always encode
	}
	return msglog.Record{Kind: recordEntry, Key: e.ID, Value: value}
}
