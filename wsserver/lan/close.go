package lan

import (
	"context"
	"net/http"
	"time"
)

const httpGrace = time.Second

// shut waits a moment for requests under way, then ends them: a half-open handshake must not hold Close up.
func Shut(ctx context.Context, h *http.Server) {
	ctx, cancel := context.WithTimeout(ctx, httpGrace)
	defer cancel()
	if h.Shutdown(ctx) != nil {
		_ = h.Close()
	}
}
