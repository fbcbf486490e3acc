package wsserver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/peers"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is how a server goes with the other machines of its room: by what they have written to the log, and by what they
// tell one another.

// elsewhere is what other servers of the same log have changed, until this one's connections are told of it. The log waits for
// whoever takes what it has applied, and telling waits for locks that are held during a commit: so they are two.
type elsewhere struct {
	changed chan struct{} // of one: there are records

	mu      sync.Mutex // guards records
	records []msglog.Record
}

func (e *elsewhere) note(records []msglog.Record) {
	e.mu.Lock()
	e.records = append(e.records, records...)
	e.mu.Unlock()
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

func (e *elsewhere) take() (records []msglog.Record) {
	e.mu.Lock()
	defer e.mu.Unlock()
	records, e.records = e.records, nil
	return records
}

// tell calls each with what was noted, until ctx ends.
func (e *elsewhere) tell(ctx context.Context, each func(context.Context, []msglog.Record)) {
	for {
		select {
		case <-e.changed:
			each(ctx, e.take())
		case <-ctx.Done():
			return
		}
	}
}

// applied has the stores follow what the log has applied. What others have appended is then told to whom it concerns.
func (s *stores) applied(records []msglog.Record, own bool, logger *slog.Logger) {
	if err := errors.Join(s.followers.Put(records), s.audit.Applied(records, own)); err != nil {
		logger.Error("follow the log", "error", err)
	}
	if !own {
		s.elsewhere.note(records)
	}
}

// newPeers are the other machines of the room; nil where there is one machine.
func newPeers(s *Server) *peers.Peers {
	at := &reached{}
	return peers.New(peers.Options{
		Engine: s.config.Cluster, Logger: s.config.Logger,
		Own: func() peers.About {
			now := s.hub.Snapshot()
			about := peers.About{Version: s.config.Version, Clients: now.Clients, Subscribers: now.Subscribers, Waiting: s.stores.lobby.Size(), ClientsRev: now.Revision}
			about.LobbyRev, about.SessionsRev = s.revisions.Lists()
			about.URL, about.SecureURL = at.get(s)
			return about
		},
		Changed: func(state bool) {
			others := s.stores.peers.Others()
			hub.SetElsewhere(s.hub, others.Clients, others.Subscribers)
			if state {
				s.revisions.StateChanged()
			} else {
				s.revisions.Changed()
			}
		},
		Moved:    func(urls []string, cutOff bool) { s.clients.AnnounceNodes(urls, cutOff) },
		SendAway: func() { sendAway(s) },
		EndRun:   func(run string) { s.stores.ledger.EndRun(run, s.hub.Position()) },
	})
}

// tellPeers has the others told of each change here, until ctx ends.
func tellPeers(ctx context.Context, s *Server) {
	for events := s.Events(ctx); ; {
		select {
		case <-events:
			s.stores.peers.Wake()
		case <-ctx.Done():
			return
		}
	}
}

// sendAway ends every client once: they may come back, or go to another machine.
func sendAway(s *Server) {
	s.SendDashboardsAway()
	for _, c := range s.hub.AllClients() {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// refuseDashboard refuses a dashboard on another computer while this machine is cut off for long: who was signed out elsewhere
// meanwhile would see the room here. It reports whether it did.
func refuseDashboard(s *Server, w http.ResponseWriter, by auth.Operator) bool {
	if s.stores.peers == nil || !by.Remote || !s.stores.peers.SentAway() {
		return false
	}
	client.RefuseCutOff(s.clients, w)
	return true
}

// machinesOf is how many machines serve the room.
func machinesOf(cluster peers.Engine) int {
	if cluster == nil {
		return 1
	}
	return cluster.Machines()
}

// isInside reports whether a person is connected. Where they may be at another machine, whoever belongs to the room counts: that is
// known without asking.
func isInside(s *Server, userID string) bool {
	return len(s.hub.PeersOf(userID)) > 0 || s.stores.peers != nil && s.stores.ledger.Known(userID)
}

// reachedFor is how long the addresses of this machine are taken for the same: finding them asks the system.
const reachedFor = 5 * time.Second

// reached is where people reach this machine.
type reached struct {
	mu          sync.Mutex // guards what follows
	at          time.Time
	url, secure string
}

func (r *reached) get(s *Server) (url, secure string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.Addr() == nil || time.Since(r.at) < reachedFor {
		return r.url, r.secure
	}
	all := s.lan.Addresses()
	shown := lan.SelectAddress(all, s.settings.Get().Address)
	r.at, r.url, r.secure = time.Now(), cmp.Or(s.config.PublicURL, shown.URL), ""
	if secure := s.lan.Secure(shown, all); secure != nil {
		r.secure = secure.URL
	}
	return r.url, r.secure
}

// security is the policy of the pages. They may ask the other machines of the room whether they are there, by a picture: scripts
// still connect to this one alone.
func security(s *Server) string {
	urls := s.stores.peers.URLs()
	if len(urls) == 0 {
		return Security
	}
	return strings.Replace(Security, "img-src 'self'", "img-src 'self' "+strings.Join(urls, " "), 1)
}

// picture is one pixel that cannot be seen.
const picture = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// serveHere answers the pages of other machines of the room whether people can go on at this one: with a picture, which they may
// show, or 404. They name the log, so that nobody else learns that there is a Belfry here.
func serveHere(s *Server, w http.ResponseWriter, r *http.Request) {
	_, _, log := s.status()
	w.Header().Set("Cache-Control", "no-store")
	if log == nil || s.stores.peers == nil || r.URL.Query().Get("epoch") != log.Epoch() || s.stores.peers.Status().CutOff {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Content-Type", "image/gif")
	_, _ = w.Write([]byte(picture)) // the peer may be gone
}
