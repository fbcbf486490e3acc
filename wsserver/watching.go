package wsserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"belfry/wsserver/client"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/metrics"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// watching is what is known of the server's state by those who watch it.
type watching struct {
	health  *dispatch.Health
	metrics *metrics.Metrics
	damaged int // rows of the log that the operator was told of; of retryLog alone
}

// newWatching needs nothing of s yet but its configuration.
func newWatching(s *Server) watching {
	return watching{health: &dispatch.Health{}, metrics: metrics.New(metrics.Options{
		Version: s.config.Version, State: func() (metrics.State, bool) { return measure(s) },
		Webhooks: func() metrics.Webhooks { return metrics.Webhooks(webhook.TotalsOf(s.stores.webhooks)) },
	})}
}

// appended is called with the time and the outcome of each commit.
func (w watching) appended(took time.Duration, err error) { w.metrics.Committed(took, err != nil) }

// refused returns a function that counts what is refused at a door.
func (w watching) refused(door string) func(*wire.Error) {
	return func(e *wire.Error) {
		if e.Blocked {
			w.metrics.Refused(door, metrics.Blocked)
		} else {
			w.metrics.Refused(door, e.Code)
		}
	}
}

// measure returns how the server is; false while it does not run.
func measure(s *Server) (metrics.State, bool) {
	_, _, log := s.status()
	if log == nil {
		return metrics.State{}, false
	}
	h, budget := s.hub.Snapshot(), s.hub.Budget()
	connections, _ := s.limiter.Counts()
	queued, _ := s.dispatcher.Queue()
	return metrics.State{
		Clients: h.Clients, Subscribers: h.Subscribers, Pending: h.Pending, Dashboards: h.Dashboards, Connections: connections,
		People: s.stores.ledger.Here(), Lobby: s.stores.lobby.Size(),
		Behind: h.Behind, MostBehind: h.MostBehind,
		QueueBytes: budget.Used(), QueueLimit: budget.Limit(), CommitBytes: queued,
		Damaged: damagedRows(log), Kept: log.Len(), Writable: s.watching.health.Get() == nil && !s.stores.peers.Status().CutOff, Log: log.Size(),
	}, true
}

// checked is a log whose rows have checksums.
type checked interface {
	// DamageProblem says what a disk has changed in it, nil where nothing was noticed, and how many rows it is. It never blocks.
	DamageProblem() (*wire.Problem, int)
}

func damagedRows(log msglog.Log) int {
	l, ok := log.(checked)
	if !ok {
		return 0
	}
	_, rows := l.DamageProblem()
	return rows
}

// tellDamage tells the operator what a disk has changed in the log, and again where it was more.
func tellDamage(s *Server) {
	_, _, log := s.status()
	l, ok := log.(checked)
	if !ok {
		return
	}
	if p, rows := l.DamageProblem(); rows > s.watching.damaged && s.Tell("log_damaged", p) {
		s.watching.damaged = rows
	}
}

// ready answers /readyz.
type ready struct {
	Ready bool `json:"ready"`
	// Why are codes, listed in docs/protocol.md.
	Why []string `json:"why,omitempty"`
}

// stuckAfter is how long a commit may last until the log counts as stuck.
const stuckAfter = 10 * time.Second

// serveReady says whether people can be in the room and write, to whoever asks: so it says codes alone.
func serveReady(s *Server) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		why := notReady(s)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if len(why) > 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(ready{len(why) == 0, why}) // the peer may be gone
	}
}

// notReady is what is wrong, as codes.
func notReady(s *Server) (why []string) {
	if _, _, log := s.status(); log == nil {
		return []string{"closing"}
	}
	if trouble := s.watching.health.Get(); trouble != nil {
		why = append(why, "log_not_written")
		if trouble.Code == "disk_full" {
			why = append(why, trouble.Code)
		}
	}
	if s.stores.peers.Status().CutOff {
		why = append(why, "cut_off")
	}
	if _, committing := s.dispatcher.Queue(); committing > stuckAfter {
		why = append(why, "log_stuck")
	}
	return why
}

// retryLogEvery is how often a log that could not be written is tried again if no message tries it.
const retryLogEvery = 5 * time.Second

// committed is called with the outcome of each commit before anybody is answered. It reports whether the log is gone since
// this commit.
func (s *Server) committed(err error) (gone bool) {
	if !s.watching.health.Note(err) {
		return false
	}
	s.revisions.StateChanged()
	return errors.Is(err, wire.ErrLogGone)
}

// logGone ends every client: the positions that they hold are of a log that no longer exists.
func (s *Server) logGone() {
	for _, c := range s.hub.Clients() {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// abandoned ends a client who has waited for long: who comes back sends again what has no answer.
func abandoned(from dispatch.Sender) {
	if c, ok := from.(*client.Client); ok {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
}

// retryLog is a loop until ctx ends: it says what a disk has changed in the log, and writes to one that could not be written, so that
// the operator sees when it works again.
func (s *Server) retryLog(ctx context.Context) {
	for {
		select {
		case <-time.After(retryLogEvery):
		case <-ctx.Done():
			return
		}
		tellDamage(s)
		_ = s.secrets.Sessions.WriteUsed() // what is not written is again the next time
		if s.watching.health.Get() != nil {
			// The dispatcher reports the outcome to committed.
			_ = s.dispatcher.Keep(msglog.Record{Kind: "probe", Key: "", Value: []byte(wire.Time(time.Now()).String())})
		}
	}
}
