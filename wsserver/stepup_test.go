package wsserver_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

var auditNewest = operator.AuditQuery{}

func noted(list []operator.AuditEntry, what string) bool {
	return slices.ContainsFunc(list, func(e operator.AuditEntry) bool { return e.What == what })
}

// wantVerbRefused asks for a verb that must be refused with a code, and returns the sentence.
func wantVerbRefused(t *testing.T, d *wstest.Client, code, verb string, fields map[string]any) string {
	t.Helper()
	e := d.Ask(verb, fields, nil)
	if e == nil || e.Code != code {
		t.Fatalf("%s is answered %v, want %s", verb, e, code)
	}
	return e.Message
}

// Who was lent the password has it until it is changed, and not the key for ever.
func TestKey_ThePasswordDoesNotShowIt(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		setPassword(t, r, phrase)
		answer, _ := typed(t, r, "127.0.0.1", phrase)
		d := dashboardAs(t, r, "127.0.0.1", shown(answer))
		for _, prove := range []string{"", phrase, key} {
			if prove != "" {
				if e := d.Ask("prove", map[string]any{"password": prove}, nil); e != nil {
					t.Fatal(e.Text)
				}
			}
			for _, verb := range []string{"key", "new_key"} {
				if said := wantVerbRefused(t, d, "not_allowed", verb, nil); !strings.Contains(said, "password") || strings.Contains(said, key) {
					t.Errorf("%s: %q", verb, said)
				}
			}
		}
		if noted(r.Audit(auditNewest).Entries, "key_shown") {
			t.Error("it was shown")
		}
		setPassword(t, r, "")
		d.ExpectAfter("error", "event")
		wantClose(t, d, 4003, "")
	})
}

func TestKey_IsAskedForAgainBeforeItIsShownOrChanged(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		setPassword(t, r, phrase)
		d := dashboardAs(t, r, "10.0.0.7", signIn(t, r, "10.0.0.7"))
		if e := d.Ask("key", nil, nil); e != nil {
			t.Errorf("it was shown just now: %s", e.Text)
		}
		time.Sleep(operator.ShownFor)
		ask := func() {
			t.Helper()
			wantVerbRefused(t, d, "key_needed", "key", nil)
			wantVerbRefused(t, d, "key_needed", "new_key", nil)
			wantVerbRefused(t, d, "key_needed", "set_password", map[string]any{"password": "another one, longer"})
			wantVerbRefused(t, d, "key_needed", "set_password", map[string]any{"password": ""})
			wantVerbRefused(t, d, "key_needed", "create_webhook", map[string]any{"url": "https://example.org/", "events": []string{"left"}})
			wantVerbRefused(t, d, "key_needed", "change_webhook", map[string]any{"webhook": "a", "url": "https://example.org/", "events": []string{"left"}})
		}
		ask()
		if !r.Settings().Password {
			t.Error("the password is gone")
		}
		wantVerbRefused(t, d, "key_wrong", "prove", map[string]any{"password": "a wrong one"})
		wantVerbRefused(t, d, "key_wrong", "prove", nil)
		ask()
		for _, right := range []string{key, phrase} {
			if e := d.Ask("prove", map[string]any{"password": right}, nil); e != nil {
				t.Fatal(e.Text)
			}
			if e := d.Ask("key", nil, nil); e != nil {
				t.Error(e.Text)
			}
			time.Sleep(operator.ShownFor)
			ask()
		}
		for range 10 {
			d.Ask("prove", map[string]any{"password": "a wrong one"}, nil)
		}
		wantVerbRefused(t, d, "rate_limited", "prove", map[string]any{"password": "a wrong one"})
		// A program shows the key each time it connects; the window is the operator's own.
		program := r.dashboard()
		time.Sleep(2 * operator.ShownFor)
		if e := program.Ask("key", nil, nil); e != nil {
			t.Error(e.Text)
		}
		if _, err := r.Key(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
