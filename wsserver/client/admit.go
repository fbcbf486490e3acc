package client

import (
	"bytes"
	"strings"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// This file admits hellos according to the access mode. If the room is not open, a grant with the token is durable before
// the welcome, and admits the person from then on. All of this runs under the person's lock.

// admitted is how a hello was admitted.
type admitted struct {
	new     bool // it has no grant yet, so one must be recorded
	vouched bool // by the operator, a card or a grant: not just anybody could have joined this way
	entry   string
	code    []byte  // of the list entry that admitted it, if it is new by one
	name    *string // of the list entry that admitted it, nil if none did
}

// admit admits a hello, or returns nil: with an error if it is refused, without one if the client now waits in the lobby.
// A client that is already in is admitted by its grant.
func (c *Client) admit(q *helloRequest, userID string) (*admitted, error) {
	s := c.service
	d := c.pending.Load()
	if d == nil || c.State() == hub.In {
		in := &admitted{}
		if s.access() == settings.AccessList {
			in.entry = s.grants.EntryOf(userID)
		}
		s.addListName(in)
		return in, nil
	}
	before := d.hello
	d.remember(q)
	in, err := d.decide(q.Request)
	if in == nil {
		if err != nil && s.lobby.Has(c) {
			d.hello = before // it keeps its place in the lobby under that
		}
		return nil, err
	}
	if e, ok := s.addListName(in); ok {
		s.reassignName(e)
	}
	return in, nil
}

// addListName sets the name of the list entry that admitted a hello; ok is false if there is none.
func (s *Service) addListName(in *admitted) (e admission.Entry, ok bool) {
	if e, ok = s.list.Get(in.entry); ok {
		in.name = &e.Name
	}
	return e, ok
}

// decide is admit for a pending client, according to the access mode.
func (d *pending) decide(r *wire.Request) (*admitted, error) {
	c, s := d.client, d.client.service
	v := s.settings.Get()
	access := v.AccessMode()
	if access != settings.AccessApproval {
		s.lobby.Drop(c) // it joined the lobby while the mode changed
	}
	if access == settings.AccessOpen {
		return &admitted{}, nil
	}
	if g, ok := s.grants.Find(r.UserID, r.Token); ok {
		s.markSeen(r.UserID)
		return &admitted{entry: g.Entry, vouched: true}, nil
	}
	switch {
	case access == settings.AccessApproval && d.approvedAs == r.UserID:
		return &admitted{new: true, vouched: true}, nil
	case access == settings.AccessApproval:
		return nil, c.waitInLobby(r)
	case r.Code == "":
		return nil, admission.CodeNeeded(access)
	case access == settings.AccessCode:
		if err := s.checkCode(c.Address(), r.Code, v); err != nil {
			return nil, err
		}
		return &admitted{new: true}, nil
	}
	e, ok := s.list.FindByCode(r.Code)
	if !ok { // nobody guesses 60 bits
		return nil, admission.CodeWrong("No card has that code. Check it and try again.", admission.CodeRetry)
	}
	return &admitted{new: true, vouched: true, entry: e.ID, code: e.Code}, nil
}

// checkCode checks the secret first, which nobody can guess, and then the digits, which are slowed by address.
func (s *Service) checkCode(address, code string, v settings.Values) error {
	if admission.EqualSecret(strings.TrimSpace(code), v.Secret) {
		return nil
	}
	digits, ok := admission.ParseDigits(code)
	if !ok {
		return admission.CodeWrong("That is not the code. The code has six digits.", 0)
	}
	right, wait, ok := s.limiter.TryCode(address)
	if !ok {
		return admission.CodeWrong("Too many wrong codes from this address. Wait a moment.", wait)
	}
	if admission.EqualSecret(digits, v.Code) {
		right()
		return nil
	}
	s.news.WrongCode(v.Code)
	return admission.CodeWrong("That is not the code. Check it and try again.", wait)
}

// recordGrant makes durable that somebody new was admitted, with the token that they have shown or were offered.
func (s *Service) recordGrant(userID, token string, in *admitted) error {
	if !in.new {
		return nil
	}
	g := admission.NewGrant(identity.HashToken(token), s.access(), in.entry)
	if err := s.grants.Add(s.dispatcher, map[string]admission.Grant{userID: g}); err != nil {
		return err
	}
	if e, ok := s.list.Get(in.entry); in.entry != "" && (!ok || !bytes.Equal(e.Code, in.code)) {
		// Meanwhile the card was renewed or taken off the list, which closed what it had opened, without this grant.
		if _, err := s.grants.Revoke(s.dispatcher, func(id string, _ admission.Grant) bool { return id == userID }); err != nil {
			return err
		}
		return admission.CodeWrong("No card has that code. Check it and try again.", admission.CodeRetry)
	}
	s.markUsed(in.entry)
	s.news.GrantsChanged()
	return nil
}

// markSeen notes that a grant has admitted somebody. It does not wait for a commit.
func (s *Service) markSeen(userID string) {
	r, ok := s.grants.MarkSeen(userID, time.Now())
	if !ok {
		return
	}
	if err := s.dispatcher.Post(dispatch.Post{Records: []msglog.Record{r}, Done: func(msglog.Appended, error) {}}); err != nil {
		s.logger.Warn("keep when somebody who was let in came back", "error", err)
	}
	s.news.GrantsChanged()
}

// markUsed notes that an entry of the list was used; "" for none. It does not wait for a commit.
func (s *Service) markUsed(id string) {
	r, ok := s.list.MarkUsed(id, time.Now())
	if !ok {
		return
	}
	if err := s.dispatcher.Post(dispatch.Post{Records: []msglog.Record{r}, Done: func(msglog.Appended, error) {}}); err != nil {
		s.logger.Warn("keep when a card was used", "error", err)
	}
	s.news.ListChanged()
}
