package client

import (
	"cmp"
	"strings"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// This file decides whom each way in lets in. Who is let in by another than the open one is recorded with its token
// before it is told so, and comes back by that.

const (
	// wrongCodesMost is how many wrong digits there may be in all before the digits change by themselves: of a million
	// that is a chance of one in five thousand to guess them.
	MaxWrongCodes = 200
)

// admitted is how somebody comes in. entry is the id of the list's entry that it was by, "" where by none.
type admitted struct {
	record bool // it is new, and is to be recorded
	entry  string
}

// admit settles who says hello, and whether it may come in. Both nil: it was told to wait.
func (c *Client) admit(r *wire.Request, name *string) (*hub.IdentityChange, error) {
	d := c.pending.Load()
	if d == nil || c.State() == hub.In {
		return c.identify(r, c.listName(cmp.Or(r.UserID, c.UserID()), name))
	}
	before := d.hello
	d.remember(r)
	p, err := c.decide(d, r)
	if p == nil {
		if err != nil && c.service.Lobby.Has(c) {
			d.hello = before // it keeps its place as whom it took it
		} else if err != nil {
			c.service.Hub.SetPending(&c.Peer, hub.Asked)
		}
		return nil, err
	}
	if e, ok := c.service.List.Get(p.entry); ok {
		c.hasListName, name = true, &e.Name
		c.service.reassignName(e)
	}
	as, err := c.identify(r, name)
	if err != nil || !p.record {
		return as, err
	}
	in := admission.NewGrant(cmp.Or(r.Token, c.offered), p.entry)
	if err := c.service.Grants.Add(c.service.Dispatcher, map[string]admission.Grant{as.UserID: in}); err != nil {
		return nil, err
	}
	c.service.markUsed(p.entry)
	return as, nil
}

// decide is by what a newcomer comes in, nil where it does not: it waits, or err says why.
func (c *Client) decide(d *pending, r *wire.Request) (*admitted, error) {
	s := c.service
	way := s.Settings.Get()
	access := way.AccessMode()
	if access != settings.AccessApproval {
		s.Lobby.Drop(c) // it sat down while the way changed
	}
	if access == settings.AccessOpen {
		return &admitted{}, nil
	}
	if in, ok := s.Grants.Find(r.UserID, r.Token); ok {
		return &admitted{entry: in.Entry}, nil
	}
	switch {
	case access == settings.AccessApproval && d.approved(r.UserID):
		return &admitted{record: true}, nil
	case access == settings.AccessApproval:
		return nil, c.waitInLobby(d, r)
	case r.Code == "":
		return nil, admission.CodeNeeded(access)
	case access == settings.AccessCode:
		if err := s.checkCode(c.Address(), r.Code, way); err != nil {
			return nil, err
		}
		return &admitted{record: true}, nil
	}
	e, ok := s.List.FindByCode(r.Code)
	if !ok { // 80 bits are not guessed
		return nil, admission.CodeWrong("No card has that code. Look again.", admission.CodeRetry)
	}
	return &admitted{record: true, entry: e.ID}, nil
}

// listName is what a person is called who came in by the list, while that is the way in.
func (c *Client) listName(userID string, name *string) *string {
	s := c.service
	c.hasListName = false
	if s.access() == settings.AccessList {
		if e, ok := s.List.Get(s.Grants.EntryOf(userID)); ok {
			c.hasListName = true
			return &e.Name
		}
	}
	return name
}

// checkCode looks at the secret first, which nobody guesses, and then at the digits, which are slowed by address.
func (s *Service) checkCode(address, code string, v settings.Values) error {
	if admission.EqualSecret(strings.TrimSpace(code), v.Secret) {
		return nil
	}
	digits, ok := admission.ParseDigits(code)
	if !ok {
		return admission.CodeWrong("That is not the code. It is six digits.", 0)
	}
	right, wait, ok := s.Limiter.TryCode(address)
	if !ok {
		return admission.CodeWrong("That were too many wrong codes from this address. Wait a moment.", wait)
	}
	if admission.EqualSecret(digits, v.Code) {
		right()
		return nil
	}
	s.WrongCode(v.Code)
	return admission.CodeWrong("That is not the code. Look again.", wait)
}

// markUsed notes that somebody came in by an entry of the list. It waits for no disk.
func (s *Service) markUsed(id string) {
	r, ok := s.List.MarkUsed(id, time.Now())
	if !ok {
		return
	}
	if err := s.Dispatcher.Post(dispatch.Post{Records: []msglog.Record{r}, Done: func(msglog.Appended, error) {}}); err != nil {
		s.Logger.Warn("keep when a card was used", "error", err)
	}
	s.ListChanged()
}
