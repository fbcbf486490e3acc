package metrics

import "github.com/prometheus/client_golang/prometheus"

// Doors at which something is refused.
const (
	Host       = "host"       // a request under a name that is not this server's
	Connection = "connection" // a client's connection
	Frame      = "frame"      // what a connected client sent
	Dashboard  = "dashboard"  // the operator's key or password
	Program    = "program"    // a program's request, by its access token
)

// Blocked is the reason of a refusal because the operator keeps a person or a network out; other of one whose code is not
// listed.
const (
	Blocked = "blocked"
	other   = "other"
)

// reasons are the codes that are counted by themselves at each door: those of docs/protocol.md that can come there.
var reasons = map[string][]string{
	Host:       {"not_allowed"},
	Connection: {Blocked, "full", "not_allowed", "rate_limited", "too_many_connections"},
	Dashboard:  {"key_wrong"},
	Frame: {
		"bad_frame", Blocked, "code_needed", "code_wrong", "closing", "full", "id_conflict", "identity_taken", "internal", "name_refused",
		"not_allowed", "not_kept", "rate_limited", "too_large", "unknown_action", "unknown_message", "unknown_topic", "unknown_user",
	},
	Program: {
		"bad_frame", Blocked, "closing", "full", "id_conflict", "internal", "not_allowed", "not_kept", "rate_limited",
		"too_large", "too_many_connections", "unauthorized", "unknown_message", "unknown_topic", "unknown_user",
	},
}

type refusal struct{ door, reason string }

func (m *Metrics) addRefusals(r *prometheus.Registry) {
	all := counters(r, "refusals_total", "What was refused, by the door and the code of the error.", "door", "reason")
	m.refusals, m.otherRefusals = map[refusal]prometheus.Counter{}, map[string]prometheus.Counter{}
	for door, list := range reasons {
		m.otherRefusals[door] = all.WithLabelValues(door, other)
		for _, reason := range list {
			m.refusals[refusal{door, reason}] = all.WithLabelValues(door, reason)
		}
	}
}

// Refused counts something that was refused at a door, with the code of its error, or Blocked.
func (m *Metrics) Refused(door, code string) {
	if c, ok := m.refusals[refusal{door, code}]; ok {
		c.Inc()
		return
	}
	m.otherRefusals[door].Inc()
}
