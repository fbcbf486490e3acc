// Package reserved has the names that belong to somebody, where several servers share a log: each is a record, so that of
// two servers that give the same name at once, one is first in the log. Where a log is one server's own, package receipts
// keeps names with the persons who have them.
//
// A name has a record for each of its keys (names.Keys), all of which say the same. A change of names expects the records
// that were there when it was made, and is refused where another was faster.
//
// Names has no lock: package receipts guards it.
package reserved

import (
	"encoding/json"
	"slices"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
)

// Kinds of record: a name, by one of its keys; and that the names of a log that was one server's own are records now.
const (
	Kind  = "name"
	moved = "names"
)

// Holder is who has a name.
type Holder struct {
	UserID string `json:"user_id"`
	Name   string `json:"name"`
	// At is when they were given it, Unix ms.
	At int64 `json:"at"`
	// Why they were given it without asking, as they read it; "": they have asked for it.
	Why string `json:"why,omitempty"`
}

// Names are those that are reserved, as they are in the log. Make it with New.
type Names struct {
	by    map[string]held   // by key
	of    map[string]Holder // by user_id
	moved bool
}

type held struct {
	Holder
	value []byte // as it is in the log
}

// New returns none.
func New() *Names { return &Names{by: map[string]held{}, of: map[string]Holder{}} }

// Kinds are the kinds of record that Put takes.
func (n *Names) Kinds() []string { return []string{Kind, moved} }

// Put takes a record as it is in the log.
func (n *Names) Put(r msglog.Record) error {
	if r.Kind == moved {
		n.moved = !r.Erased()
		return nil
	}
	before, was := n.by[r.Key]
	if r.Erased() {
		delete(n.by, r.Key)
	} else {
		h, err := msglog.Decode[Holder](r)
		if err != nil {
			return err
		}
		n.by[r.Key] = held{h, r.Value}
		n.of[h.UserID] = h
	}
	if was {
		n.forget(before.Holder)
	}
	return nil
}

// forget removes what somebody had, if none of its records is left.
func (n *Names) forget(h Holder) {
	if n.of[h.UserID].Name != h.Name {
		return
	}
	if !slices.ContainsFunc(names.Keys(h.Name), func(k string) bool { return n.has(k, h) }) {
		delete(n.of, h.UserID)
	}
}

func (n *Names) has(key string, h Holder) bool {
	o, ok := n.by[key]
	return ok && o.UserID == h.UserID && o.Name == h.Name
}

// Of returns what a person has; ok is false where that is nothing.
func (n *Names) Of(userID string) (h Holder, ok bool) {
	h, ok = n.of[userID]
	return h, ok
}

// ByKey returns who has a key.
func (n *Names) ByKey(key string) (h Holder, ok bool) {
	o, ok := n.by[key]
	return o.Holder, ok
}

// All calls each for everybody who has a name.
func (n *Names) All(each func(Holder)) {
	for _, h := range n.of {
		each(h)
	}
}

// Take returns the records of a change that gives a person a name, "" for none, and takes the one that they have. Whoever has it
// now loses it, unless stays reports that they keep what is left of it.
func (n *Names) Take(h Holder, stays func(Holder) bool) (records []msglog.Record) {
	keys := names.Keys(h.Name)
	lose := func(h Holder) {
		for _, k := range names.Keys(h.Name) {
			if n.has(k, h) && !slices.Contains(keys, k) {
				keys = append(keys, k)
				records = append(records, msglog.Record{Kind: Kind, Key: k}.Expecting(n.by[k].value))
			}
		}
	}
	if before, ok := n.of[h.UserID]; ok {
		lose(before)
	}
	value, err := json.Marshal(h)
	if err != nil {
		return nil // texts and numbers always encode
	}
	for _, k := range names.Keys(h.Name) {
		o, taken := n.by[k]
		if taken && o.UserID != h.UserID && !stays(o.Holder) {
			lose(o.Holder)
		}
		records = append(records, msglog.Record{Kind: Kind, Key: k, Value: value}.Expecting(o.value))
	}
	return records
}

// Release returns the records of a change that takes a person's name.
func (n *Names) Release(userID string) []msglog.Record {
	if _, ok := n.of[userID]; !ok {
		return nil
	}
	return n.Take(Holder{UserID: userID}, nil)
}

// RunOut lists who has a name for which has reports false.
func (n *Names) RunOut(has func(Holder) bool) (userIDs []string) {
	for userID, h := range n.of {
		if !has(h) {
			userIDs = append(userIDs, userID)
		}
	}
	return userIDs
}

// Moved reports whether the names of a log that was one server's own are records.
func (n *Names) Moved() bool { return n.moved }

// Move returns the changes that make records of such names, by user_id, one for each person and a last one after which Moved
// is true.
func Move(of map[string]string, now time.Time) (changes []msglog.Change) {
	none := New()
	for userID, name := range of {
		h := Holder{UserID: userID, Name: name, At: now.UnixMilli()}
		changes = append(changes, msglog.Change{Records: none.Take(h, nil)})
	}
	last := msglog.Record{Kind: moved, Value: []byte("{}")}
	return append(changes, msglog.OfRecords(last)...)
}

// Keys are the keys of all records, by kind.
func (n *Names) Keys() map[string][]string {
	keys := map[string][]string{moved: {""}}
	for k := range n.by {
		keys[Kind] = append(keys[Kind], k)
	}
	return keys
}
