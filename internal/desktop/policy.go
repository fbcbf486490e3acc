package desktop

import (
	"net/http"
	"strings"

	"belfry/wsserver"
)

// WindowPolicy is the Content-Security-Policy of the window's page: that of the pages in a browser, and no form of it is
// sent anywhere.
var WindowPolicy = strings.Replace(wsserver.Security, "form-action 'self'", "form-action 'none'", 1)

// SecurePages gives the window's page its Content-Security-Policy. In development Vite injects styles and scripts, which
// the policy would block.
func SecurePages(next http.Handler) http.Handler {
	if Developing {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", WindowPolicy)
		next.ServeHTTP(w, r)
	})
}

// ForgetDevelopment takes away the variables by which Wails' development mode and WebKit's inspector are led: they mean
// nothing to the program that people get. unset is os.Unsetenv.
func ForgetDevelopment(unset func(key string) error) error {
	if Developing {
		return nil
	}
	for _, key := range []string{
		"frontenddevserverurl", "assetdir", "devserver", "loglevel", "WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER",
	} {
		if err := unset(key); err != nil {
			return err
		}
	}
	return nil
}
