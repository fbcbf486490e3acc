// Package metrics counts what the server does, and tells it in the text form of Prometheus. Its caller decides who may read
// it.
//
// What rises (messages, deliveries, refusals) is counted as it happens, by the methods of Metrics: each is a few atomic
// additions, and never blocks. What is as it is (who is here, what is queued) is read by Options.State when somebody asks.
// No label has a value that a client chose: a code that is not listed here counts as "other".
//
// All methods are safe for concurrent use.
package metrics

import (
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"belfry/wsserver/msglog"
)

// namespace begins each name.
const namespace = "belfry"

// maxAtOnce is how many requests are answered at a time: one reads all there is.
const maxAtOnce = 4

// Buckets of the histograms, in seconds: a commit waits for a disk, a fan-out for no more than the sockets' buffers.
var (
	commitBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	fanOutBuckets = []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}
)

// Options are what Metrics tells beside what it counts.
type Options struct {
	// Version of Belfry.
	Version string
	// State returns how the server is; false while it does not run. It may block for a disk.
	State func() (State, bool)
	// Webhooks returns what became of the calls of webhooks; nil: there are none.
	Webhooks func() Webhooks
}

// Metrics has all that is counted. Make it with New.
type Metrics struct {
	handler http.Handler

	messages      [3][3]prometheus.Counter // by the places in audiences and senders
	withdrawals   prometheus.Counter
	deliveries    prometheus.Counter
	commits       prometheus.Histogram
	failedCommits prometheus.Counter
	fanOuts       prometheus.Histogram
	catchUps      prometheus.Counter
	recoveries    map[bool]prometheus.Counter // by whether all that was missed could be sent
	refusals      map[refusal]prometheus.Counter
	otherRefusals map[string]prometheus.Counter // refusals with the reason "other", by door
}

// New makes metrics in which everything is 0.
func New(o Options) *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{
		withdrawals:   counter(r, "withdrawals_total", "Messages that were withdrawn."),
		deliveries:    counter(r, "deliveries_total", "Messages that were sent live to clients: one message to ten clients is ten."),
		failedCommits: counter(r, "commit_failures_total", "Groups of messages and records that the log did not take."),
		catchUps:      counter(r, "catch_ups_total", "Times that a client's socket was full, so that it was sent messages from the log instead."),
		commits:       histogram(r, "commit_duration_seconds", "How long the log takes for one group of messages and records.", commitBuckets),
		fanOuts:       histogram(r, "fan_out_duration_seconds", "How long it takes to send the messages of one or more commits to all who are connected.", fanOutBuckets),
	}
	m.addMessages(r)
	m.addRecoveries(r)
	m.addRefusals(r)
	r.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: namespace, Name: "build_info", Help: "Always 1; the labels say what is running.",
			ConstLabels: prometheus.Labels{"version": o.Version, "goversion": runtime.Version()},
		}, func() float64 { return 1 }),
		newSnapshots(o),
	)
	m.handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{DisableCompression: true, MaxRequestsInFlight: maxAtOnce})
	return m
}

func counter(r *prometheus.Registry, name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	r.MustRegister(c)
	return c
}

func counters(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

func histogram(r *prometheus.Registry, name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	r.MustRegister(h)
	return h
}

// audiences and senders are the labels of messages.
var (
	audiences = [...]string{msglog.AudienceEveryone, msglog.AudienceTopic, msglog.AudiencePrivate}
	senders   = [...]string{"person", "operator", "program"}
)

func (m *Metrics) addMessages(r *prometheus.Registry) {
	all := counters(r, "messages_total", "Messages that the log accepted.", "audience", "sender")
	for i, audience := range audiences {
		for j, sender := range senders {
			m.messages[i][j] = all.WithLabelValues(audience, sender)
		}
	}
}

func (m *Metrics) addRecoveries(r *prometheus.Registry) {
	all := counters(r, "recoveries_total", "Clients that came back and were sent what they had missed: all of it (complete), or only the newest, or what was still kept (partial).", "result")
	m.recoveries = map[bool]prometheus.Counter{true: all.WithLabelValues("complete"), false: all.WithLabelValues("partial")}
}

// ServeHTTP answers with everything.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// Sent counts an entry that the log accepted.
func (m *Metrics) Sent(e *msglog.Entry) {
	audience, sender := slices.Index(audiences[:], e.Audience), 0
	switch {
	case e.Withdraws > 0:
		m.withdrawals.Inc()
		return
	case audience < 0:
		return
	case e.From.Operator:
		sender = 1
	case e.From.Program:
		sender = 2
	}
	m.messages[audience][sender].Inc()
}

// Committed notes that the log was given a group, how long it took, and whether it failed.
func (m *Metrics) Committed(took time.Duration, failed bool) {
	m.commits.Observe(took.Seconds())
	if failed {
		m.failedCommits.Inc()
	}
}

// FannedOut notes a fan-out, and how many messages it sent, once for each client.
func (m *Metrics) FannedOut(took time.Duration, deliveries int) {
	m.fanOuts.Observe(took.Seconds())
	m.deliveries.Add(float64(deliveries))
}

// CaughtUp counts a client whose socket was full.
func (m *Metrics) CaughtUp() { m.catchUps.Inc() }

// Recovered counts a client that was sent what it had missed: all of it where complete is true.
func (m *Metrics) Recovered(complete bool) { m.recoveries[complete].Inc() }
