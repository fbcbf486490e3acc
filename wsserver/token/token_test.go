package token

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/wire"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open is a store on a folder, "" for memory.
func open(t *testing.T, dir string) *Store {
	t.Helper()
	s := New(quiet())
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	return s
}

func add(t *testing.T, s *Store, name string, r Rights) (Token, string) {
	t.Helper()
	tok, secret, err := s.Add(name, r)
	if err != nil {
		t.Fatal(err)
	}
	return tok, secret
}

func tokensText(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAdd_TheSecretIsNowhereButInTheAnswer(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	s := New(slog.New(slog.NewTextHandler(&log, nil)))
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	tok, secret, err := s.Add("grafana", Rights{Publish: []string{"ops"}, Rate: 1})
	if err != nil || !regexp.MustCompile(`^tk_[a-z0-9]{29}$`).MatchString(secret) {
		t.Fatalf("secret %q, error %v", secret, err)
	}
	text := tokensText(t, dir)
	if strings.Contains(text, secret) || strings.Contains(text, secret[3:]) || log.Len() > 0 {
		t.Errorf("the secret, or anything, was written: %s %s", text, &log)
	}
	if info, err := os.Stat(filepath.Join(dir, fileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, error %v", info.Mode(), err)
	}
	again := open(t, dir)
	found, ok := again.Find(secret)
	if !ok || found.ID != tok.ID || found.Name != "grafana" || !found.Created.Equal(tok.Created) || !found.equal(tok.Rights) {
		t.Errorf("after a restart found %+v, %v; added %+v", found, ok, tok)
	}
}

// A byte taken modulo 36 would favour the first four characters by an eighth.
func TestRandom_FavoursNoLetter(t *testing.T) {
	const each = 10_000
	counts := map[byte]int{}
	for _, c := range []byte(random(each * len(letters))) {
		counts[c]++
	}
	for _, c := range []byte(letters) {
		if got := counts[c]; math.Abs(float64(got-each)) > 600 { // six standard deviations
			t.Errorf("%c came %d times, not about %d", c, got, each)
		}
	}
}

func TestFind_OnlyTheSecretItself(t *testing.T) {
	s := open(t, "")
	tok, secret := add(t, s, "grafana", Rights{})
	for _, wrong := range []string{"", "tk_", secret[3:], secret + "a", strings.ToUpper(secret), " " + secret, "tk_" + strings.Repeat("a", 29), string(hashOf(secret)), tok.ID, "grafana"} {
		if found, ok := s.Find(wrong); ok {
			t.Errorf("%q found %+v", wrong, found)
		}
	}
	if found, ok := s.Find(secret); !ok || found.ID != tok.ID {
		t.Errorf("the secret found %+v, %v", found, ok)
	}
}

func TestAdd_Refuses(t *testing.T) {
	s := open(t, "")
	add(t, s, "Ops bell", Rights{})
	for name, row := range map[string]struct {
		name   string
		rights Rights
		code   string
	}{
		"no name":                    {"\u200b ", Rights{}, "bad_frame"},
		"a long name":                {strings.Repeat("x", wire.MaxName+1), Rights{}, "too_large"},
		"the operator":               {"Operator", Rights{}, "name_refused"},
		"the operator in disguise":   {"0perat\u043er 2", Rights{}, "name_refused"},
		"everyone":                   {"Everyone", Rights{}, "name_refused"},
		"belfry":                     {"BELFRY", Rights{}, "name_refused"},
		"taken":                      {"Ops bell", Rights{}, "identity_taken"},
		"taken in other letters":     {"ops  BELL", Rights{}, "identity_taken"},
		"taken in letters alike":     {"\u041eps bell", Rights{}, "name_refused"}, // a word of two scripts
		"taken in letters alike (2)": {"Ops be1l", Rights{}, "identity_taken"},
		"no topic":                   {"a", Rights{Publish: []string{""}}, "bad_frame"},
		"a topic with a blank":       {"a", Rights{Publish: []string{"a b"}}, "bad_frame"},
		"a path":                     {"a", Rights{Read: []string{"../x"}}, "bad_frame"},
		"a long topic":               {"a", Rights{Read: []string{strings.Repeat("x", wire.MaxTopic+1)}}, "bad_frame"},
		"publish to all":             {"a", Rights{Publish: []string{"all"}}, "bad_frame"},
		"read people":                {"a", Rights{Read: []string{"people"}}, "bad_frame"},
		"a rate below 0":             {"a", Rights{Rate: -1}, "bad_frame"},
		"no number":                  {"a", Rights{Rate: math.NaN()}, "bad_frame"},
		"an endless rate":            {"a", Rights{Rate: math.Inf(1)}, "bad_frame"},
	} {
		if _, secret, err := s.Add(row.name, row.rights); wire.AsError(err).Code != row.code || secret != "" {
			t.Errorf("%s: %v, secret %q, want %s", name, err, secret, row.code)
		}
	}
	if n := len(s.List()); n != 1 {
		t.Errorf("%d tokens", n)
	}
}

func TestAdd_NotTooMany(t *testing.T) {
	s := open(t, "")
	for i := range maxTokens {
		s.list = append(s.list, &kept{ID: random(8), Name: strings.Repeat("q", i+1), Hash: hashOf(random(8))})
	}
	if _, _, err := s.Add("one more", Rights{}); !errors.Is(err, wire.ErrNotAllowed) {
		t.Errorf("one more: %v", err)
	}
}

func TestRights(t *testing.T) {
	r := Rights{Publish: []string{"ops", "everyone", "ops"}, Read: []string{"ops", "everyone"}}
	r, err := r.check()
	if err != nil || !slices.Equal(r.Publish, []string{"ops", "everyone"}) {
		t.Fatalf("%+v, %v", r, err)
	}
	for what, want := range map[bool]bool{
		r.MayPublish("ops"): true, r.MayPublish("general") || r.MayPublish(People) || r.MayRead("general") || r.MayReadAll(): false,
	} {
		if what != want {
			t.Errorf("%+v: %v, want %v", r, what, want)
		}
	}
	all := Rights{Read: []string{All}}
	if !all.MayRead("general") || !all.MayRead(Everyone) || all.MayPublish("general") {
		t.Errorf("all: %+v", all)
	}
}

func TestTake_SixtyAtOnceThenTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, "")
		slow, _ := add(t, s, "slow", Rights{Rate: 0.5})
		free, _ := add(t, s, "free", Rights{Rate: 0})
		for i := range 60 {
			if _, ok := s.Take(slow.ID); !ok {
				t.Fatalf("message %d of the burst was refused", i+1)
			}
		}
		retry, ok := s.Take(slow.ID)
		if ok || retry != 2*time.Second {
			t.Errorf("after the burst: %v, %v", retry, ok)
		}
		time.Sleep(retry)
		if _, ok := s.Take(slow.ID); !ok {
			t.Error("not even after the time that was named")
		}
		for range 1000 {
			if _, ok := s.Take(free.ID); !ok {
				t.Fatal("a token without a limit was limited")
			}
		}
		for range 100 {
			s.GiveBack(slow.ID)
			s.GiveBack(free.ID)
			if _, ok := s.Take(slow.ID); !ok {
				t.Fatal("what was not sent has counted")
			}
		}
		if _, ok := s.Take(slow.ID); ok {
			t.Error("what was not sent has counted twice")
		}
		if _, err := s.Remove("free"); err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Take(free.ID); ok {
			t.Error("a token that was removed may send")
		}
	})
}

func TestRemove_EndsTheWorkOfThatTokenAlone(t *testing.T) {
	s := open(t, t.TempDir())
	a, secret := add(t, s, "a", Rights{})
	b, _ := add(t, s, "b", Rights{})
	workA, stopA := s.While(context.Background(), a.ID)
	defer stopA()
	workB, stopB := s.While(context.Background(), b.ID)
	defer stopB()
	if removed, err := s.Remove(a.ID); err != nil || removed.Name != "a" {
		t.Fatalf("%+v, %v", removed, err)
	}
	if workA.Err() == nil || workB.Err() != nil {
		t.Errorf("the work of a ended with %v, of b with %v", workA.Err(), workB.Err())
	}
	if _, ok := s.Find(secret); ok {
		t.Error("the token that was removed is found")
	}
	if late, stop := s.While(context.Background(), a.ID); late.Err() == nil {
		stop()
		t.Error("work of a token that was removed began")
	}
	if _, err := s.Remove("a"); wire.AsError(err).Code != "unknown_token" {
		t.Errorf("removed again: %v", err)
	}
	if stopB(); len(s.work) != 0 {
		t.Errorf("%d works are kept", len(s.work))
	}
	if _, err := s.Remove("B"); !errors.Is(err, ErrUnknown) {
		t.Errorf("removed another than was named: %v", err)
	}
}

func TestList_ByNameAndNobodysToChange(t *testing.T) {
	s := open(t, "")
	for _, name := range []string{"b", "C", "a"} {
		add(t, s, name, Rights{Publish: []string{"ops"}})
	}
	list := s.List()
	if got := list[0].Name + list[1].Name + list[2].Name; got != "abC" {
		t.Errorf("listed as %s", got)
	}
	list[0].Publish[0] = "everyone"
	if again := s.List(); again[0].Publish[0] != "ops" {
		t.Error("who listed the tokens changed one")
	}
	if !s.HasName("A") {
		t.Error("a name that looks the same is nobody's")
	}
	if s.HasName("") || s.HasName("d") {
		t.Error("a name that no token has is taken")
	}
}
