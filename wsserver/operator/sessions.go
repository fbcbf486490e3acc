package operator

import (
	"cmp"
	"context"
	"slices"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/wire"
)

// This file is the operator's sessions: a browser that has shown the key, or the password, holds a cookie for one. The
// server keeps each by a hash of that cookie, so that it can be listed and ended.

const ()

// How a session was opened.
const ()

// SessionInfo is a browser, or another program, that is signed in as the operator.
type SessionInfo struct {
	ID    string `json:"id"`
	Since string `json:"since"`
	// Used is when it last did something.
	Used    string `json:"used"`
	Address string `json:"address"`
	Browser string `json:"browser"`
	// How it signed in: "key" or "password".
	How string `json:"how"`
	// Connected is how many of its dashboards are open now.
	Connected int `json:"connected"`
	// Lasting: it has a cookie. A program that shows the key at each connection has none, and ends with that.
	Lasting bool `json:"lasting"`
	// This is the asker's own.
	This bool `json:"this"`
}

// SessionsAnswer lists sessions, the one used last first.
type SessionsAnswer struct {
	Sessions []SessionInfo `json:"sessions"`
}

// Sessions lists who is signed in as the operator: browsers with a cookie, and programs that showed the key.
func (s *Operator) Sessions(ctx context.Context) SessionsAnswer {
	own := callerOf(ctx).Session
	open := map[string]int{}
	answer := SessionsAnswer{Sessions: []SessionInfo{}}
	for _, p := range s.Hub.Dashboards() {
		c := p.Handler.(*Dashboard)
		id := c.SessionID()
		open[id]++
		if c.Session == "" {
			answer.Sessions = append(answer.Sessions, SessionInfo{
				ID: id, Since: wire.Time(c.Since).String(), Used: wire.Time(time.Unix(0, c.LastHeard.Load())).String(),
				Address: c.Address, Browser: c.Agent, How: auth.ByKey, Connected: 1, This: id == own,
			})
		}
	}
	for _, o := range s.SignedIn.All() {
		answer.Sessions = append(answer.Sessions, SessionInfo{
			ID: o.ID, Since: wire.Time(time.Unix(o.Since, 0)).String(), Used: wire.Time(time.Unix(o.Used, 0)).String(),
			Address: o.Address, Browser: o.Browser, How: o.How, Connected: open[o.ID], Lasting: true, This: o.ID == own,
		})
	}
	slices.SortStableFunc(answer.Sessions, func(a, b SessionInfo) int { return cmp.Compare(b.Used, a.Used) })
	return answer
}

// EndSession ends one session, and its dashboards. Errors: not_allowed where there is none, not_kept.
func (s *Operator) EndSession(ctx context.Context, id string) error {
	var ended AuditEntry
	n, err := s.SignedIn.End(func(o *auth.Session) bool {
		if o.ID == id {
			ended.Target, ended.Detail = o.Address, o.Browser
		}
		return o.ID == id
	})
	n += s.EndDashboards(func(d *Dashboard) bool { return d.SessionID() == id }, "This session was ended.")
	if n == 0 {
		return wire.ErrNotAllowed.WithMessage("There is no such session any more.")
	}
	ended.What = "session_ended"
	s.note(ctx, ended)
	s.Revisions.Bump(&s.Revisions.SessionsRev)
	if err != nil {
		s.Logger.Error("keep the sessions", "error", err)
		return wire.ErrSettingNotKept
	}
	return nil
}

// endDashboards ends the dashboards for which ends reports true, who read why, and returns how many.
func (s *Operator) EndDashboards(ends func(*Dashboard) bool, why string) (n int) {
	said := wire.Encode(wire.NewErrorFrame(wire.ErrNotAllowed.WithMessage(why), wire.RequestHead{}))
	for _, c := range s.Hub.Dashboards() {
		if ends(c.Handler.(*Dashboard)) {
			c.End(said, wire.CloseNotAllowed, "session ended")
			n++
		}
	}
	return n
}
