package inbound

import (
	"fmt"
	"net/http"
	"strings"
)

// This file reads what Alertmanager and Grafana send of a group of alerts. Grafana's body is made after Alertmanager's.

// States of an alert, and of a group, which fires as long as one of its alerts does.
const (
	firing   = "firing"
	resolved = "resolved"
)

// Versions that the two programs write into their bodies.
const (
	alertmanagerVersion = "4"
	grafanaVersion      = "1"
)

// maxAlerts is how many alerts of a group are told one by one.
const maxAlerts = 20

// group is a group of alerts.
type group struct {
	Version           string            `json:"version"`
	Status            string            `json:"status"`
	GroupLabels       map[string]string `json:"groupLabels"`
	CommonLabels      map[string]string `json:"commonLabels"`
	CommonAnnotations map[string]string `json:"commonAnnotations"`
	ExternalURL       string            `json:"externalURL"`
	Alerts            []alert           `json:"alerts"`
	// Truncated is how many alerts the program itself has left out.
	Truncated uint `json:"truncatedAlerts"`
}

type alert struct {
	Status       string            `json:"status"`
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	GeneratorURL string            `json:"generatorURL"`
	DashboardURL string            `json:"dashboardURL"`
	PanelURL     string            `json:"panelURL"`
}

// known reports whether the fields are those of a group of alerts.
func (g *group) known(version string) bool {
	return (g.Status == firing || g.Status == resolved) && len(g.Alerts) > 0 && (g.Version == "" || g.Version == version)
}

func readAlertmanager(_ http.Header, body []byte) (Message, error) {
	var g group
	if err := decode("alertmanager", body, &g); err != nil {
		return Message{}, err
	}
	if !g.known(alertmanagerVersion) {
		return Message{}, foreign("alertmanager")
	}
	m := g.message()
	m.Click = g.ExternalURL
	return m, nil
}

func readGrafana(_ http.Header, body []byte) (Message, error) {
	var b struct {
		group
		Title   string `json:"title"`
		Message string `json:"message"`
		State   string `json:"state"`
		// Of the alerts that Grafana had before version 9.
		RuleName string `json:"ruleName"`
		RuleURL  string `json:"ruleUrl"`
	}
	if err := decode("grafana", body, &b); err != nil {
		return Message{}, err
	}
	if b.RuleName != "" && b.State != "" {
		m := Message{Title: firstOf(b.Title, b.RuleName), Text: firstOf(b.Message, b.Title, b.RuleName), Click: b.RuleURL, Tags: []string{b.State}}
		m.Priority = priorityOfState(b.State)
		return m, nil
	}
	if !b.known(grafanaVersion) || b.Title == "" && b.Message == "" && b.State == "" {
		return Message{}, foreign("grafana")
	}
	m := b.message()
	m.Title, m.Text = firstOf(b.Title, m.Title), firstOf(b.Message, m.Text)
	first := b.Alerts[0]
	m.Click = firstLink(first.PanelURL, first.DashboardURL, first.GeneratorURL, b.ExternalURL)
	return m, nil
}

// priorityOfState is the priority of a state of Grafana's older alerts.
func priorityOfState(state string) int {
	switch state {
	case "ok":
		return priorityLow
	case "alerting":
		return priorityHigh
	}
	return priorityNormal
}

// message tells of a group what its annotations say: what is firing first, then what is resolved.
func (g *group) message() Message {
	var fires, ended []string
	severity, priority := "", 0
	for _, a := range g.Alerts {
		text := a.text()
		if a.Status == resolved {
			ended = append(ended, "Resolved: "+text)
			continue
		}
		fires = append(fires, text)
		if word, p := a.severity(); p > priority {
			severity, priority = word, p
		}
	}
	if g.Status == resolved || priority == 0 {
		priority = priorityLow
	}
	all := append(fires, ended...)
	left := g.Truncated
	if len(all) > maxAlerts {
		left += uint(len(all) - maxAlerts)
		all = all[:maxAlerts]
	}
	text := lines(all...)
	if left > 0 {
		text = lines(text, fmt.Sprintf("… and %d more.", left))
	}
	return Message{Title: g.title(len(fires)), Text: text, Priority: priority, Tags: []string{g.Status, severity}}
}

// title says what the group is about, and how many of its alerts are firing.
func (g *group) title(fires int) string {
	name := firstOf(g.GroupLabels["alertname"], g.CommonLabels["alertname"], g.Alerts[0].Labels["alertname"], "Alerts")
	if fires > 1 && g.Status == firing {
		return fmt.Sprintf("%s: %s (%d)", name, g.Status, fires)
	}
	return name + ": " + g.Status
}

// text is what one alert is about, in its own words where it has some.
func (a *alert) text() string {
	summary, description := a.Annotations["summary"], a.Annotations["description"]
	if summary != "" && description != "" && summary != description {
		return oneLine(summary) + ": " + extract(description)
	}
	at := ""
	if instance := a.Labels["instance"]; instance != "" {
		at = " (" + instance + ")"
	}
	return firstOf(extract(summary), extract(description), extract(a.Annotations["message"]), oneLine(firstOf(a.Labels["alertname"], "Alert")+at))
}

// severity is the word that an alert has for how bad it is, and the priority that it stands for.
func (a *alert) severity() (word string, priority int) {
	word = firstOf(a.Labels["severity"], a.Labels["priority"], a.Labels["level"])
	switch strings.ToLower(word) {
	case "critical", "crit", "fatal", "emergency", "emerg", "page", "disaster", "p1":
		return word, priorityMax
	case "error", "high", "major", "alert", "p2":
		return word, priorityHigh
	case "info", "informational", "notice", "low", "none", "debug", "ok", "p4", "p5":
		return word, priorityLow
	}
	return word, priorityNormal
}

// firstLink returns the first that people may be offered to open.
func firstLink(links ...string) string {
	for _, link := range links {
		if link = Link(link); link != "" {
			return link
		}
	}
	return ""
}
