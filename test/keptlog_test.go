package test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

// testdata/0.1.0 is the data folder of a room that version 0.1.0 kept: three topics, announcements with
// acknowledgements, a withdrawal, names, tokens, a list, grants, bans and settings. answers.json holds what 0.1.0
// answered to its dashboard after a restart.
const keptFolder = "testdata/0.1.0"

// question is a verb of the dashboard, and the fields that its answer must have.
type question struct {
	Action string         `json:"action"`
	Ask    map[string]any `json:"ask"`
	Answer any            `json:"answer"`
}

func TestKeptLog_OfVersion010Opens(t *testing.T) {
	p := newProgram(t)
	for _, name := range []string{"log.db", "settings.json"} {
		b, err := os.ReadFile(filepath.Join(keptFolder, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(p.dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(filepath.Join(keptFolder, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var questions []question
	if err := json.Unmarshal(b, &questions); err != nil || len(questions) == 0 {
		t.Fatalf("read the answers: %d, %v", len(questions), err)
	}
	p.start()
	dashboard := p.dashboard()
	for i, q := range questions {
		var got map[string]any
		var path string
		ok := false
		// The index for search is made anew beside the log, and has what it needs a moment later.
		for end := time.Now().Add(10 * time.Second); !ok && time.Now().Before(end); {
			got = nil
			if f := dashboard.Ask(q.Action, q.Ask, &got); f != nil {
				t.Fatalf("question %d, %s: %s", i, q.Action, f.Text)
			}
			if q.Action == "audit" {
				got["entries"] = withoutSignIns(got["entries"].([]any))
			}
			if q.Action == "state" { // each start has an epoch of its own
				delete(q.Answer.(map[string]any), "epoch")
			}
			if path, ok = contains(q.Action, q.Answer, got); q.Action != "search" {
				break
			}
		}
		if !ok {
			t.Errorf("question %d: %s is not what 0.1.0 answered", i, path)
		}
	}

	// Tokens still prove identities, and the operator's decisions are still effective.
	ana := p.device()
	ana.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0})
	if f := ana.Expect("welcome"); f.UserID != "ana" {
		t.Errorf("welcomed as %q, want ana", f.UserID)
	}
	ana.Cut()
	for userID, code := range map[string]string{"ben": "identity_taken", "fin": "identity_taken", "eve": "not_allowed"} {
		c := p.device()
		token := tokenOf(userID)
		if userID == "ben" {
			token = tokenOf("somebody-else")
		}
		c.Send(map[string]any{"action": "hello", "user_id": userID, "token": token})
		c.ExpectError(code)
		c.Cut()
	}
	newcomer := p.device()
	newcomer.Send(map[string]any{"action": "hello", "user_id": "new", "token": tokenOf("new"), "name": "New"})
	newcomer.Expect("waiting")
}

// withoutSignIns leaves out what this test itself adds to the audit list.
func withoutSignIns(entries []any) []any {
	return slices.DeleteFunc(entries, func(e any) bool { return e.(map[string]any)["what"] == "signed_in" })
}

// contains reports whether got has everything that want has, and where it has not. A list must be as long.
func contains(path string, want, got any) (where string, ok bool) {
	switch want := want.(type) {
	case map[string]any:
		g, is := got.(map[string]any)
		if !is {
			return path, false
		}
		for key, value := range want {
			if where, ok := contains(path+"."+key, value, g[key]); !ok {
				return where, false
			}
		}
		return "", true
	case []any:
		g, is := got.([]any)
		if !is || len(g) != len(want) {
			return path, false
		}
		for i := range want {
			if where, ok := contains(path+"[]", want[i], g[i]); !ok {
				return where, false
			}
		}
		return "", true
	}
	return path, reflect.DeepEqual(want, got)
}
