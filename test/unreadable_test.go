package test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"belfry/wsserver/operator"
)

// access is the access mode as everybody on the network is told.
func (p *program) access() string {
	p.t.Helper()
	answer, err := http.Get("http://" + p.addr + "/room") //nolint:noctx // of this machine
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	var room struct{ Access string }
	if err := json.NewDecoder(answer.Body).Decode(&room); err != nil {
		p.t.Fatal(err)
	}
	return room.Access
}

// spoil replaces the settings while the program does not run.
func (p *program) spoil(text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "settings.json"), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// doubts asks the dashboard what it shows.
func (p *program) doubts() []operator.Doubt {
	p.t.Helper()
	var state operator.State
	if e := p.dashboard().Ask("state", nil, &state); e != nil {
		p.t.Fatal(e.Text)
	}
	return state.Doubts
}

// Settings that an editor or a power cut has spoiled never open the room, not at the second start either; what the
// operator confirms holds.
func TestProgram_SettingsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	const chosen = `{"access":"list","keep_days":3650}`
	for text, want := range map[string]struct {
		access string
		doubts int
	}{
		"\xef\xbb\xbf" + chosen:                    {"list", 0},
		`{"access":"approval","keep_days":"3650"}`: {"approval", 1},
		`{"access":"list","keep_days":"3650"}`:     {"list", 1},
		`{"access":"open","keep_days":3650`:        {"approval", 1},
		"":                                         {"approval", 1},
		"\x00\x00\x00\x00\x00\x00\x00\x00":         {"approval", 1},
		`{"access":"lisst"}`:                       {"approval", 1},
	} {
		p.spoil(text)
		for range 2 {
			p.start()
			if got, doubts := p.access(), p.doubts(); got != want.access || len(doubts) != want.doubts {
				t.Errorf("%q: access %s, in doubt of %+v", text, got, doubts)
			}
			p.kill()
		}
	}
	p.start()
	if e := p.dashboard().Ask("confirm", map[string]any{"doubt": operator.DoubtSettings}, nil); e != nil {
		t.Fatal(e.Text)
	}
	p.kill()
	p.start()
	if got, doubts := p.access(), p.doubts(); got == "open" || len(doubts) > 0 {
		t.Errorf("confirmed: access %s, in doubt of %+v", got, doubts)
	}
	kept, err := filepath.Glob(filepath.Join(p.dir, "settings.json.damaged*"))
	if err != nil || len(kept) != 6 {
		t.Errorf("kept beside it: %v, error %v", kept, err)
	}
	if err := os.Remove(filepath.Join(p.dir, "settings.json")); err != nil {
		t.Fatal(err)
	}
	p.kill()
	p.start()
	if got := p.access(); got == "open" {
		t.Error("without its file the room is open")
	}
}
