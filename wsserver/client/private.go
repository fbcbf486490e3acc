package client

import (
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
)

// This file decides who may read a private conversation. Everybody can see the user_id that it is named after, so stating
// that opens nothing: only a token does, or what the connection itself has done.

// mayRead reports whether the entry of a seq, in one of a client's streams, is for that client. A private one must be after
// the claimant's floor or, for a connection without a token, after the point where it wrote to the operator itself.
func (s *Service) mayRead(me *hub.Identity, stream msglog.Stream, seq uint64) bool {
	switch {
	case stream.Audience != msglog.AudiencePrivate:
		return true
	case stream.Name != me.UserID:
		return false
	case me.Proved:
		return seq > s.identities.PrivateSince(me.UserID)
	}
	return me.Made || me.Wrote > 0 && seq >= me.Wrote
}

// floorFor returns the seq up to which the private conversation of a user_id does not belong to the one who claims it now:
// all of it, except what the claimant's own connection, me, took part in.
func (s *Service) floorFor(me *hub.Identity, userID string) uint64 {
	switch {
	case me.UserID == userID && me.Made:
		return 0 // nobody could have stated it before
	case me.UserID == userID && me.Wrote > 0:
		return me.Wrote - 1
	}
	return s.source.log.Last()
}

// isMade reports whether the server made the user_id of a hello for this connection.
func isMade(c *Client, q *helloRequest, userID string) bool {
	d := c.pending.Load()
	return userID == q.newID || d != nil && userID == d.userID
}

// restartPrivateRange begins a new range for the client's receipts if it was not sent a private message from the operator
// because it had not shown a token yet. me is what it was until now.
func restartPrivateRange(c *Client, me *hub.Identity) {
	from, ok := c.gaplessFrom[""]
	if ok && !me.HearsPrivate() && c.service.ledger.WrotePrivately(me.UserID, from) {
		c.gaplessFrom[""] = c.service.ledger.BeginRange(me.UserID, "", c.service.identities.PrivateSince(me.UserID), false)
	}
}
