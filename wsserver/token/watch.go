package token

import (
	"bytes"
	"context"
	"slices"
	"time"

	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

const (
	// lookEvery is how soon what another program wrote counts.
	lookEvery = 500 * time.Millisecond
	// lookAgainEvery is how often it is looked for at most where a secret is not known.
	lookAgainEvery = 20 * time.Millisecond
	// writeUsesEvery is the precision of the last use in the file.
	writeUsesEvery = 5 * time.Minute
)

// Change is what another program has done to the tokens. Unreadable: the file could not be read before it, or cannot be since.
type Change struct {
	Before, Now []Token
	Unreadable  bool
}

// Watch takes what another program writes to the file, until ctx ends: a token that it removed ends within a second. changed
// is called after each such change, and used after uses, at most once a minute for each token. Watch writes a first use at
// once, later ones at times, and all at its end.
func (s *Store) Watch(ctx context.Context, changed func(Change), used func()) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	s.tell(changed)
	defer s.tell(nil)
	defer s.writeUses()
	written := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, c := range s.look() {
				changed(c)
			}
			toShow, first := s.uses()
			if toShow {
				used()
			}
			if first || now.Sub(written) >= writeUsesEvery {
				written = now
				s.writeUses()
			}
		}
	}
}

// tell has changed called after each change that another program makes.
func (s *Store) tell(changed func(Change)) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.changed = changed
}

// lookAgain is look for a secret that is not known, not more often than lookAgainEvery: whoever guesses costs no more.
func (s *Store) lookAgain() {
	s.again.Lock()
	defer s.again.Unlock()
	s.changing.Lock()
	told := s.changed
	s.changing.Unlock()
	if told == nil || time.Since(s.looked) < lookAgainEvery {
		return
	}
	s.looked = time.Now()
	for _, c := range s.look() {
		told(c)
	}
}

// look reads the file where it is another than the one seen last, and returns what other programs have changed.
func (s *Store) look() []Change {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.path == "" {
		return nil
	}
	text, list, err := s.readFile()
	switch {
	case err == nil && text == nil && s.Problem() != "": // the damaged file was put aside, and nothing was written since
	case err == nil && bytes.Equal(text, s.seen) && s.Problem() == "":
	default:
		s.take(text, list, err)
	}
	changes := s.changes
	s.changes = nil
	return changes
}

// take makes what the file holds the tokens that count. changing is held.
func (s *Store) take(text []byte, list []*kept, err error) {
	if s.isShared() {
		if !bytes.Equal(text, s.seen) {
			s.takeInbox(text, list, err)
		}
		return
	}
	c := Change{Before: s.List(), Unreadable: err != nil || s.Problem() != ""}
	s.seen = text
	if s.adopt(list, err) {
		c.Now = s.List()
		s.changes = append(s.changes, c)
	}
}

// uses reports whether a use is to be shown, and whether a first one is to be written, and takes both for done.
func (s *Store) uses() (toShow, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	toShow, first = s.used, s.first
	s.used, s.first = false, false
	return toShow, first
}

// writeUses writes the last uses that are not in the file. Those of tokens that another program has removed are left out.
func (s *Store) writeUses() {
	s.mu.Lock()
	dirty := s.dirty && s.problem == ""
	s.mu.Unlock()
	if dirty {
		_ = s.update(func(list []*kept) ([]*kept, error) { return list, nil }) // where it fails only the last uses are lost
	}
}

// adopt makes list the tokens that count, none where err says why the file could not be read. Work of a token that is not in
// it any more, or has other rights, ends. changing is held.
func (s *Store) adopt(list []*kept, err error) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	problem := ""
	if err != nil {
		list, problem = nil, "The tokens of programs cannot be read, so none of them counts: "+reason(err)+"."
	}
	if problem != "" && problem != s.problem {
		s.logger.Error("tokens.json cannot be read: no token counts", "error", err)
	}
	changed = problem != s.problem || len(list) != len(s.list)
	for _, o := range s.list {
		i := slices.IndexFunc(list, func(k *kept) bool { return k.ID == o.ID })
		if i >= 0 {
			list[i].shown = o.shown
		}
		if i >= 0 && o.Used.After(list[i].Used) {
			list[i].Used, list[i].UsedFrom = o.Used, o.UsedFrom
		}
		if i >= 0 && bytes.Equal(list[i].Hash, o.Hash) && list[i].equal(o.Rights) {
			changed = changed || list[i].Name != o.Name
			continue
		}
		changed = true
		s.end(o.ID)
	}
	s.list, s.problem, s.names = list, problem, map[string]bool{}
	for _, k := range list {
		for _, key := range names.Keys(k.Name) {
			s.names[key] = true
		}
	}
	return changed
}

// end ends the work of a token. mu is held.
func (s *Store) end(id string) {
	delete(s.rates, id)
	for cancel, of := range s.work {
		if of == id {
			(*cancel)(errEnded)
			delete(s.work, cancel)
		}
	}
}

func reason(err error) string {
	if isDamaged(err) {
		return "tokens.json is damaged"
	}
	return wire.Reason(err)
}
