package api

import (
	"net/http"

	"belfry/wsserver/api/gate"
)

// measurements answers GET /metrics for a token with the right to read them, and for nobody else: not for the operator's key,
// which a monitoring program should never hold, and not because a request comes from this machine.
func measurements(g *gate.Gate, all http.Handler) http.Handler {
	return g.Handler(false, gate.Refuse, func(w http.ResponseWriter, r *http.Request, c *gate.Caller) error {
		if err := c.MayReadMetrics(); err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store")
		all.ServeHTTP(w, r)
		return nil
	})
}
