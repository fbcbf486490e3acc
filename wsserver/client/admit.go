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
	WrongCodesMost = 200
)

// pass is how somebody comes in. entry is the id of the list's entry that it was by, "" where by none.
type pass struct {
	record bool // it is new, and is to be recorded
	entry  string
}

// comeIn settles who says hello, and whether it may come in. Both nil: it was told to wait.
func (c *Client) comeIn(r *wire.Request, name *string) (*hub.As, error) {
	d := c.outside.Load()
	if d == nil || c.Entered.Load() {
		return c.identify(r, c.listedName(cmp.Or(r.UserID, c.UserID()), name))
	}
	before := d.asked
	d.remember(r)
	p, err := c.mayComeIn(d, r)
	if p == nil {
		if err != nil && c.server.Lobby.Has(c) {
			d.asked, d.waiting = before, true // it keeps its seat as whom it took it
		}
		return nil, err
	}
	if e, ok := c.server.Roster.Get(p.entry); ok {
		c.listed, name = true, &e.Name
		c.server.oust(e)
	}
	as, err := c.identify(r, name)
	if err != nil || !p.record {
		return as, err
	}
	in := admission.NewLetIn(cmp.Or(r.Token, c.pending), p.entry)
	if err := c.server.LetIns.Keep(c.server.Bus, map[string]admission.LetIn{as.UserID: in}); err != nil {
		return nil, err
	}
	c.server.cardUsed(p.entry)
	return as, nil
}

// mayComeIn is by what a newcomer comes in, nil where it does not: it waits, or err says why.
func (c *Client) mayComeIn(d *doorstep, r *wire.Request) (*pass, error) {
	s := c.server
	way := s.Settings.Get()
	access := way.Way()
	if access != settings.AccessApproval {
		s.Lobby.Quit(c) // it sat down while the way changed
	}
	if access == settings.AccessOpen {
		return &pass{}, nil
	}
	if in, ok := s.LetIns.Of(r.UserID, r.Token); ok {
		return &pass{entry: in.Entry}, nil
	}
	switch {
	case access == settings.AccessApproval && d.approved(r.UserID):
		return &pass{record: true}, nil
	case access == settings.AccessApproval:
		return nil, c.wait(d, r)
	case r.Code == "":
		return nil, admission.CodeNeeded(access)
	case access == settings.AccessCode:
		if err := s.checkCode(c.Address, r.Code, way); err != nil {
			return nil, err
		}
		return &pass{record: true}, nil
	}
	e, ok := s.Roster.OfCode(r.Code)
	if !ok { // 80 bits are not guessed
		return nil, admission.CodeWrong("No card has that code. Look again.", admission.CodeRetry)
	}
	return &pass{record: true, entry: e.ID}, nil
}

// listedName is what a person is called who came in by the list, while that is the way in.
func (c *Client) listedName(userID string, name *string) *string {
	s := c.server
	c.listed = false
	if s.access() == settings.AccessList {
		if e, ok := s.Roster.Get(s.LetIns.EntryOf(userID)); ok {
			c.listed = true
			return &e.Name
		}
	}
	return name
}

// checkCode looks at the secret first, which nobody guesses, and then at the digits, which are slowed by address.
func (s *Clients) checkCode(address, code string, v settings.Chosen) error {
	if admission.Same(strings.TrimSpace(code), v.Secret) {
		return nil
	}
	digits, ok := admission.DigitsOf(code)
	if !ok {
		return admission.CodeWrong("That is not the code. It is six digits.", 0)
	}
	right, wait, ok := s.Gate.TryCode(address)
	if !ok {
		return admission.CodeWrong("That were too many wrong codes from this address. Wait a moment.", wait)
	}
	if admission.Same(digits, v.Code) {
		right()
		return nil
	}
	s.Guessed(v.Code)
	return admission.CodeWrong("That is not the code. Look again.", wait)
}

// cardUsed notes that somebody came in by an entry of the list. It waits for no disk.
func (s *Clients) cardUsed(id string) {
	r, ok := s.Roster.Use(id, time.Now())
	if !ok {
		return
	}
	if err := s.Bus.Post(dispatch.Post{Records: []msglog.Record{r}, Done: func(msglog.Appended, error) {}}); err != nil {
		s.Logger.Warn("keep when a card was used", "error", err)
	}
	s.ListChanged()
}
