package desktop

import (
	"net/http"
	"os"

	"belfry/wsserver"
)

// SecurePages gives the window's page the same Content-Security-Policy as the browser's. In development Vite injects
// styles and scripts, which the policy would block.
func SecurePages(next http.Handler) http.Handler {
	if os.Getenv("frontenddevserverurl") != "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", wsserver.Security)
		next.ServeHTTP(w, r)
	})
}
