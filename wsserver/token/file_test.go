package token

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/internal/atomicfile"
)

const hash32 = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// Nobody is let in by half of a file.
func TestLoad_ADamagedFileAllowsNothing(t *testing.T) {
	good := `{"id":"a","hash":"` + hash32 + `","name":"a","publish":["ops"],"read":[]}`
	other := strings.NewReplacer(`"id":"a"`, `"id":"b"`, `"name":"a"`, `"name":"b"`, hash32, "B"+hash32[1:]).Replace(good)
	if list, err := read([]byte(`{"tokens":[` + good + `,` + other + `]}`)); err != nil || len(list) != 2 || list[0].Rights.Rate != DefaultRate {
		t.Fatalf("a good file: %v, %v", list, err)
	}
	for name, text := range map[string]string{
		"empty": "", "half": `{"tokens":[` + good, "more": `{"tokens":[]}{}`, "a list": `[]`, "null": `null`,
		"an unknown field": `{"tokens":[` + strings.Replace(good, `"id"`, `"until":1,"id"`, 1) + `]}`,
		"a null":           `{"tokens":[null]}`,
		"no id":            `{"tokens":[` + strings.Replace(good, `"id":"a"`, `"id":""`, 1) + `]}`,
		"half a hash":      `{"tokens":[` + strings.Replace(good, hash32, "AAAA", 1) + `]}`,
		"the operator":     `{"tokens":[` + strings.Replace(good, `"name":"a"`, `"name":"operator"`, 1) + `]}`,
		"an unclean name":  `{"tokens":[` + strings.Replace(good, `"name":"a"`, `"name":"a  b"`, 1) + `]}`,
		"no topic":         `{"tokens":[` + strings.Replace(good, `"ops"`, `"o p s"`, 1) + `]}`,
		"a rate below 0":   `{"tokens":[` + strings.Replace(good, `"id"`, `"rate":-1,"id"`, 1) + `]}`,
		"the same id":      `{"tokens":[` + good + `,` + strings.Replace(other, `"id":"b"`, `"id":"a"`, 1) + `]}`,
		"the same name":    `{"tokens":[` + good + `,` + strings.Replace(other, `"name":"b"`, `"name":"a"`, 1) + `]}`,
		"the same hash":    `{"tokens":[` + good + `,` + strings.Replace(other, "B"+hash32[1:], hash32, 1) + `]}`,
		"one of two":       `{"tokens":[` + good + `,{"id":"b"}]}`,
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, fileName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir)
		if n := len(s.List()); n != 0 || s.Problem() == "" {
			t.Errorf("%s: %d tokens count, problem %q", name, n, s.Problem())
		}
		if aside, err := os.ReadFile(path + atomicfile.Damaged); err != nil || string(aside) != text {
			t.Errorf("%s: kept aside is %q, %v", name, aside, err)
		}
		if changes := s.look(); len(changes) > 0 || s.Problem() == "" {
			t.Errorf("%s: the problem is said for half a second", name)
		}
		if add(t, s, "new", Rights{}); s.Problem() != "" || len(open(t, dir).List()) != 1 {
			t.Errorf("%s: a token that was added afterwards does not count", name)
		}
	}
}

func TestUpdate_TheDamagedFileOfARunningServerIsKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, secret := add(t, s, "a", Rights{})
	path := filepath.Join(dir, fileName)
	for i, aside := range []string{path + atomicfile.Damaged, path + atomicfile.Damaged + "-2"} {
		text := []byte("damage " + aside)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if c := s.look(); len(c) != 1 || len(c[0].Before) != 1 || len(c[0].Now) != 0 || !c[0].Unreadable {
			t.Error("the damage was not noticed")
		}
		if _, ok := s.Find(secret); ok {
			t.Error("a token counts that the file does not have")
		}
		add(t, s, string(rune('b'+i)), Rights{})
		if b, err := os.ReadFile(aside); err != nil || !bytes.Equal(b, text) {
			t.Errorf("kept aside is %q, %v", b, err)
		}
	}
}

// A file that cannot be opened may be good: it is not put aside by a mere look, and counts once it can be read.
func TestLoad_AFileThatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	s := New(quiet())
	if err := s.Load(dir); err == nil || s.Problem() == "" {
		t.Errorf("no error; problem %q", s.Problem())
	}
	if err := os.Remove(filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	_, secret := add(t, open(t, dir), "a", Rights{})
	s.look()
	if _, ok := s.Find(secret); !ok || s.Problem() != "" {
		t.Errorf("found %v, problem %q", ok, s.Problem())
	}
}

func TestWatch_TakesWhatAnotherProgramWrote(t *testing.T) {
	dir := t.TempDir()
	server, other := open(t, dir), open(t, dir)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(chan bool, 100)
		ended := make(chan bool)
		go func() {
			server.Watch(ctx, func(Change) { changes <- true }, func() {})
			close(ended)
		}()
		tok, secret := add(t, other, "grafana", Rights{})
		time.Sleep(time.Second)
		if _, ok := server.Find(secret); !ok || len(changes) != 1 {
			t.Fatalf("found %v after a second, %d changes", ok, len(changes))
		}
		work, stop := server.While(ctx, tok.ID)
		defer stop()
		add(t, other, "other", Rights{})
		time.Sleep(time.Second)
		if work.Err() != nil {
			t.Errorf("another token ended the work: %v", context.Cause(work))
		}
		server.NoteUse(tok.ID, "192.168.1.7")
		if _, err := other.Remove("grafana"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if _, ok := server.Find(secret); ok || work.Err() == nil {
			t.Errorf("after the removal: found %v, work %v", ok, work.Err())
		}
		time.Sleep(2 * writeUsesEvery)
		cancel()
		<-ended
		if text := tokensText(t, dir); strings.Contains(text, "grafana") || !strings.Contains(text, "other") {
			t.Errorf("the last use brought back a token: %s", text)
		}
	})
}

// What another program did just before this one is told too.
func TestWatch_TellsWhatAChangeOfItsOwnHasRead(t *testing.T) {
	dir := t.TempDir()
	server, other := open(t, dir), open(t, dir)
	add(t, other, "theirs", Rights{})
	add(t, server, "own", Rights{})
	c := server.look()
	if len(c) != 1 || len(c[0].Before) != 0 || len(c[0].Now) != 1 || c[0].Now[0].Name != "theirs" || c[0].Unreadable {
		t.Errorf("told %+v", c)
	}
	if c := server.look(); len(c) != 0 {
		t.Errorf("told again %+v", c)
	}
}

// Rights that a hand changes in the file hold at once, also for what is under way.
func TestWatch_OtherRightsEndTheWork(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	tok, secret := add(t, s, "a", Rights{Read: []string{"all"}})
	work, stop := s.While(t.Context(), tok.ID)
	defer stop()
	text := strings.Replace(tokensText(t, dir), `"all"`, `"ops"`, 1)
	if err := os.WriteFile(filepath.Join(dir, fileName), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if len(s.look()) != 1 || work.Err() == nil {
		t.Error("the work goes on")
	}
	if found, _ := s.Find(secret); found.MayReadAll() {
		t.Errorf("%+v", found)
	}
}

func TestNoteUse_IsWrittenNowAndThen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	tok, _ := add(t, s, "a", Rights{})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended, shown := make(chan bool), 0
		go func() {
			s.Watch(ctx, func(Change) { t.Error("a use is no change") }, func() { shown++ })
			close(ended)
		}()
		s.NoteUse(tok.ID, "192.168.1.6")
		time.Sleep(time.Second)
		if used := open(t, dir).List()[0]; used.UsedFrom != "192.168.1.6" {
			t.Errorf("the first use is written as %+v", used)
		}
		before := tokensText(t, dir)
		for range 58 {
			s.NoteUse(tok.ID, "192.168.1.7")
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if shown != 1 {
			t.Errorf("the uses of a minute were shown %d times", shown)
		}
		if tokensText(t, dir) != before {
			t.Error("each use is written")
		}
		time.Sleep(writeUsesEvery)
		if used := open(t, dir).List()[0]; used.UsedFrom != "192.168.1.7" || used.Used.IsZero() {
			t.Errorf("after some minutes %+v", used)
		}
		time.Sleep(time.Second)
		s.NoteUse(tok.ID, "192.168.1.8")
		cancel()
		<-ended
		if used := open(t, dir).List()[0]; used.UsedFrom != "192.168.1.8" {
			t.Errorf("at the end %+v", used)
		}
	})
}

// Two programs that add and remove at the same time lose nothing.
func TestUpdate_TwoProgramsAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		s := open(t, dir)
		wg.Go(func() {
			for i := range 5 {
				tok, _, err := s.Add(name+strings.Repeat("x", i+1), Rights{})
				if err != nil {
					t.Errorf("add: %v", err)
				}
				if i%2 == 1 {
					if _, err := s.Remove(tok.ID); err != nil {
						t.Errorf("remove: %v", err)
					}
				}
				s.List()
				s.NoteUse(tok.ID, "::1")
				s.writeUses()
			}
		})
	}
	wg.Wait()
	if n := len(open(t, dir).List()); n != 4*3 {
		t.Errorf("%d tokens are left, not 12", n)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"tokens":[{"id":"a","hash":"` + hash32 + `","name":"a","publish":["ops"],"read":["all"],"urgent":true,"rate":0,"created":"2026-11-30T12:00:00Z"}]}`))
	f.Add([]byte("\xef\xbb\xbf{\"tokens\":[null]}"))
	f.Add([]byte(`{"tokens":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := read(text)
		if err != nil {
			if list != nil {
				t.Fatal("tokens beside an error")
			}
			return
		}
		written, err := encode(list, isRooms(text))
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(written)
		if err != nil || len(again) != len(list) {
			t.Fatalf("read again: %v of %s", err, written)
		}
		for i, k := range again {
			if clean, err := checkName(k.Name); err != nil || clean != k.Name || !k.equal(list[i].Rights) || k.ID != list[i].ID {
				t.Fatalf("%+v, then %+v", list[i], k)
			}
		}
	})
}

// A script makes a token and uses it in the next line.
func TestFind_WhatAnotherProgramMadeCountsAtOnce(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, other := open(t, dir), open(t, dir)
		told := 0
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go s.Watch(ctx, func(c Change) { told = len(c.Now) }, func() {})
		synctest.Wait()
		_, secret := add(t, other, "grafana", Rights{Publish: []string{"ops"}})
		if _, ok := s.Find(secret); !ok || told != 1 {
			t.Errorf("found %v, and %d tokens were told of", ok, told)
		}
		wrong := Prefix + strings.Repeat("x", nLetters)
		_, next := add(t, other, "lamp", Rights{})
		if _, ok := s.Find(wrong); ok {
			t.Error("a wrong secret is a token's")
		}
		if _, ok := s.Find(next); ok {
			t.Error("the file is read for every guess")
		}
		time.Sleep(lookAgainEvery)
		if _, ok := s.Find(next); !ok {
			t.Error("then it is not read again")
		}
	})
}
