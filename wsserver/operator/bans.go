package operator

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator/tell"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// Blocked lists the bans: muted and blocked persons, and blocked addresses.
func (s *People) Blocked() admission.BlockedAnswer { return s.bans.All() }

// Mute lets a person read but not write, from the next message on. Errors: unknown_user, not_kept.
func (s *People) Mute(ctx context.Context, userID string) error {
	defer s.identities.Lock(userID)()
	if s.isGuestElsewhere(userID) {
		return s.muteGuestElsewhere(ctx, userID, true)
	}
	b, err := s.banOf(admission.Muted, userID, "")
	if err != nil {
		return err
	}
	if err := s.bans.Set(s.dispatcher, b); err != nil {
		return err
	}
	s.clients.SendMuted(userID, true)
	s.banChanged(ctx, AuditEntry{What: "muted", UserID: userID, Name: b.Name})
	return nil
}

// Block refuses a person or, if address is given, an address or a network, from now on. Their connections are ended,
// with the reason. Errors: unknown_user, bad_frame, too_large, not_kept; not_allowed for a guest, who has no identity
// by which to be recognised.
func (s *People) Block(ctx context.Context, userID, address, reason string) error {
	reason, err := admission.CleanReason(reason)
	if err != nil {
		return err
	}
	if address != "" {
		return s.blockAddress(ctx, address, reason)
	}
	if identity.IsGuest(userID) {
		return wire.ErrNotAllowed.WithMessage("A guest has no identity that Belfry could recognize. Block the address instead.")
	}
	defer s.identities.Lock(userID)()
	b, err := s.banOf(admission.Blocked, userID, reason)
	if err != nil {
		return err
	}
	if err := s.bans.Set(s.dispatcher, b); err != nil {
		return err
	}
	s.endPerson(userID, b.Refusal(), wire.CloseNotAllowed)
	if list := s.lobby.List(userID, false); len(list) > 0 {
		refuseWaiting(s.lobby, s.revisions, list, b.Refusal())
	}
	if _, err := s.revokeGrants(s.dispatcher, userID); err != nil {
		return err
	}
	s.banChanged(ctx, AuditEntry{What: "blocked", UserID: userID, Name: b.Name, Detail: reason})
	return nil
}

func (s *People) blockAddress(ctx context.Context, address, reason string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	p, err := admission.ParseNetwork(strings.TrimSpace(address))
	if err != nil {
		return wire.ErrBadFrame.WithMessage("Write an address as 192.168.1.24, and a network as 192.168.7.0/24.")
	}
	b := admission.Ban{Kind: admission.BlockedAddress, Address: p.String(), Since: wire.Time(time.Now()).String(), Reason: reason}
	if p.IsSingleIP() {
		b.Address = p.Addr().String()
	}
	if err := s.bans.Set(s.dispatcher, b); err != nil {
		return err
	}
	said := wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{}))
	for _, c := range s.hub.AllClients() {
		if ip, err := netip.ParseAddr(c.Address()); err == nil && p.Contains(ip.WithZone("")) {
			c.End(said, wire.CloseNotAllowed, "blocked")
		}
	}
	s.banChanged(ctx, AuditEntry{What: "blocked", Target: b.Address, Detail: reason})
	return nil
}

// liftBan removes a ban. Errors: not_allowed if there is none, not_kept.
func (s *People) liftBan(ctx context.Context, b admission.Ban, what string) error {
	if _, err := s.openLog(); err != nil {
		return err
	}
	defer s.identities.Lock(b.UserID)()
	b, ok, err := s.bans.Lift(s.dispatcher, b)
	switch {
	case err != nil:
		return err
	case !ok:
		return wire.ErrNotAllowed.WithMessage("That person or address is not blocked or muted.")
	}
	if b.Kind == admission.Muted {
		s.clients.SendMuted(b.UserID, false)
	}
	s.banChanged(ctx, AuditEntry{What: what, UserID: b.UserID, Name: b.Name, Target: b.Address})
	return nil
}

// Unmute lets a person write again. Errors: not_allowed if they are not muted, not_kept.
func (s *People) Unmute(ctx context.Context, userID string) error {
	if s.isGuestElsewhere(userID) {
		return s.muteGuestElsewhere(ctx, userID, false)
	}
	unmuted := false
	for _, p := range s.hub.PeersOf(userID) {
		unmuted = unmuted || p.Identity().Muted
		p.SetMuted(false)
	}
	if _, ok := s.bans.OfPerson(admission.Muted, userID); !ok && unmuted {
		s.clients.SendMuted(userID, false)
		s.banChanged(ctx, AuditEntry{What: "unmuted", UserID: userID, Name: s.nameOf(userID)})
		return nil
	}
	return s.liftBan(ctx, admission.Ban{Kind: admission.Muted, UserID: userID}, "unmuted")
}

// isGuestElsewhere reports whether a user_id is that of a guest of another machine. A guest's ban is kept by that machine alone.
func (s *People) isGuestElsewhere(userID string) bool {
	return identity.IsGuest(userID) && len(s.hub.PeersOf(userID)) == 0 && s.connectedElsewhere([]string{userID})[userID]
}

// muteGuestElsewhere has the machine of a guest mute them, or let them write again.
func (s *People) muteGuestElsewhere(ctx context.Context, userID string, muted bool) error {
	kind, what := tell.Muted, "muted"
	if !muted {
		kind, what = tell.Unmuted, "unmuted"
	}
	if err := s.dispatcher.Keep(tell.Once(kind, userID, []byte{})...); err != nil {
		return err
	}
	s.audit.note(ctx, AuditEntry{What: what, UserID: userID})
	return nil
}

// muteGuest mutes a guest of this machine, or lets them write again, as another machine says.
func (s *People) muteGuest(userID string, muted bool) {
	if !identity.IsGuest(userID) || len(s.hub.PeersOf(userID)) == 0 {
		return
	}
	defer s.identities.Lock(userID)()
	b := admission.Ban{Kind: admission.Muted, UserID: userID, Since: wire.Time(time.Now()).String()}
	if muted {
		_ = s.bans.Set(s.dispatcher, b) // a guest's is not written
	} else {
		for _, p := range s.hub.PeersOf(userID) {
			p.SetMuted(false)
		}
		_, _, _ = s.bans.Lift(s.dispatcher, b)
	}
	s.clients.SendMuted(userID, muted)
	s.hub.BumpPerson(userID)
	s.revisions.BansChanged()
}

// Unblock accepts a person, or an address or network, again. Errors: not_allowed if it is not blocked, not_kept.
func (s *People) Unblock(ctx context.Context, userID, address string) error {
	if address != "" {
		return s.liftBan(ctx, admission.Ban{Kind: admission.BlockedAddress, Address: address}, "unblocked")
	}
	return s.liftBan(ctx, admission.Ban{Kind: admission.Blocked, UserID: userID}, "unblocked")
}

// banOf makes a ban of a person. Errors: unknown_user if the room does not know the person.
func (s *People) banOf(kind, userID, reason string) (admission.Ban, error) {
	if _, err := s.openLog(); err != nil {
		return admission.Ban{}, err
	}
	if !s.ledger.Known(userID) && !s.identities.Claimed(userID) && len(s.lobby.List(userID, false)) == 0 && !s.somewhere(userID) &&
		len(waitingElsewhere(s.peers, userID, false, nil)) == 0 {
		return admission.Ban{}, wire.ErrUnknownUser
	}
	return admission.Ban{Kind: kind, UserID: userID, Name: s.nameOf(userID), Since: wire.Time(time.Now()).String(), Reason: reason}, nil
}

// banChanged notes a changed ban, and announces it to dashboards.
func (s *People) banChanged(ctx context.Context, e AuditEntry) {
	s.audit.note(ctx, e)
	s.hub.BumpPerson(e.UserID)
	s.revisions.BansChanged()
}

// identityElsewhere is what a claim or a release at another server means for the connections of that user_id. The key of a
// token that was freed is nobody's user_id.
func (s *People) identityElsewhere(userID string) {
	if len(s.hub.PeersOf(userID)) == 0 {
		return
	}
	defer s.identities.Lock(userID)()
	switch {
	case s.identities.Retired(userID):
		s.clients.ReleaseName(userID)
		s.endPerson(userID, client.ErrFreed, wire.CloseRemoved)
	case s.identities.Claimed(userID):
		s.clients.Demote(userID)
	}
}

// namedElsewhere has a person's connections follow the name that another server has given them.
func (s *People) namedElsewhere(r msglog.Record) {
	if userID := receipts.NamedBy(r); userID != "" && len(s.hub.PeersOf(userID)) > 0 {
		defer s.identities.Lock(userID)()
		s.clients.NamedElsewhere(userID)
	}
}

// putOutElsewhere ends the connections of a person whom another server has put out, or has refused while they wait here.
func (s *People) putOutElsewhere(r msglog.Record) {
	if r.Erased() {
		return
	}
	said, err := tell.WhyOf(r)
	if err != nil {
		s.logger.Error("follow the log", "error", err)
		return
	}
	if r.Kind == tell.Refused {
		refuseWaiting(s.lobby, s.revisions, s.lobby.List(r.Key, false), said)
		return
	}
	s.putOut([]string{r.Key}, said)
}

// muteElsewhere tells a person's connections that another server has muted them, or lets them write again.
func (s *People) muteElsewhere(r msglog.Record) {
	userID, ok := admission.MutedBy(r)
	if !ok || len(s.hub.PeersOf(userID)) == 0 {
		return
	}
	defer s.identities.Lock(userID)()
	_, muted := s.bans.OfPerson(admission.Muted, userID)
	if !muted {
		for _, p := range s.hub.PeersOf(userID) {
			p.SetMuted(false)
		}
	}
	s.clients.SendMuted(userID, muted)
	s.hub.BumpPerson(userID)
}

// endBanned ends the connections of blocked persons and addresses, and turns away those who wait in the lobby.
func (s *People) endBanned() {
	for _, p := range s.hub.AllClients() {
		if b, ok := s.bans.OfAddress(p.Address()); ok {
			p.End(wire.Encode(wire.NewErrorFrame(b.Refusal(), wire.RequestHead{})), wire.CloseNotAllowed, "blocked")
			continue
		}
		userID := p.Identity().UserID
		unlock := s.identities.Lock(userID)
		if b, ok := s.bans.OfPerson(admission.Blocked, userID); ok {
			s.endPerson(userID, b.Refusal(), wire.CloseNotAllowed)
		}
		unlock()
	}
	for _, w := range s.lobby.List("", true) {
		if b, ok := s.bans.OfPerson(admission.Blocked, w.UserID); ok {
			refuseWaiting(s.lobby, s.revisions, []admission.Waiting{w}, b.Refusal())
		}
	}
}
