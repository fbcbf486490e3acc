package api

import (
	"net/http"

	"belfry/wsserver/api/gate"
)

// measurements answers GET /metrics for a token with the right to read them, and for nobody else: not for the operator's key,
// which a monitoring program should never hold, and not because a request comes from this machine.
type measurements struct {
	gate *gate.Gate
	all  http.Handler
}

// ServeHTTP answers with the measurements.
func (m measurements) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, end, err := m.gate.Enter(r, false)
	defer end()
	if err == nil {
		err = c.MayReadMetrics()
	}
	if err != nil {
		gate.Refuse(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	m.all.ServeHTTP(w, r)
}
