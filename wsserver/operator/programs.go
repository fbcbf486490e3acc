package operator

import (
	"context"
	"fmt"
	"strings"

	"belfry/wsserver/client"
	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/token"
	"belfry/wsserver/topics"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// Programs are the verbs about what programs may do: their access tokens.
type Programs struct {
	server    ServerInfo
	tokens    *token.Store
	topics    *topics.Registry
	clients   *client.Service
	justShown func(context.Context) error
	revisions *Revisions
	audit     *AuditLog
}

// ProgramStores has what is kept about programs, and the newest entries of the log, which they follow.
type ProgramStores struct {
	Tokens   *token.Store
	Feed     *feed.Feed
	Webhooks *webhook.Engine
}

// TokenInfo is an access token without its secret. Used is when it was last used, UsedFrom the address; "" before that.
type TokenInfo struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Publish  []string `json:"publish"`
	Read     []string `json:"read"`
	Urgent   bool     `json:"urgent"`
	Ask      bool     `json:"ask"`
	Receipts bool     `json:"receipts"`
	People   bool     `json:"people"`
	Metrics  bool     `json:"metrics"`
	InURL    bool     `json:"in_url"`
	Rate     float64  `json:"rate"`
	Created  string   `json:"created"`
	Used     string   `json:"used"`
	UsedFrom string   `json:"used_from"`
}

// NewToken is what a new access token may do, with the fields of [token.Rights]. A null Rate is 1 message a second, 0 is no
// limit.
type NewToken struct {
	Name     string   `json:"name"`
	Publish  []string `json:"publish"`
	Read     []string `json:"read"`
	Urgent   bool     `json:"urgent"`
	Ask      bool     `json:"ask"`
	Receipts bool     `json:"receipts"`
	People   bool     `json:"people"`
	Metrics  bool     `json:"metrics"`
	InURL    bool     `json:"in_url"`
	Rate     *float64 `json:"rate"`
}

// TokensAnswer is the access tokens, by name. Problem is a sentence that says why they could not be read, and none counts;
// "" where they could.
type TokensAnswer struct {
	Tokens  []TokenInfo `json:"tokens"`
	Problem string      `json:"problem,omitempty"`
}

// CreatedToken is a new access token, with the secret that nobody is shown again.
type CreatedToken struct {
	Token  TokenInfo `json:"token"`
	Secret string    `json:"secret"`
}

func infoOf(t token.Token) TokenInfo {
	info := TokenInfo{
		ID: t.ID, Name: t.Name, Publish: t.Publish, Read: t.Read, Urgent: t.Urgent, Ask: t.Ask, Receipts: t.Receipts,
		People: t.People, Metrics: t.Metrics, InURL: t.InURL, Rate: t.Rate,
		Created: wire.Time(t.Created).String(), UsedFrom: t.UsedFrom,
	}
	if !t.Used.IsZero() {
		info.Used = wire.Time(t.Used).String()
	}
	return info
}

// Tokens lists the access tokens.
func (s *Programs) Tokens() TokensAnswer {
	answer := TokensAnswer{Tokens: []TokenInfo{}, Problem: s.tokens.Problem()}
	for _, t := range s.tokens.List() {
		answer.Tokens = append(answer.Tokens, infoOf(t))
	}
	return answer
}

// CreateToken makes an access token. Like a password it may outlive the session that it was made in, so the key or the
// password is asked for again. Errors: closing; key_needed; identity_taken where a person, the list or another token has the
// name; unknown_topic; those of [token.Store.Add].
func (s *Programs) CreateToken(ctx context.Context, q NewToken) (CreatedToken, error) {
	if _, err := s.server.OpenLog(); err != nil {
		return CreatedToken{}, err
	}
	if err := s.checkPlaces(q); err != nil {
		return CreatedToken{}, err
	}
	name, err := names.Check(q.Name)
	if err != nil {
		return CreatedToken{}, err
	}
	if s.clients.NameTaken("", name) {
		return CreatedToken{}, &wire.Error{Code: wire.ErrIdentityTaken.Code, Field: "name", Message: "Someone here already has that name. Choose another one."}
	}
	if err := s.justShown(ctx); err != nil {
		return CreatedToken{}, err
	}
	rights := token.Rights{
		Publish: q.Publish, Read: q.Read, Urgent: q.Urgent, Ask: q.Ask, Receipts: q.Receipts, People: q.People, Metrics: q.Metrics, InURL: q.InURL,
		Rate: token.DefaultRate,
	}
	if q.Rate != nil {
		rights.Rate = *q.Rate
	}
	t, secret, err := s.tokens.Add(name, rights)
	if err != nil {
		return CreatedToken{}, err
	}
	s.audit.note(ctx, AuditEntry{What: "token_created", Name: t.Name, Detail: t.Words()})
	s.revisions.TokensChanged()
	return CreatedToken{Token: infoOf(t), Secret: secret}, nil
}

// checkPlaces returns unknown_topic where a topic that is named does not exist.
func (s *Programs) checkPlaces(q NewToken) error {
	for field, list := range map[string][]string{"publish": q.Publish, "read": q.Read} {
		for _, name := range list {
			if name == token.Everyone || name == token.People || name == token.All {
				continue
			}
			if _, ok := s.topics.Get(name); !ok {
				return &wire.Error{
					Code: wire.ErrUnknownTopic.Code, Field: field, Message: fmt.Sprintf("There is no topic %q.", wire.Clip(name, wire.MaxTopic)),
				}
			}
		}
	}
	return nil
}

// RemoveToken ends an access token, by its ID, with all that it is doing. Errors: closing, unknown_token, not_kept.
func (s *Programs) RemoveToken(ctx context.Context, id string) error {
	if _, err := s.server.OpenLog(); err != nil {
		return err
	}
	t, err := s.tokens.Remove(id)
	if err != nil {
		return err
	}
	s.audit.note(ctx, AuditEntry{What: "token_removed", Name: t.Name})
	s.revisions.TokensChanged()
	return nil
}

// tokensElsewhere has this server follow what another one of the same log has changed of the tokens: nobody here has the name of a
// program.
func (s *Programs) tokensElsewhere() {
	s.tokens.CopyToFile()
	for _, t := range s.tokens.List() {
		s.clients.ProgramNamed(t.Name)
	}
	s.revisions.TokensChanged()
}

// Webhooks are the verbs about webhooks. Who makes one, or changes where it leads, shows the key or the password again: it
// goes on after the session has ended.
type Webhooks struct {
	openLog   func() (msglog.Log, error)
	engine    *webhook.Engine
	justShown func(context.Context) error
	revisions *Revisions
	audit     *AuditLog
}

// WebhooksAnswer is all webhooks, the oldest first.
type WebhooksAnswer struct {
	Webhooks []webhook.Info `json:"webhooks"`
}

// WebhookAnswer wraps a webhook, whose id would be taken for the frame's. Secret is there only where it was made just now.
type WebhookAnswer struct {
	Webhook webhook.Info `json:"webhook"`
	Secret  string       `json:"secret,omitempty"`
}

// WebhookQuery is the fields of the verbs about one webhook: its id, and what is to hold.
type WebhookQuery struct {
	Webhook string `json:"webhook"`
	webhook.Spec
	Paused bool `json:"paused"`
}

// Webhooks lists the webhooks.
func (s *Webhooks) Webhooks() WebhooksAnswer { return WebhooksAnswer{s.engine.List()} }

// CreateWebhook makes a webhook, and shows its secret this once. Errors: bad_frame, too_large, not_kept, closing, key_needed.
func (s *Webhooks) CreateWebhook(ctx context.Context, spec webhook.Spec) (a WebhookAnswer, err error) {
	if err := s.allowed(ctx); err != nil {
		return a, err
	}
	if a.Webhook, a.Secret, err = s.engine.Create(spec); err != nil {
		return a, err
	}
	s.audit.note(ctx, hookEntry("webhook_created", a.Webhook))
	return a, nil
}

// ChangeWebhook changes where a webhook leads and what it is sent. Errors: not_allowed where there is none, and those of
// CreateWebhook.
func (s *Webhooks) ChangeWebhook(ctx context.Context, id string, spec webhook.Spec) (a WebhookAnswer, err error) {
	if err := s.allowed(ctx); err != nil {
		return a, err
	}
	if a.Webhook, err = s.engine.Change(id, spec); err != nil {
		return a, err
	}
	s.audit.note(ctx, hookEntry("webhook_changed", a.Webhook))
	return a, nil
}

// allowed fails where no webhook may be made or changed now.
func (s *Webhooks) allowed(ctx context.Context) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	return s.justShown(ctx)
}

// PauseWebhook pauses a webhook, or has it go on. Errors: not_allowed, not_kept.
func (s *Webhooks) PauseWebhook(ctx context.Context, id string, paused bool) (a WebhookAnswer, err error) {
	if a.Webhook, err = s.engine.Pause(id, paused); err != nil {
		return a, err
	}
	what := "webhook_resumed"
	if paused {
		what = "webhook_paused"
	}
	s.audit.note(ctx, hookEntry(what, a.Webhook))
	s.revisions.StateChanged() // its notice may have gone
	return a, nil
}

// RetryWebhook has a webhook that fails try again at once. Errors: not_allowed.
func (s *Webhooks) RetryWebhook(_ context.Context, id string) (a WebhookAnswer, err error) {
	a.Webhook, err = s.engine.Retry(id)
	return a, err
}

// TestWebhook calls a webhook, and returns what it answered. It takes seconds where nothing answers. Errors: not_allowed.
func (s *Webhooks) TestWebhook(ctx context.Context, id string) (webhook.TestResult, error) {
	if _, err := s.openLog(); err != nil {
		return webhook.TestResult{}, err
	}
	result, i, err := s.engine.Test(ctx, id)
	if err == nil {
		s.audit.note(ctx, hookEntry("webhook_tested", i))
	}
	return result, err
}

// RemoveWebhook removes a webhook, with what waits for it. Errors: not_allowed, not_kept.
func (s *Webhooks) RemoveWebhook(ctx context.Context, id string) error {
	i, err := s.engine.Remove(id)
	if err != nil {
		return err
	}
	s.audit.note(ctx, hookEntry("webhook_removed", i))
	s.revisions.StateChanged()
	return nil
}

// WebhookHappened notes what a webhook does by itself: it fails, or is paused because it does.
func (s *Webhooks) WebhookHappened(what string, i webhook.Info) {
	e := hookEntry(what, i)
	e.Detail = i.Error
	s.audit.Note(e)
	s.revisions.StateChanged()
}

// hookEntry is an entry of the audit list about a webhook. It names the host alone: the rest of a URL may hold a secret.
func hookEntry(what string, i webhook.Info) AuditEntry {
	e := AuditEntry{What: what, Target: i.Host()}
	if what == "webhook_created" || what == "webhook_changed" {
		e.Detail = strings.Join(i.Events, ", ")
		for _, chosen := range []struct {
			on   bool
			name string
		}{{i.Texts, "texts"}, {i.Private, "private"}} {
			if chosen.on {
				e.Detail += ", " + chosen.name
			}
		}
	}
	return e
}

// hookNotice is the notice about webhooks, nil where there is none.
func hookNotice(engine *webhook.Engine) *Notice {
	message, since := engine.Notice()
	if message == "" {
		return nil
	}
	return &Notice{Code: "webhook", Message: message, Since: since}
}
