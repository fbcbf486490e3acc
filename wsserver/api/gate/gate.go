// Package gate lets programs in: it finds out who asks by the access token, refuses what a browser was made to send, and
// checks each act against the token's rights before it calls the operator's verb. Every door for programs (package v1, ntfy,
// gotify) is built on it, and knows nothing else of the server.
//
// A [Gate] is safe for concurrent use. A [Caller] belongs to one request, and its work ends with the request, with the token,
// and with the server.
package gate

import (
	"context"
	"net/http"

	"belfry/wsserver/auth"
	"belfry/wsserver/limiter"
	"belfry/wsserver/operator"
	"belfry/wsserver/token"
	"belfry/wsserver/wire"
)

// Options are what a Gate needs.
type Options struct {
	Operator *operator.Operator
	Tokens   *token.Store
	Key      *auth.Key
	Limiter  *limiter.Limiter
	// Blocked is why an address may not come in, nil: it may.
	Blocked func(address string) *wire.Error
	// Browser describes a User-Agent for the audit list.
	Browser func(userAgent string) string
	// Refused is called with each error that a program is answered by the gate itself. It must not block.
	Refused func(*wire.Error)
}

// Gate lets programs in.
type Gate struct{ o Options }

// New makes a Gate.
func New(o Options) *Gate { return &Gate{o} }

// Caller is a program that has shown an access token, or the operator's key.
type Caller struct {
	gate *Gate
	// Token of the program; the zero value where the operator's key was shown, which may do everything.
	Token    token.Token
	operator bool
	// Address that the request came from.
	Address string
	ctx     context.Context
	// shown is the token itself, for WithSecret alone.
	shown string
}

// WithSecret calls use with the token that the caller has shown: to check what was signed with it, or to answer it to whoever
// has it already. use must not keep it.
func (c *Caller) WithSecret(use func(secret string) error) error { return use(c.shown) }

// Operator reports whether the operator's key was shown.
func (c *Caller) Operator() bool { return c.operator }

// Context ends with the request, and when the token is removed or its rights change. The operator's verbs know the caller by
// it.
func (c *Caller) Context() context.Context { return c.ctx }

// Errors of coming in.
var (
	ErrNoToken    = &wire.Error{Code: "unauthorized", Message: "Send an access token. The operator makes one in Settings, under Programs."}
	ErrWrongToken = &wire.Error{Code: "unauthorized", Message: "That access token is not valid here. It may have been removed."}
	ErrInURL      = &wire.Error{Code: "unauthorized", Message: "This token does not count in a URL, which proxies and histories keep. Send it in the header Authorization, or make a token that may be in a URL."}
)

// Enter lets a request in, by its token. key: the operator's key counts as well, as a Bearer. end is called when the work of
// the request is done; it is never nil. Errors: unauthorized, not_allowed for requests of other sites and blocked addresses,
// rate_limited after too many wrong tokens.
func (g *Gate) Enter(r *http.Request, key bool) (c *Caller, end func(), err error) {
	c, end, err = g.enter(r, key)
	return c, end, g.noted(err)
}

// Handler answers requests that Enter lets in by handle, and every error, its own and handle's, by refuse.
func (g *Gate) Handler(key bool, refuse func(http.ResponseWriter, error), handle func(http.ResponseWriter, *http.Request, *Caller) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, end, err := g.Enter(r, key)
		defer end()
		if err == nil {
			err = handle(w, r, c)
		}
		if err != nil {
			refuse(w, err)
		}
	}
}

// noted reports an error, and returns it.
func (g *Gate) noted(err error) error {
	if err != nil {
		g.o.Refused(wire.AsError(err))
	}
	return err
}

func (g *Gate) enter(r *http.Request, key bool) (c *Caller, end func(), err error) {
	none := func() {}
	address := g.o.Limiter.Address(r)
	if err := g.refused(r, address); err != nil {
		return nil, none, err
	}
	shown, inURL, err := credential(r)
	if err != nil {
		return nil, none, err
	}
	c = &Caller{gate: g, Address: address, shown: shown}
	t, known := g.o.Tokens.Find(shown)
	generation := g.o.Key.Generation()
	switch {
	case known && inURL && !t.InURL:
		return nil, none, ErrInURL
	case known:
		c.Token = t
		g.o.Tokens.NoteUse(t.ID, address)
		work, stop := g.o.Tokens.While(r.Context(), t.ID)
		c.ctx = operator.WithCaller(work, operator.Caller{Token: t.ID, TokenName: t.Name, Address: address, Browser: g.o.Browser(r.UserAgent())})
		return c, stop, nil
	case key && !inURL && isBearer(r, shown) && g.o.Key.Matches(shown):
		c.operator = true
		work, stop := g.o.Key.While(r.Context(), generation)
		c.ctx = operator.WithCaller(work, operator.Caller{Session: auth.ByKey, Program: true, Address: address, Browser: g.o.Browser(r.UserAgent())})
		return c, stop, nil
	case shown == "":
		return nil, none, ErrNoToken
	}
	return nil, none, g.wrong(address)
}

// Admit is Enter for what is answered without a token: pages of other servers, and addresses that are blocked, may not even
// ask that. Errors: not_allowed, blocked.
func (g *Gate) Admit(r *http.Request) error { return g.noted(g.refused(r, g.o.Limiter.Address(r))) }

// wrong counts a wrong token of an address.
func (g *Gate) wrong(address string) error {
	if wait, ok := g.o.Limiter.MayTryKey(address); !ok {
		return &wire.Error{Code: "rate_limited", Message: "Too many wrong tokens from this address. Wait a moment.", Retry: wait}
	}
	g.o.Limiter.WrongKey(address)
	return ErrWrongToken
}

// refused is why a request may not come in whatever it shows. Browsers that a page of another site sends here are refused:
// programs send no Origin.
func (g *Gate) refused(r *http.Request, address string) error {
	if why := g.o.Limiter.RefusedOrigin(r); why != nil {
		return why
	}
	if auth.FromOtherSite(r) {
		return wire.ErrNotAllowed.WithMessage("Pages from other servers cannot do this.")
	}
	if why := g.o.Blocked(address); why != nil {
		return why
	}
	return nil
}
