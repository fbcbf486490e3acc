package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"belfry/wsserver/msglog"
)

// State is how the server is at one time.
type State struct {
	// Clients that are in, those of them that follow a topic, and those that are not admitted yet.
	Clients, Subscribers, Pending int
	// People who are here, on however many devices, and those who wait in the lobby.
	People, Lobby int
	Dashboards    int
	// Connections of clients and streams of programs, as they count towards their limit.
	Connections int
	// Behind is how many clients are sent messages from the log since their socket was full, MostBehind how many messages the
	// last of them lacks.
	Behind     int
	MostBehind uint64
	// QueueBytes waits for the sockets of clients, which may be QueueLimit; CommitBytes waits for the log.
	QueueBytes, QueueLimit int64
	CommitBytes            int
	// Damaged is how many rows of the log a disk has changed, as far as was noticed.
	Damaged int
	// Kept is how many messages the log keeps. Writable: its last commit worked.
	Kept     int
	Writable bool
	Log      msglog.Size
}

// Webhooks is what became of the calls of webhooks since the start.
type Webhooks struct {
	Sent, Failed uint64
	// Waiting is how many events wait, Failing how many webhooks do not work.
	Waiting, Failing int
}

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// gauges is each figure of a State, with its name and what it means.
var gauges = []struct {
	name, help string
	value      func(State) float64
}{
	{"clients", "Clients that are connected and admitted.", func(s State) float64 { return float64(s.Clients) }},
	{"subscribers", "Clients that follow a topic.", func(s State) float64 { return float64(s.Subscribers) }},
	{"clients_pending", "Clients that are connected and not admitted yet.", func(s State) float64 { return float64(s.Pending) }},
	{"people", "People who are here, on however many devices.", func(s State) float64 { return float64(s.People) }},
	{"lobby_people", "People who wait for the operator to let them in.", func(s State) float64 { return float64(s.Lobby) }},
	{"dashboards", "Dashboards that are connected.", func(s State) float64 { return float64(s.Dashboards) }},
	{"connections", "Connections of clients and streams of programs, as they count towards the limit.", func(s State) float64 { return float64(s.Connections) }},
	{"clients_behind", "Clients that are sent messages from the log because their socket was full.", func(s State) float64 { return float64(s.Behind) }},
	{"clients_behind_most_messages", "How many messages the client that is furthest behind still lacks.", func(s State) float64 { return float64(s.MostBehind) }},
	{"send_queue_bytes", "What waits for the sockets of all clients together.", func(s State) float64 { return float64(s.QueueBytes) }},
	{"send_queue_limit_bytes", "How much may wait for the sockets of all clients together.", func(s State) float64 { return float64(s.QueueLimit) }},
	{"commit_queue_bytes", "Messages and records that were accepted for the log and are not sent yet.", func(s State) float64 { return float64(s.CommitBytes) }},
	{"log_messages", "Messages that are kept.", func(s State) float64 { return float64(s.Kept) }},
	{"log_writable", "1 where the log could be written last, and the room's other machines are reached, else 0.", func(s State) float64 { return bit(s.Writable) }},
	{"log_damaged_rows", "Messages and records in the log that a disk has changed, as far as was noticed since the start.", func(s State) float64 { return float64(s.Damaged) }},
	{"log_bytes", "The log's size on the disk, or in memory.", func(s State) float64 { return float64(s.Log.Bytes) }},
	{"search_index_bytes", "The size of the search's index on the disk.", func(s State) float64 { return float64(s.Log.IndexBytes) }},
	{"search_index_lag_messages", "Messages that a search does not find yet.", func(s State) float64 { return float64(s.Log.IndexLag) }},
}

// snapshots is a collector that reads the state when it is asked.
type snapshots struct {
	o                       Options
	gauges                  []*prometheus.Desc // those of gauges, in their order
	calls, waiting, failing *prometheus.Desc
}

func newSnapshots(o Options) *snapshots {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	s := &snapshots{
		o:       o,
		calls:   desc("webhook_calls_total", "Calls of webhooks that arrived (sent) or did not (failed).", "result"),
		waiting: desc("webhook_waiting_events", "Events that wait to be sent to webhooks."),
		failing: desc("webhooks_failing", "Webhooks whose last call failed."),
	}
	for _, g := range gauges {
		s.gauges = append(s.gauges, desc(g.name, g.help))
	}
	return s
}

// Describe is a collector's.
func (s *snapshots) Describe(to chan<- *prometheus.Desc) {
	for _, d := range s.gauges {
		to <- d
	}
	if s.o.Webhooks != nil {
		to <- s.calls
		to <- s.waiting
		to <- s.failing
	}
}

// Collect is a collector's.
func (s *snapshots) Collect(to chan<- prometheus.Metric) {
	state, running := s.o.State()
	if !running {
		return
	}
	for i, g := range gauges {
		to <- prometheus.MustNewConstMetric(s.gauges[i], prometheus.GaugeValue, g.value(state))
	}
	if s.o.Webhooks == nil {
		return
	}
	w := s.o.Webhooks()
	to <- prometheus.MustNewConstMetric(s.calls, prometheus.CounterValue, float64(w.Sent), "sent")
	to <- prometheus.MustNewConstMetric(s.calls, prometheus.CounterValue, float64(w.Failed), "failed")
	to <- prometheus.MustNewConstMetric(s.waiting, prometheus.GaugeValue, float64(w.Waiting))
	to <- prometheus.MustNewConstMetric(s.failing, prometheus.GaugeValue, float64(w.Failing))
}
