// Package settings has the operator's settings and the effective settings that follow from them.
//
// Values are the settings that the operator chose, kept in settings.json; Effective are the effective ones: the defaults,
// overridden by the operator's choice, overridden by flags. A Store computes one from the other, so nobody else reads
// settings.json or compares flags.
//
// All methods of Store are safe for concurrent use. Get, Effective, Defaults and Ruled never wait for a change under
// way, except for the writing of the file. Changes are serialised: each writes the file, then calls the subscribers,
// one after another in the order of OnChange, before the next change begins. Subscribers run on the goroutine of the
// change with the changing lock held but not the store's own: they may call Get and Effective, but neither Change nor
// Set.
//
// Lock order: changing before mu. No other package's lock is taken under mu.
package settings

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/wire"
)

// Options are the flags and the folder that settings depend on.
type Options struct {
	// ClientRate and MaxPerAddress are the flags' values, or the defaults if no flag was given.
	ClientRate    float64
	MaxPerAddress int
	// Changeable names those of the two, "client_rate" and "max_per_address", that were not given by a flag: the
	// operator may change them.
	Changeable []string
	// OperatorToken and TLSCert: the flags -operator-token and -tls-cert were given.
	OperatorToken, TLSCert bool
	// Window: the program has one, so dashboards on other machines are off by default.
	Window bool
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

// Subscriber is called when the effective settings have changed. ctx is that of the change, and carries its caller. It may
// block; the next change waits for it.
type Subscriber func(ctx context.Context, before, now Effective)

// Store keeps the operator's settings, and computes the effective ones. Make it with New.
type Store struct {
	options Options

	changing    shared.Lock // held for a whole change, with its subscribers
	subscribers []Subscriber
	chosen      []Subscriber // called before the subscribers, and only for changes that are made here
	written     func()       // called after each change

	effective atomic.Pointer[Effective] // replaced, never changed

	mu          sync.Mutex // guards what follows
	window      bool
	path        string // "": kept only in memory
	missing     bool   // there was no file at Load
	values      Values
	told        Values         // as the subscribers know them
	sessionName string         // the room's name for this run only, "" if none was given
	records     shared.Records // the room's settings, by name, with values as in settings.json
}

// New makes a store in memory, with nothing chosen. Load gives it a file.
func New(o Options) *Store {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	s := &Store{options: o, window: o.Window, written: func() {}, changing: shared.NewLock()}
	s.apply()
	return s
}

// OnChange registers a subscriber behind those there are. It is called for changes that begin after OnChange returns.
func (s *Store) OnChange(call Subscriber) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.subscribers = append(s.subscribers, call)
}

// OnChosen registers a subscriber that is called before all others, and only for changes that are made here: of each setting that
// the caller has changed, on a log that several servers share too.
func (s *Store) OnChosen(call Subscriber) {
	s.changing.Lock()
	defer s.changing.Unlock()
	s.chosen = append(s.chosen, call)
}

// OnWritten has call called after each change, before the subscribers, also where the effective settings stay as they are.
// It is for the start.
func (s *Store) OnWritten(call func()) { s.written = call }

// SetWindow says whether there is a window, if that turns out differently from Options. Subscribers are not
// called: it is for the start.
func (s *Store) SetWindow(window bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.window = window
	s.apply()
}

// Effective returns the effective settings. They are replaced by a change, never written to; the caller must not write
// to them either.
func (s *Store) Effective() *Effective { return s.effective.Load() }

// Defaults are the effective settings of a server whose operator has chosen nothing.
func (s *Store) Defaults() Effective {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.defaults()
}

// defaults is Defaults; mu is held.
func (s *Store) defaults() Effective {
	return Effective{
		KeepDays: DefaultKeepDays, KeepBytes: DefaultKeepBytes, NameHours: 12, MemberHours: 12,
		ClientRate: s.options.ClientRate, FramesPerSecond: FramesPerSecond, BytesPerSecond: BytesPerSecond,
		MaxTopics: wire.MaxTopics, HelloSeconds: 30, MaxPerAddress: s.options.MaxPerAddress,
		HandshakesPerSecond: HandshakesPerSecond, QueueBytes: 256 << 20, RemoteDashboards: !s.window,
		AnnounceName: true, UndoSeconds: DefaultUndoSeconds,
	}
}

// Ruled is, by the name of each setting that a flag overrides, that flag.
func (s *Store) Ruled() map[string]string {
	list := maps.Clone(flagOf)
	for _, name := range s.options.Changeable {
		delete(list, name)
	}
	if s.options.OperatorToken {
		list["operator_key"] = "-operator-token"
	}
	if s.options.TLSCert {
		list["own_authority"], list["secure_port"] = "-tls-cert", "-tls-cert"
	}
	return list
}

// apply recomputes the effective settings. Chosen values that a flag overrides, or that are out of bounds in a file
// written by hand, are left out. mu is held.
func (s *Store) apply() {
	v := s.effectiveOf(s.values)
	s.effective.Store(&v)
}

// effectiveOf is what follows from chosen settings. mu is held.
func (s *Store) effectiveOf(of Values) Effective {
	v := s.defaults()
	chosen := fieldsOf(of.Change)
	ruled := s.Ruled()
	for name, value := range chosen {
		if _, is := ruled[name]; is || !within(name, value) {
			delete(chosen, name)
			continue
		}
		if _, isText := texts[name]; isText {
			chosen[name], _ = cleanText(name, value) // within has tried it
		}
	}
	fill(&v, chosen)
	return v
}

// Set changes some settings. A setting that is set to its default is forgotten, and follows the default from then on.
// Errors: bad_frame if a number is out of bounds, those of a text that may not be, not_allowed if a flag overrides
// it, and those of Change.
func (s *Store) Set(ctx context.Context, c Change) error {
	asked := fieldsOf(c)
	if err := s.check(asked); err != nil {
		return err
	}
	defaults := fieldsOf(s.Defaults())
	return s.Change(ctx, func(v *Values) {
		next := fieldsOf(v.Change)
		maps.Copy(next, asked)
		for name := range asked {
			if string(next[name]) == string(defaults[name]) {
				delete(next, name)
			}
		}
		v.Unreadable = slices.DeleteFunc(slices.Clone(v.Unreadable), func(name string) bool { return asked[name] != nil })
		v.Change = Change{}
		fill(&v.Change, next)
	})
}

// check returns why a change cannot be made, nil if it can. It cleans the texts in asked.
func (s *Store) check(asked map[string]json.RawMessage) error {
	ruled := s.Ruled()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if flag, ok := ruled[name]; ok {
			return wire.ErrNotAllowed.WithMessage(fmt.Sprintf("%s is set by %s or its variable. To change it here, start Belfry without it.", name, flag))
		}
		if _, isText := texts[name]; isText {
			clean, err := cleanText(name, asked[name])
			if err != nil {
				return err
			}
			asked[name] = clean
			continue
		}
		if !within(name, asked[name]) {
			return wire.ErrBadFrame.WithMessage(fmt.Sprintf("%s must be a number from %.0f to %.0f.", name, bounds[name].Least, bounds[name].Most))
		}
	}
	return nil
}

// Difference is one setting that a change altered, both values as JSON, "" for those of a secret.
type Difference struct{ Name, Before, After string }

// Differences lists the differences between two effective settings, in the order of names.
func Differences(before, now Effective) (list []Difference) {
	was, is := fieldsOf(before), fieldsOf(now)
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if string(was[name]) != string(is[name]) {
			d := Difference{Name: name, Before: string(was[name]), After: string(is[name])}
			if secret[name] {
				d.Before, d.After = "", ""
			}
			list = append(list, d)
		}
	}
	return list
}
