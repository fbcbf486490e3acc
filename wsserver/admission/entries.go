package admission

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// This file is how entries of the list are made, changed and removed: one change after another, each durable before it is
// seen.

// EntryCode is a name and its personal code, which is shown this once.
type EntryCode struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code"`
}

var errNotListed = wire.ErrUnknownUser.WithMessage("That name is no longer on the list.")

// Add puts a name on the list. Errors: bad_frame, too_large, name_refused, identity_taken if a name on the list reads
// the same, and the Keeper's.
func (l *List) Add(k msglog.Keeper, name string) (EntryCode, error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	for range msglog.MaxTries {
		as := l.revision()
		clean, err := l.check(name, 0)
		if err != nil {
			return EntryCode{}, err
		}
		e, code := newEntry(clean)
		if _, err := l.add(k, as, e.record()); !errors.Is(err, msglog.ErrCondition) {
			return code, err
		}
	}
	return EntryCode{}, wire.ErrNotKept
}

// recordNames is the kind of record of the revision of the names: where several servers share a log, whoever adds some expects
// the one as of which they were checked.
const recordNames = "list_names"

// revision is that of the names, before they are looked at.
func (l *List) revision() []byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.rev
}

// add keeps records of new entries as one change, which were checked as of a revision, and returns the next one. Its error is
// ErrCondition where another server has added some since. changing is held.
func (l *List) add(k msglog.Keeper, as []byte, records ...msglog.Record) (next []byte, err error) {
	if l.shared {
		n, _ := strconv.ParseUint(string(as), 10, 64) // it was written here
		next = strconv.AppendUint(nil, n+1, 10)
		records = append(records, msglog.Record{Kind: recordNames, Value: next}.Expecting(as))
	}
	return next, k.Keep(records...)
}

// Renew gives an entry another code; the old one ends. Where the entry is changed in the meantime, it is read again. Errors:
// unknown_user, and the Keeper's.
func (l *List) Renew(k msglog.Keeper, id string) (EntryCode, error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	for range msglog.MaxTries {
		e, ok := l.Get(id)
		if !ok {
			return EntryCode{}, errNotListed
		}
		e, code := e.withCode()
		if err := k.Keep(e.record().Expecting(e.value)); !errors.Is(err, msglog.ErrCondition) {
			return code, err
		}
	}
	return EntryCode{}, wire.ErrNotKept
}

// Remove removes an entry from the list, and returns it. Errors: unknown_user, and the Keeper's.
func (l *List) Remove(k msglog.Keeper, id string) (Entry, error) {
	l.changing.Lock()
	defer l.changing.Unlock()
	e, ok := l.Get(id)
	if !ok {
		return e, errNotListed
	}
	return e, k.Keep(msglog.Record{Kind: recordEntry, Key: id})
}

// MarkUsed notes that an entry's code was used, and returns the record to write; ok is false if there is no such entry. The
// record has a condition: where the entry has been renewed or removed by the time it is written, it is not.
func (l *List) MarkUsed(id string, now time.Time) (r msglog.Record, ok bool) {
	if _, ok := l.Get(id); !ok {
		return r, false
	}
	l.changing.Lock()
	defer l.changing.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock() // over both: what the log has applied in between would be overwritten by what was there before
	e, ok := l.by[id]
	if !ok {
		return r, false
	}
	e.Used = wire.Time(now).String()
	l.put(e)
	return e.record().Expecting(e.value), true
}

// check is a name as the list takes it, beside adding others. changing is held.
func (l *List) check(name string, adding int) (string, error) {
	clean, err := names.Check(name)
	switch {
	case err != nil:
		return "", err
	case clean == "":
		return "", wire.ErrBadFrame.WithMessage("A name needs a letter, a digit or an emoji.")
	case l.holds(clean):
		return "", &wire.Error{Code: wire.ErrIdentityTaken.Code, Field: "name", Message: "A name that looks the same is already on the list."}
	case l.size()+adding >= maxEntries:
		return "", wire.ErrTooLarge.WithMessage("The list can have at most 10,000 names.")
	}
	return clean, nil
}

// newEntry is an entry for a name, with its code.
func newEntry(name string) (Entry, EntryCode) { return blankEntry(name).withCode() }

// blankEntry is an entry for a name, without a code.
func blankEntry(name string) Entry {
	id := strings.ToLower(rand.Text()[:16])
	return Entry{ListEntry: ListEntry{ID: id, Name: name, Made: wire.Time(time.Now()).String()}}
}

// withCode is the entry with a new code.
func (e Entry) withCode() (Entry, EntryCode) {
	code := newPersonal()
	sum := sha256.Sum256([]byte(cleanPersonal(code)))
	e.Code = sum[:]
	return e, EntryCode{e.ID, e.Name, code}
}
