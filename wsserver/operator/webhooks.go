package operator

import (
	"context"
	"strings"

	"belfry/wsserver/msglog"
	"belfry/wsserver/webhook"
)

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
