package webhook

import (
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"belfry/wsserver/internal/atomicfile"
)

func quietEngine() *Engine {
	return New(Options{Logger: slog.New(slog.DiscardHandler), Own: func() []netip.Addr { return nil }, Changed: func() {}})
}

// The secret is in the file alone, which its owner alone reads.
func TestFile_KeepsWebhooksAndSecrets(t *testing.T) {
	dir := t.TempDir()
	e := quietEngine()
	if err := e.Load(dir); err != nil {
		t.Fatal(err)
	}
	made, secret, err := e.Create(Spec{URL: "https://example.org/x", Events: []string{Left, Message}, Texts: true})
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || runtime.GOOS != "windows" && stat.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, error %v", stat.Mode(), err)
	}
	again := quietEngine()
	if err := again.Load(dir); err != nil {
		t.Fatal(err)
	}
	list := again.List()
	if len(list) != 1 || list[0].ID != made.ID || list[0].URL != made.URL || strings.Join(list[0].Events, " ") != "message left" || !list[0].Texts {
		t.Errorf("read %+v", list)
	}
	if string(again.hooks[0].key) != string(e.hooks[0].key) || again.hooks[0].Secret != secret {
		t.Error("its secret is another")
	}
}

// What cannot be read is called no more, and nothing of the file is lost.
func TestFile_DamagedIsKeptAside(t *testing.T) {
	good := `{"id":"a","url":"https://example.org/","events":["left"],"texts":false,"private":false,"secret":"` + newSecret() + `","created":1,"since":0}`
	for name, row := range map[string]struct {
		text string
		left int
	}{
		"half of it":         {`{"webhooks":[` + good[:40], 0},
		"not an object":      {`[]`, 0},
		"a weak secret":      {`{"webhooks":[` + good + `,{"id":"b","url":"https://example.org/","events":["left"],"secret":"whsec_YQ=="}]}`, 1},
		"no address":         {`{"webhooks":[{"id":"b","url":"file:///etc/passwd","events":["left"],"secret":"` + newSecret() + `"},` + good + `]}`, 1},
		"an unknown event":   {strings.Replace(`{"webhooks":[`+good+`]}`, `"left"`, `"left","all"`, 1), 0},
		"the same one twice": {`{"webhooks":[` + good + `,` + good + `]}`, 1},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, fileName)
		if err := os.WriteFile(path, []byte(row.text), 0o600); err != nil {
			t.Fatal(err)
		}
		e := quietEngine()
		if err := e.Load(dir); err != nil {
			t.Fatal(err)
		}
		if n := len(e.List()); n != row.left {
			t.Errorf("%s: %d webhooks", name, n)
		}
		if kept, err := os.ReadFile(path + atomicfile.Damaged); err != nil || string(kept) != row.text {
			t.Errorf("%s: kept %q, error %v", name, kept, err)
		}
		if said, since := e.Notice(); !strings.Contains(said, "webhooks.json.damaged") || since == "" {
			t.Errorf("%s: the operator is told %q", name, said)
		}
		if was, err := e.LookedAt(); !was || err != nil {
			t.Error(was, err)
		}
		if err := e.Load(dir); err != nil || len(e.List()) != row.left {
			t.Errorf("%s: the next start reads %d, error %v", name, len(e.List()), err)
		}
		if said, _ := e.Notice(); said != "" {
			t.Errorf("%s: and says %q", name, said)
		}
	}
}

// A file that cannot be written changes nothing.
func TestFile_ThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	e := quietEngine()
	if err := e.Load(dir); err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Create(Spec{URL: "https://example.org/", Events: []string{Left}}); err == nil || len(e.List()) > 0 {
		t.Errorf("made %+v, error %v", e.List(), err)
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"webhooks":[{"id":"a","url":"https://example.org/","events":["left"],"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","paused_by":"failures"}]}`))
	f.Add([]byte(`{"webhooks":[null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		hooks, _ := readFile(text)
		e := quietEngine()
		e.path = filepath.Join(t.TempDir(), fileName)
		if err := e.writeFile(hooks); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(e.path)
		if err != nil {
			t.Fatal(err)
		}
		if again, good := readFile(b); !good || len(again) != len(hooks) {
			t.Errorf("%d webhooks are written, and %d read", len(hooks), len(again))
		}
		for _, h := range hooks {
			if len(h.key) < minSecret || len(h.Events) == 0 {
				t.Errorf("%+v is a webhook", h.kept)
			}
		}
	})
}
