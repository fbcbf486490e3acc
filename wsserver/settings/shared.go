package settings

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/internal/shared"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file keeps the room's settings in the log where several servers share that: a record for each, by its name, whose value is
// as in settings.json. Of two that change at once, both hold; of one that two servers change, the later in the log does. What is
// the machine's own stays in its file, and beside it a copy of the others, for when the machine is alone again.

// recordSetting is the kind of record. The one without a name says that the room's settings are in the log.
const (
	recordSetting = "setting"
	inLog         = ""
)

// ofMachine are the settings that each machine has for itself: where it listens, and what of it others can reach.
var ofMachine = map[string]bool{
	"address": true, "addr": true, "secure_port": true, "own_authority": true, "announce_name": true, "remote_dashboards": true,
}

const unreadableNames = "unreadable"

// Kinds are the kinds of record that Put takes.
func (s *Store) Kinds() []string { return []string{recordSetting} }

// Put takes a setting of the room as it is in the log: it holds from then on. Who subscribes is told by Tell.
func (s *Store) Put(r msglog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records.Put(r)
	if s.records.IsShared() {
		s.follow()
	}
	return nil
}

// LoadLog reads the settings of the room that are in a log. On one that several servers share they hold in place of those in the
// file; on one that is this server's own, they were left there by a time when it was not, and are written to the file. Subscribers
// are not called. It blocks for the disk.
func (s *Store) LoadLog(ctx context.Context, log msglog.Log, k msglog.Keeper) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.records, err = shared.Load(ctx, log, k, recordSetting, inLog); err != nil {
		return err
	}
	s.follow()
	s.told = s.values
	if !s.records.InLog() || s.path == "" {
		return nil
	}
	return s.writeFile(s.values)
}

// InLog reports whether the log has the room's settings, so that no file can be missing.
func (s *Store) InLog() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records.InLog()
}

// IsShared reports whether several servers share the room's settings.
func (s *Store) IsShared() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records.IsShared()
}

// Moving are the records that are to be written at a start, once LoadLog was called: those that make the settings of a file the
// room's, unless another server has been faster; or, on a log that is this server's own, the end of such records.
func (s *Store) Moving() []msglog.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records.Moving(func() []msglog.Record {
		_, room := split(s.values)
		return s.records.First(shared.Of(recordSetting, room))
	})
}

// split divides settings into those of the machine and those of the room, by name, each as JSON.
func split(v Values) (own, room map[string]json.RawMessage) {
	own, room = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	names := v.Unreadable
	v.Unreadable = nil
	for name, value := range fieldsOf(v) {
		if ofMachine[name] {
			own[name] = value
		} else {
			room[name] = value
		}
	}
	for _, of := range []struct {
		fields map[string]json.RawMessage
		own    bool
	}{{own, true}, {room, false}} {
		some := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return ofMachine[name] != of.own })
		if b, err := json.Marshal(some); len(some) > 0 && err == nil {
			of.fields[unreadableNames] = b
		}
	}
	return own, room
}

// follow has the room's settings in the log hold, if there are any. What cannot be read there has its safe value, as in a file.
// mu is held.
func (s *Store) follow() {
	if !s.records.InLog() {
		return
	}
	room := map[string]json.RawMessage{}
	for _, r := range s.records.All() {
		room[r.Key] = r.Value
	}
	own, _ := split(s.values)
	s.join(own, room)
}

// join makes settings of the machine and of the room the chosen ones. mu is held.
func (s *Store) join(own, room map[string]json.RawMessage) {
	all := maps.Clone(room)
	maps.Copy(all, own)
	if names := slices.Concat(namesIn(own), namesIn(room)); len(names) > 0 {
		all[unreadableNames], _ = json.Marshal(names) // texts always encode
	}
	b, err := json.Marshal(all)
	if err == nil {
		s.values, err = read(b, s.defaults())
	}
	if err != nil {
		s.options.Logger.Error("follow the settings of the room", "error", err)
	}
	s.apply()
}

// namesIn are the names of what could not be read. Where they cannot be read themselves, read says so.
func namesIn(fields map[string]json.RawMessage) (names []string) {
	if json.Unmarshal(fields[unreadableNames], &names) != nil && fields[unreadableNames] != nil {
		return []string{unreadableNames}
	}
	return names
}

// writeShared is write where several servers share the log: the machine's own settings go to its file, the room's to the log.
// They hold once they are there.
func (s *Store) writeShared(k msglog.Keeper, before, next Values, renamed bool) error {
	if err := s.writeOwn(before, next); err != nil {
		return wire.SettingNotKept(err)
	}
	if err := s.share(k, before, next); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if renamed {
		s.sessionName = ""
	}
	s.copyRoom()
	return nil
}

// writeOwn writes the settings of the machine, if some of them change.
func (s *Store) writeOwn(before, next Values) error {
	was, _ := split(before)
	is, _ := split(next)
	if maps.EqualFunc(was, is, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.values
	_, room := split(kept)
	s.join(is, room)
	if s.path == "" {
		return nil
	}
	err := s.writeFile(s.values)
	if err != nil {
		s.values = kept
		s.apply()
	}
	return err
}

// copyRoom writes the file anew, for when the machine is alone again. mu is held.
func (s *Store) copyRoom() {
	if s.path == "" {
		return
	}
	if err := s.writeFile(s.values); err != nil {
		s.options.Logger.Warn("keep a copy of the room's settings", "error", err)
	}
}

// share writes a change of the room's settings to the log: they hold once that has returned.
func (s *Store) share(k msglog.Keeper, before, next Values) error {
	_, was := split(before)
	_, is := split(next)
	all := shared.Of(recordSetting, is)
	written, ended := shared.Difference(shared.Of(recordSetting, was), all)
	records := append(written, ended...)
	if len(records) == 0 {
		return nil
	}
	s.mu.Lock()
	if !s.records.InLog() {
		records = all
	}
	records = s.records.Marked(records)
	s.mu.Unlock()
	return k.Keep(records...)
}

// Tell tells who subscribes what other servers have changed, and returns the settings before and after. It blocks for the disk,
// and for the subscribers.
func (s *Store) Tell(ctx context.Context) (before, now Values) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.mu.Lock()
	s.copyRoom()
	s.mu.Unlock()
	return s.tell(ctx)
}

// tell calls who subscribes with what has changed since the last time. changing is held.
func (s *Store) tell(ctx context.Context) (before, now Values) {
	s.mu.Lock()
	before, now = s.told, s.values
	was, is := s.effectiveOf(before), *s.Effective()
	s.told = now
	s.mu.Unlock()
	s.written()
	if was != is {
		for _, call := range s.subscribers {
			call(ctx, was, is)
		}
	}
	return before, now
}

// writeFile writes settings.json. mu is held.
func (s *Store) writeFile(v Values) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(s.path, b); err != nil {
		return err
	}
	s.missing = false
	return nil
}
