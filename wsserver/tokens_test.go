package wsserver_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/token"
	"belfry/wsserver/wire"
)

// store is what `belfry token` opens beside the server.
func store(t *testing.T, dir string) *token.Store {
	t.Helper()
	s := token.New(nil)
	if err := s.Load(dir); err != nil {
		t.Fatal(err)
	}
	return s
}

func (r *room) createToken(q operator.NewToken) operator.CreatedToken {
	r.t.Helper()
	created, err := r.CreateToken(r.t.Context(), q)
	if err != nil {
		r.t.Fatal(err)
	}
	return created
}

func TestToken_CreatedListedRemoved(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("ops", wire.TopicOpen)
		d := r.dashboard()
		var created operator.CreatedToken
		if e := d.Ask("create_token", map[string]any{
			"name": " grafana ", "publish": []string{"ops", "everyone", "people"}, "read": []string{"all"}, "urgent": true, "rate": nil,
		}, &created); e != nil {
			t.Fatal(e.Text)
		}
		if !strings.HasPrefix(created.Secret, "tk_") || len(created.Secret) != 32 {
			t.Errorf("secret %q", created.Secret)
		}
		var list operator.TokensAnswer
		if e := d.Ask("tokens", nil, &list); e != nil {
			t.Fatal(e.Text)
		}
		if len(list.Tokens) != 1 || list.Problem != "" {
			t.Fatalf("listed %+v", list)
		}
		got := list.Tokens[0]
		if got.ID != created.Token.ID || got.Name != "grafana" || !slices.Equal(got.Publish, []string{"ops", "everyone", "people"}) ||
			!slices.Equal(got.Read, []string{"all"}) || !got.Urgent || got.Ask || got.InURL || got.Rate != 1 || got.Used != "" {
			t.Errorf("listed %+v", got)
		}
		none := r.createToken(operator.NewToken{Name: "endless", Rate: new(0.0)})
		if none.Token.Rate != 0 || none.Token.Publish == nil || none.Token.Read == nil {
			t.Errorf("created %+v", none.Token)
		}
		if e := d.Ask("remove_token", map[string]any{"token": got.ID}, nil); e != nil {
			t.Fatal(e.Text)
		}
		wantVerbRefused(t, d, "unknown_token", "remove_token", map[string]any{"token": got.ID})
		if left := r.Tokens().Tokens; len(left) != 1 || left[0].Name != "endless" {
			t.Errorf("left %+v", left)
		}
		entries := r.Audit(auditNewest).Entries
		for what, detail := range map[string]string{"token_created": "publish=ops,everyone,people read=all urgent rate=1", "token_removed": ""} {
			if !slices.ContainsFunc(entries, func(e operator.AuditEntry) bool {
				return e.What == what && e.Name == "grafana" && e.Detail == detail && e.Door == "web"
			}) {
				t.Errorf("%s is not noted: %+v", what, entries)
			}
			if strings.Contains(strings.Join(texts(d, "event"), ""), created.Secret) {
				t.Error("the secret was sent again")
			}
		}
	})
}

func TestToken_EventsSayThatTokensChanged(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		waitIdle()
		d.Drain()
		created := r.createToken(operator.NewToken{Name: "grafana"})
		waitIdle()
		if got := texts(d, "event"); len(got) == 0 || !strings.Contains(got[len(got)-1], `"tokens_rev":2`) {
			t.Errorf("after a creation: %q", got)
		}
		if err := r.RemoveToken(t.Context(), created.Token.ID); err != nil {
			t.Fatal(err)
		}
		waitIdle()
		if got := texts(d, "event"); len(got) == 0 || !strings.Contains(got[len(got)-1], `"tokens_rev":3`) {
			t.Errorf("after a removal: %q", got)
		}
	})
}

func TestToken_Refused(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		wantWelcome(t, helloNamed(r.client(), "ana", "Ana Lima"))
		r.set(settings.Change{OperatorName: new("Ben")})
		r.createToken(operator.NewToken{Name: "grafana"})
		for name, row := range map[string]struct {
			code string
			q    operator.NewToken
		}{
			"a person's name":       {"identity_taken", operator.NewToken{Name: "ana  lima"}},
			"the operator's name":   {"identity_taken", operator.NewToken{Name: "Ben"}},
			"the operator's word":   {"name_refused", operator.NewToken{Name: "Operator"}},
			"another token's name":  {"identity_taken", operator.NewToken{Name: "Grafana"}},
			"no name":               {"bad_frame", operator.NewToken{}},
			"no such topic":         {"unknown_topic", operator.NewToken{Name: "a", Publish: []string{"ops"}}},
			"no such topic to read": {"unknown_topic", operator.NewToken{Name: "a", Read: []string{"general", "ops"}}},
			"a rate below 0":        {"bad_frame", operator.NewToken{Name: "a", Rate: new(-1.0)}},
		} {
			created, err := r.CreateToken(t.Context(), row.q)
			if err == nil || created.Secret != "" {
				t.Errorf("%s: created %+v", name, created)
			}
			wantCode(t, err, row.code)
		}
		wantCode(t, second(r.SetSettings(t.Context(), settings.Change{OperatorName: new(" Grafana")})), "identity_taken")
		if f := helloNamed(r.client(), "cid", "GRAFANA"); f.Code != "identity_taken" || f.Free == "" {
			t.Errorf("a person who wants a program's name: %s", f.Text)
		}
		if err := r.RemoveToken(t.Context(), r.Tokens().Tokens[0].ID); err != nil {
			t.Fatal(err)
		}
		wantWelcome(t, helloNamed(r.client(), "cid", "GRAFANA"))
	})
}

func second[T any](_ T, err error) error { return err }

// A token outlives the session that it was made in: a session that was lent or stolen makes none.
func TestToken_TheKeyIsAskedForAgainBeforeOneIsMade(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := dashboardAs(t, r, "10.0.0.7", signIn(t, r, "10.0.0.7"))
		time.Sleep(operator.ShownFor)
		wantVerbRefused(t, d, "key_needed", "create_token", map[string]any{"name": "grafana"})
		if n := len(r.Tokens().Tokens); n != 0 {
			t.Errorf("%d tokens were made", n)
		}
		if e := d.Ask("prove", map[string]any{"password": key}, nil); e != nil {
			t.Fatal(e.Text)
		}
		if e := d.Ask("create_token", map[string]any{"name": "grafana"}, nil); e != nil {
			t.Errorf("after the key: %s", e.Text)
		}
		time.Sleep(operator.ShownFor)
		if e := d.Ask("remove_token", map[string]any{"token": r.Tokens().Tokens[0].ID}, nil); e != nil {
			t.Errorf("to take something away the key is asked for: %s", e.Text)
		}
	})
}

// A program cannot give itself more than it was given.
func TestToken_NoProgramMakesOne(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ctx := operator.WithCaller(t.Context(), operator.Caller{Token: "abcdefgh", TokenName: "grafana"})
		wantCode(t, second(r.CreateToken(ctx, operator.NewToken{Name: "lamp"})), "not_allowed")
		wantCode(t, second(r.Key(ctx)), "not_allowed")
		wantCode(t, second(r.NewKey(ctx)), "not_allowed")
		wantCode(t, r.SetPassword(ctx, phrase), "not_allowed")
		wantCode(t, r.Prove(ctx, key), "not_allowed")
		if len(r.Tokens().Tokens) != 0 || r.Settings().Password {
			t.Error("a program has made something")
		}
	})
}

// What the command line writes beside the server counts within two seconds, is noted, and takes names.
func TestToken_OfTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.client()
		wantWelcome(t, helloNamed(ana, "ana", "grafana"))
		if _, _, err := store(t, dir).Add("Grafana", token.Rights{Rate: 1}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if list := r.Tokens().Tokens; len(list) != 1 || list[0].Name != "Grafana" {
			t.Fatalf("listed %+v", list)
		}
		if got := r.Clients(operator.ClientsQuery{}).Clients[0].Name; got != "grafana 2" {
			t.Errorf("the person is called %q", got)
		}
		if _, err := store(t, dir).Remove("Grafana"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		entries := r.Audit(auditNewest).Entries
		if len(r.Tokens().Tokens) != 0 || len(entries) < 2 || entries[0].What != "token_removed" || entries[1].What != "token_created" || entries[0].Door != "" {
			t.Errorf("listed %+v, noted %+v", r.Tokens(), entries)
		}
	}, func(c *wsserver.Config) { c.Dir = dir })
}

// A server whose tokens are damaged starts, says so, and lets no program in.
func TestToken_ADamagedFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokens.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	inRoom(t, func(t *testing.T, r *room) {
		time.Sleep(time.Minute)
		if got := r.Tokens(); got.Problem == "" || len(got.Tokens) != 0 {
			t.Errorf("listed %+v", got)
		}
		if b, err := os.ReadFile(path + ".damaged"); err != nil || string(b) != "{" {
			t.Errorf("kept %q, %v", b, err)
		}
		r.createToken(operator.NewToken{Name: "grafana"})
		if got := r.Tokens(); got.Problem != "" || len(got.Tokens) != 1 {
			t.Errorf("then listed %+v", got)
		}
	}, func(c *wsserver.Config) { c.Dir = dir })
}
