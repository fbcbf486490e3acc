package operator

import (
	"context"
	"fmt"

	"belfry/wsserver/client"
	"belfry/wsserver/feed"
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
