package admission

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// This file is the list: names with personal codes. Of a code only a hash is kept, so that it is shown once. The list is
// kept in the log's records, whatever the way in is.

const (
	RecordListed = "listed"
	// listMost is how many names the list holds.
	MaxEntries = 10_000
)

// ListEntry is a name on the list.
type ListEntry struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Made string `json:"made"`
	// Used is when somebody last came in by its code, "" never.
	Used string `json:"used"`
}

// ListAnswer is the list, by name.
type ListAnswer struct {
	Entries []ListEntry `json:"entries"`
}

// EntryCode is a name and its personal code, which is shown this once.
type EntryCode struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code"`
}

// listed is an entry as it is kept. Code is the hash of its code: codes are random and long.
type Entry struct {
	ListEntry
	Code []byte `json:"code"`
}

// roster is the list in memory.
type List struct {
	Changing sync.Mutex // held while entries are made, renewed or removed, before mu

	Mu    sync.RWMutex
	by    map[string]Entry    // by id
	codes map[[32]byte]string // the ids, by the hash of their code
	keys  map[string]string   // the ids, by what their names look like
}

func (l *List) Load(ctx context.Context, log msglog.Log) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.by, l.codes, l.keys = map[string]Entry{}, map[[32]byte]string{}, map[string]string{}
	return msglog.Load(ctx, log, RecordListed, func(_ string, e Entry) { l.put(e) })
}

// put adds an entry, or replaces it. mu is held.
func (l *List) put(e Entry) {
	l.Drop(e.ID)
	l.by[e.ID] = e
	l.codes[[32]byte(e.Code)] = e.ID
	for _, k := range names.Keys(e.Name) {
		l.keys[k] = e.ID
	}
}

// drop takes an entry out. mu is held.
func (l *List) Drop(id string) {
	e, ok := l.by[id]
	if !ok {
		return
	}
	delete(l.by, id)
	delete(l.codes, [32]byte(e.Code))
	for _, k := range names.Keys(e.Name) {
		if l.keys[k] == id {
			delete(l.keys, k)
		}
	}
}

func (l *List) Get(id string) (Entry, bool) {
	l.Mu.RLock()
	defer l.Mu.RUnlock()
	e, ok := l.by[id]
	return e, ok
}

// ofCode is the entry that a personal code is of.
func (l *List) FindByCode(code string) (Entry, bool) {
	sum := sha256.Sum256([]byte(CleanPersonal(code)))
	l.Mu.RLock()
	defer l.Mu.RUnlock()
	e, ok := l.by[l.codes[sum]]
	return e, ok
}

// ofName is the id of the entry whose name reads the same, "" where there is none.
func (l *List) FindByName(name string) string {
	l.Mu.RLock()
	defer l.Mu.RUnlock()
	for _, k := range names.Keys(name) {
		if id := l.keys[k]; id != "" {
			return id
		}
	}
	return ""
}

func (l *List) Size() int {
	l.Mu.RLock()
	defer l.Mu.RUnlock()
	return len(l.by)
}

func (l *List) All() []ListEntry {
	l.Mu.RLock()
	defer l.Mu.RUnlock()
	list := make([]ListEntry, 0, len(l.by))
	for _, e := range l.by {
		list = append(list, e.ListEntry)
	}
	slices.SortFunc(list, func(a, b ListEntry) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

// add makes entries durable, then shows them, as one change.
func (l *List) Add(b msglog.Keeper, list []Entry) error {
	records := make([]msglog.Record, len(list))
	for i, e := range list {
		records[i] = e.record()
	}
	if err := b.Keep(records...); err != nil {
		return err
	}
	l.Mu.Lock()
	defer l.Mu.Unlock()
	for _, e := range list {
		l.put(e)
	}
	return nil
}

// use notes that somebody came in by an entry's code, and returns what is to be written of it; ok is false where there is
// no such entry.
func (l *List) MarkUsed(id string, now time.Time) (r msglog.Record, ok bool) {
	l.Changing.Lock()
	defer l.Changing.Unlock()
	e, ok := l.Get(id)
	if !ok {
		return r, false
	}
	e.Used = wire.Time(now).String()
	l.Mu.Lock()
	l.put(e)
	l.Mu.Unlock()
	return e.record(), true
}

func (e Entry) record() msglog.Record {
	value, err := json.Marshal(e)
	if err != nil {
		value = nil // strings always encode
	}
	return msglog.Record{Kind: RecordListed, Key: e.ID, Value: value}
}

// newEntry is an entry for a name, with its code.
func NewEntry(name string) (Entry, EntryCode) {
	id := strings.ToLower(rand.Text()[:16])
	e := Entry{ListEntry: ListEntry{ID: id, Name: name, Made: wire.Time(time.Now()).String()}}
	return e.WithCode()
}

// withCode gives an entry a new code.
func (e Entry) WithCode() (Entry, EntryCode) {
	code := NewPersonal()
	sum := sha256.Sum256([]byte(CleanPersonal(code)))
	e.Code = sum[:]
	return e, EntryCode{e.ID, e.Name, code}
}

// personalLetters are those that nobody takes for another: no I, L, O and U.
const PersonalLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newPersonal is a personal code: 80 bits, in groups that can be typed.
func NewPersonal() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails
	var code strings.Builder
	for i, c := range b {
		if i > 0 && i%4 == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(PersonalLetters[c%32])
	}
	return code.String()
}

// cleanPersonal is a personal code as it is hashed, however it was typed.
func CleanPersonal(code string) string {
	return strings.Map(func(r rune) rune {
		switch r = upper(r); r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		if strings.ContainsRune(PersonalLetters, r) {
			return r
		}
		return -1
	}, names.TypedCode(code))
}

func upper(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}
