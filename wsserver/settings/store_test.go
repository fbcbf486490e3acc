package settings

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"belfry/wsserver/wire"
)

// testStore is a store of a program without flags.
func testStore() *Store {
	return New(Options{
		ClientRate: 5, MaxPerAddress: 256, Changeable: []string{"client_rate", "max_per_address"}, Logger: slog.New(slog.DiscardHandler),
	})
}

func mustSet(t *testing.T, s *Store, c Change) {
	t.Helper()
	if err := s.Set(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// A change is some of the settings, and each number has bounds.
func TestChange_HasTheFieldsOfEffective(t *testing.T) {
	all, change := reflect.TypeFor[Effective](), reflect.TypeFor[Change]()
	for i := range all.NumField() {
		a, c := all.Field(i), change.Field(i)
		if a.Name != c.Name || c.Type != reflect.PointerTo(a.Type) || c.Tag.Get("json") != a.Tag.Get("json")+",omitempty" {
			t.Errorf("%s of Effective is %s of Change", a.Name, c.Name)
		}
		if _, ok := bounds[a.Tag.Get("json")]; ok != (a.Type.Kind() != reflect.Bool && a.Type.Kind() != reflect.String) {
			t.Errorf("%s: has bounds %v", a.Name, ok)
		}
		if _, ok := texts[a.Tag.Get("json")]; ok != (a.Type.Kind() == reflect.String) {
			t.Errorf("%s: is cleaned as a text %v", a.Name, ok)
		}
	}
	if all.NumField() != change.NumField() {
		t.Error("one has more fields")
	}
}

// Subscribers are called in order, after the settings hold, and only where the effective settings changed.
func TestStore_CallsSubscribersInOrder(t *testing.T) {
	s := testStore()
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "ana")
	var calls []string
	for _, name := range []string{"first", "second"} {
		s.OnChange(func(ctx context.Context, before, now Effective) {
			calls = append(calls, name)
			if before.KeepDays != DefaultKeepDays || now.KeepDays != 7 || *s.Effective() != now || ctx.Value(key{}) != "ana" {
				t.Errorf("%s is told of %d, then %d, by %v", name, before.KeepDays, now.KeepDays, ctx.Value(key{}))
			}
			if v := s.Get(); v.KeepDays == nil || *v.KeepDays != 7 {
				t.Errorf("%s reads what was chosen before", name)
			}
		})
	}
	if err := s.Set(ctx, Change{KeepDays: new(7)}); err != nil || !slices.Equal(calls, []string{"first", "second"}) {
		t.Errorf("called %v, error %v", calls, err)
	}
	calls = nil
	mustSet(t, s, Change{KeepDays: new(7)})
	if err := s.Change(ctx, func(v *Values) { v.Name = "Hall 3" }); err != nil || s.Get().Name != "Hall 3" {
		t.Errorf("the name is %q, error %v", s.Get().Name, err)
	}
	s.SetWindow(true)
	if len(calls) > 0 {
		t.Errorf("called %v where nothing changed", calls)
	}
}

// A second change waits for the subscribers of the first.
func TestStore_SerialisesChanges(t *testing.T) {
	s := testStore()
	told, proceed := make(chan int), make(chan struct{})
	s.OnChange(func(_ context.Context, _, now Effective) {
		told <- now.KeepDays
		<-proceed
	})
	errs := make(chan error, 2)
	go func() { errs <- s.Set(t.Context(), Change{KeepDays: new(7)}) }()
	if days := <-told; days != 7 {
		t.Fatalf("told of %d", days)
	}
	go func() { errs <- s.Set(t.Context(), Change{KeepDays: new(8)}) }()
	if len(s.changing) == 0 {
		t.Error("another change may begin")
	}
	if days := s.Effective().KeepDays; days != 7 {
		t.Errorf("%d hold while the first change is told of", days)
	}
	proceed <- struct{}{}
	if days := <-told; days != 8 {
		t.Errorf("told of %d", days)
	}
	proceed <- struct{}{}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestStore_RefusesWhatIsRuledOrOutOfBounds(t *testing.T) {
	s := New(Options{ClientRate: 9, MaxPerAddress: 256, TLSCert: true, OperatorToken: true})
	s.OnChange(func(context.Context, Effective, Effective) { t.Error("a subscriber is told of it") })
	before := *s.Effective()
	for name, row := range map[string]struct {
		change Change
		code   string
	}{
		"a flag":       {Change{ClientRate: new(1.0), KeepDays: new(7)}, wire.ErrNotAllowed.Code},
		"another":      {Change{OwnAuthority: new(true)}, wire.ErrNotAllowed.Code},
		"too little":   {Change{KeepDays: new(0), MaxTopics: new(7)}, wire.ErrBadFrame.Code},
		"far too much": {Change{KeepBytes: new(int64(1) << 50)}, wire.ErrBadFrame.Code},
	} {
		if err := s.Set(t.Context(), row.change); wire.AsError(err).Code != row.code {
			t.Errorf("%s: %v, want %s", name, err, row.code)
		}
	}
	if *s.Effective() != before {
		t.Errorf("changed to %+v", *s.Effective())
	}
	if r := s.Ruled(); len(r) != 5 || r["operator_key"] != "-operator-token" || r["secure_port"] != "-tls-cert" || r["client_rate"] != "-client-rate" {
		t.Errorf("ruled by %v", r)
	}
}

// A change that cannot be written is none.
func TestStore_ChangesNothingThatIsNotKept(t *testing.T) {
	s := testStore()
	dir := filepath.Join(t.TempDir(), "gone")
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	s.OnChange(func(context.Context, Effective, Effective) { t.Error("a subscriber is told of it") })
	if err := s.Set(t.Context(), Change{KeepDays: new(7)}); wire.AsError(err).Code != wire.ErrSettingNotKept.Code {
		t.Errorf("error %v", err)
	}
	if s.Effective().KeepDays != DefaultKeepDays || s.Get().KeepDays != nil {
		t.Error("it holds all the same")
	}
}

// A name given for this run holds until another is chosen, and is not written by other changes.
func TestStore_NameOfThisRun(t *testing.T) {
	dir := t.TempDir()
	s := testStore()
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	kept := func() string {
		again := testStore()
		if err := again.Load(dir); err != nil {
			t.Fatal(err)
		}
		return again.Get().Name
	}
	rename := func(name string) {
		if err := s.Change(t.Context(), func(v *Values) { v.Name = name }); err != nil {
			t.Fatal(err)
		}
	}
	rename("Hall 1")
	s.SetName("Hall 2")
	mustSet(t, s, Change{KeepDays: new(7)})
	if s.Get().Name != "Hall 2" || kept() != "Hall 1" {
		t.Errorf("it is %q, and %q is kept", s.Get().Name, kept())
	}
	rename("Hall 3")
	if s.Get().Name != "Hall 3" || kept() != "Hall 3" {
		t.Errorf("then it is %q, and %q is kept", s.Get().Name, kept())
	}
}

func TestDifferences_AreWhatDiffers(t *testing.T) {
	before := *testStore().Effective()
	now := before
	now.RemoteDashboards, now.KeepDays = false, 7
	want := []Difference{{"keep_days", "90", "7"}, {"remote_dashboards", "true", "false"}}
	if got := Differences(before, now); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := Differences(now, now); got != nil {
		t.Errorf("%v differ from themselves", got)
	}
}

// Whatever is set, each number is within its bounds.
func FuzzSettings(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"keep_days":0,"client_rate":-1,"max_topics":1e9}`, `{"queue_bytes":9223372036854775807,"secure_port":70000}`, `{"hello_seconds":null}`,
		`{"keep_bytes":1e300}`, `[]`, `{"max_connections":5,"max_per_address":3.5}`, `{"announce_name":false}`,
	} {
		f.Add([]byte(s))
	}
	s := testStore()
	f.Fuzz(func(t *testing.T, text []byte) {
		var change Change
		if json.Unmarshal(text, &change) != nil {
			return
		}
		if err := s.Set(t.Context(), change); err != nil && wire.AsError(err).Code != "bad_frame" {
			t.Fatalf("%s is answered by %v", text, err)
		}
		wantWithin(t, s, text)
	})
}

// wantWithin checks that each number is within its bounds, and the access mode one of four.
func wantWithin(t *testing.T, s *Store, text []byte) {
	t.Helper()
	for name, value := range fieldsOf(*s.Effective()) {
		if !within(name, value) {
			t.Fatalf("after %s %s is %s", text, name, value)
		}
	}
	if !IsAccessMode(s.Get().AccessMode()) {
		t.Fatalf("after %s the access mode is %q", text, s.Get().AccessMode())
	}
}
