package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

func read(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantLine(t *testing.T, text, line string) {
	t.Helper()
	if !strings.Contains("\n"+text, "\n"+line+"\n") {
		t.Errorf("no line %q in\n%s", line, text)
	}
}

func notRunning() (State, bool) { return State{}, false }

// Whatever is counted, no label comes from outside: what is not known counts as other, or not at all.
func TestMetrics_UnknownValuesMakeNoLabels(t *testing.T) {
	m := New(Options{State: notRunning})
	before := strings.Count(read(t, m), "\n")
	m.Refused(Frame, `evil"} 1`)
	m.Refused(Frame, "evil")
	m.Sent(&msglog.Entry{Audience: "evil", From: wire.Sender{Name: "evil"}})
	text := read(t, m)
	wantLine(t, text, `belfry_refusals_total{door="frame",reason="other"} 2`)
	if strings.Contains(text, "evil") {
		t.Error("a value from outside is in the text")
	}
	if after := strings.Count(text, "\n"); after != before {
		t.Errorf("%d lines became %d", before, after)
	}
}

// What a stopped server would only guess at is left out.
func TestMetrics_OfAServerThatDoesNotRun(t *testing.T) {
	text := read(t, New(Options{Version: "1.2.3", State: notRunning}))
	if strings.Contains(text, "belfry_clients") || strings.Contains(text, "belfry_webhook") {
		t.Error("it tells a state")
	}
	if !strings.Contains(text, `version="1.2.3"`) {
		t.Error("its version is missing")
	}
}

func TestMetrics_OfWebhooks(t *testing.T) {
	w := Webhooks{Sent: 5, Failed: 2, Waiting: 3, Failing: 1}
	text := read(t, New(Options{State: func() (State, bool) { return State{}, true }, Webhooks: func() Webhooks { return w }}))
	for _, line := range []string{
		`belfry_webhook_calls_total{result="sent"} 5`, `belfry_webhook_calls_total{result="failed"} 2`,
		"belfry_webhook_waiting_events 3", "belfry_webhooks_failing 1",
	} {
		wantLine(t, text, line)
	}
}

func TestMetrics_TimesAreInSeconds(t *testing.T) {
	m := New(Options{State: notRunning})
	m.Committed(3*time.Millisecond, false)
	m.Committed(20*time.Second, true)
	m.FannedOut(60*time.Microsecond, 7)
	text := read(t, m)
	for _, line := range []string{
		`belfry_commit_duration_seconds_bucket{le="0.0025"} 0`, `belfry_commit_duration_seconds_bucket{le="0.005"} 1`,
		`belfry_commit_duration_seconds_bucket{le="10"} 1`, "belfry_commit_duration_seconds_sum 20.003", "belfry_commit_failures_total 1",
		`belfry_fan_out_duration_seconds_bucket{le="5e-05"} 0`, `belfry_fan_out_duration_seconds_bucket{le="0.0001"} 1`, "belfry_deliveries_total 7",
	} {
		wantLine(t, text, line)
	}
}

// The counters that are in each message's way.
func BenchmarkSent(b *testing.B) {
	m := New(Options{State: notRunning})
	e := &msglog.Entry{Audience: msglog.AudienceTopic, From: wire.Sender{UserID: "ana"}}
	for b.Loop() {
		m.Sent(e)
	}
}

func BenchmarkGroup(b *testing.B) {
	m := New(Options{State: notRunning})
	for b.Loop() {
		m.Committed(time.Millisecond, false)
		m.FannedOut(time.Millisecond, 1000)
	}
}
