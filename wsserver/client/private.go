package client

import (
	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
)

// This file is whose a private conversation is. Everybody sees the user_id that it is named after, so saying that opens
// nothing: a token does, and what the connection did itself.

// mayRead reports whether an entry that the log has is one for a client, where it is of the client's streams: private ones
// are from the claimant's floor on, or from where a connection without a token wrote to the operator itself.
func (s *Service) mayRead(me *hub.Identity, e *msglog.Entry) bool {
	switch {
	case e.Audience != msglog.AudiencePrivate:
		return true
	case e.UserID != me.UserID:
		return false
	case me.Proved:
		return e.Seq > s.identities.PrivateSince(me.UserID)
	}
	return me.Made || me.Wrote > 0 && e.Seq >= me.Wrote
}

// floorFor is the seq up to which the private conversation of a user_id is not that of who claims it now: all there is, but
// what its own connection, me, has been part of.
func (s *Service) floorFor(me *hub.Identity, userID string) uint64 {
	switch {
	case me.UserID == userID && me.Made:
		return 0 // nobody could have said it before
	case me.UserID == userID && me.Wrote > 0:
		return me.Wrote - 1
	}
	return s.log.Last()
}

// isMade reports whether the server made the user_id of a hello for this connection.
func isMade(c *Client, q *helloRequest, userID string) bool {
	d := c.pending.Load()
	return userID == q.newID || d != nil && userID == d.userID
}

// restartPrivateRange has the client's receipts begin anew where it was not sent a private message of the operator's, since
// it had not shown a token yet. me is what it was until now.
func restartPrivateRange(c *Client, me *hub.Identity) {
	from, ok := c.gaplessFrom[""]
	if ok && !me.HearsPrivate() && c.service.ledger.WrotePrivately(me.UserID, from) {
		c.gaplessFrom[""] = c.service.ledger.BeginRange(me.UserID, "", c.service.identities.PrivateSince(me.UserID), false)
	}
}
