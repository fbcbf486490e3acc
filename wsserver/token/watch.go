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
	// writeUsesEvery is the precision of the last use in the file.
	writeUsesEvery = 5 * time.Minute
)

// Watch takes what another program writes to the file, until ctx ends: a token that it removed ends within a second. changed
// is called after each such change, with all tokens before and after it. It writes the last uses at times, and at its end.
func (s *Store) Watch(ctx context.Context, changed func(before, now []Token)) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	defer s.writeUses()
	written := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-ticker.C:
			if before, now, ok := s.look(); ok {
				changed(before, now)
			}
			if at.Sub(written) >= writeUsesEvery {
				written = at
				s.writeUses()
			}
		}
	}
}

// look reads the file where it is another than the one seen last, and returns the tokens before and
// after. changed is false where they are the same.
func (s *Store) look() (before, now []Token, changed bool) {
	s.changing.Lock()
	defer s.changing.Unlock()
	if s.path == "" {
		return nil, nil, false
	}
	text, list, err := s.readFile()
	switch {
	case err != nil:
	case text == nil && s.Problem() != "": // the damaged file was put aside, and nothing was written since
		return nil, nil, false
	case bytes.Equal(text, s.seen) && s.Problem() == "":
		return nil, nil, false
	}
	s.seen, before = text, s.List()
	changed = s.adopt(list, err)
	return before, s.List(), changed
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
