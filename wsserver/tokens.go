package wsserver

import (
	"context"
	"slices"

	"belfry/wsserver/client"
	"belfry/wsserver/operator"
	"belfry/wsserver/token"
)

// tokenWatch follows the access tokens that the command line writes while the server runs.
type tokenWatch struct {
	tokens    *token.Store
	clients   *client.Service
	audit     *operator.AuditLog
	revisions *operator.Revisions
}

// run is a loop until ctx ends: it takes those tokens, and notes them in the audit list. People whose name a program has now
// get another one.
func (w tokenWatch) run(ctx context.Context) {
	w.takeNames(w.tokens.List())
	w.tokens.CopyToFile()
	w.tokens.Watch(ctx, func(c token.Change) {
		if !c.Unreadable { // else nobody made or removed them
			w.note("token_created", c.Now, c.Before)
			w.note("token_removed", c.Before, c.Now)
		}
		w.takeNames(c.Now)
		w.revisions.TokensChanged()
	}, w.revisions.TokensChanged)
}

// takeNames gives the names of programs to them alone.
func (w tokenWatch) takeNames(list []token.Token) {
	for _, t := range list {
		w.clients.ProgramNamed(t.Name)
	}
}

// note notes each token of list that others lacks. Nobody was signed in who did it.
func (w tokenWatch) note(what string, list, others []token.Token) {
	for _, t := range list {
		if !slices.ContainsFunc(others, func(o token.Token) bool { return o.ID == t.ID }) {
			w.audit.Note(operator.AuditEntry{What: what, Name: t.Name, Detail: t.Words()})
		}
	}
}
