package inbound

import (
	"encoding/json"
	"net/http"
)

// Uptime Kuma's numbers for what a monitor has found.
const (
	kumaDown = iota
	kumaUp
	kumaPending
	kumaMaintenance
)

// readUptimeKuma reads what Uptime Kuma sends when a monitor changes its state. For a test, and for a certificate that is
// about to expire, it sends null in place of the monitor and of its state.
func readUptimeKuma(_ http.Header, body []byte) (Message, error) {
	var fields map[string]json.RawMessage
	if err := decode("uptime-kuma", body, &fields); err != nil {
		return Message{}, err
	}
	var b struct {
		Heartbeat *struct {
			Status *int   `json:"status"`
			Msg    string `json:"msg"`
		} `json:"heartbeat"`
		Monitor *struct {
			Name string `json:"name"`
			URL  string `json:"url"`
		} `json:"monitor"`
		Msg string `json:"msg"`
	}
	_, hasBeat := fields["heartbeat"]
	_, hasMonitor := fields["monitor"]
	if json.Unmarshal(body, &b) != nil || !hasBeat || !hasMonitor || b.Heartbeat != nil && b.Heartbeat.Status == nil {
		return Message{}, foreign("uptime-kuma")
	}
	m := Message{Title: "Uptime Kuma", Text: b.Msg, Priority: priorityNormal}
	if b.Monitor != nil {
		m.Title, m.Click = firstOf(b.Monitor.Name, m.Title), b.Monitor.URL
	}
	if b.Heartbeat == nil {
		return m, nil
	}
	m.Text = firstOf(b.Heartbeat.Msg, b.Msg)
	state := "unknown"
	switch *b.Heartbeat.Status {
	case kumaDown:
		state, m.Priority = "down", priorityHigh
	case kumaUp:
		state, m.Priority = "up", priorityLow
	case kumaPending:
		state = "pending"
	case kumaMaintenance:
		state, m.Priority = "in maintenance", priorityLow
	}
	m.Title += ": " + state
	m.Tags = []string{state}
	return m, nil
}
