package wsserver_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"belfry/wsserver"
)

func TestPages_AreServedWithTheirKindsAndCaching(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for path, want := range map[string]struct{ kind, cache, begins string }{
			"/":                     {"text/html; charset=utf-8", "no-cache", "<p>client"},
			"/server":               {"text/html; charset=utf-8", "no-cache", "<p>dashboard"},
			"/client.html":          {"text/html; charset=utf-8", "no-cache", "<p>client"},
			"/assets/app.js":        {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable", "let"},
			"/assets/style.css":     {"text/css; charset=utf-8", "public, max-age=31536000, immutable", "p{}"},
			"/favicon.svg":          {"image/svg+xml", "no-cache", "<svg"},
			"/icon.png":             {"image/png", "no-cache", "\x89PNG"},
			"/manifest.webmanifest": {"application/", "no-cache", "{}"},
		} {
			answer, body := r.do(request(t, "GET", path))
			h := answer.Header
			if answer.StatusCode != 200 || !strings.HasPrefix(h.Get("Content-Type"), want.kind) || h.Get("Cache-Control") != want.cache ||
				!strings.HasPrefix(body, want.begins) || h.Get("Content-Encoding") != "" {
				t.Errorf("%s: %d %q, %v", path, answer.StatusCode, body, h)
			}
		}
	}, withPages)
}

func TestPages_AreCompressedWhereItPays(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		_, plain := r.do(request(t, "GET", "/assets/app.js"))
		answer, small := r.do(request(t, "GET", "/assets/app.js", "Accept-Encoding", "br, gzip"))
		if answer.Header.Get("Content-Encoding") != "gzip" || len(small) > len(plain)/2 || answer.Header.Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%d of %d bytes, %v", len(small), len(plain), answer.Header)
		}
		z, err := gzip.NewReader(strings.NewReader(small))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(z); err != nil || string(b) != plain {
			t.Errorf("unpacked: %d bytes, error %v", len(b), err)
		}
		if answer, _ := r.do(request(t, "GET", "/favicon.svg", "Accept-Encoding", "gzip")); answer.Header.Get("Content-Encoding") != "" {
			t.Error("six bytes are compressed")
		}
	}, withPages)
}

func TestPages_AreNotSentTwice(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		answer, _ := r.do(request(t, "GET", "/"))
		again, body := r.do(request(t, "GET", "/", "If-None-Match", answer.Header.Get("ETag")))
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%d %q", again.StatusCode, body)
		}
		if other, _ := r.do(request(t, "GET", "/server", "If-None-Match", answer.Header.Get("ETag"))); other.StatusCode != 200 {
			t.Errorf("another page: %d", other.StatusCode)
		}
		if head, body := r.do(request(t, "HEAD", "/")); head.StatusCode != 200 || body != "" {
			t.Errorf("HEAD: %d %q", head.StatusCode, body)
		}
	}, withPages)
}

func TestPages_NothingElseIsServed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, path := range []string{
			"/../pages.go", "/assets/../../pages.go", "/..%2fpages.go", "/assets/..%2f..%2fpages.go", "/%2e%2e/pages.go", "//etc/passwd",
			"/assets", "/assets/", "/.hidden", "/nothing", "/server/", "/index.html/", "/assets/app.js/x", "/assets\\app.js", "/assets/app.js%00",
		} {
			req := request(t, "GET", "/")
			req.URL.Opaque = "//127.0.0.1:8000" + path // as it is, not as a browser would tidy it
			answer, body := r.do(req)
			if answer.StatusCode == 200 || strings.Contains(body, "package") || strings.Contains(body, "root:") {
				t.Errorf("%s: %d %.60q", path, answer.StatusCode, body)
			}
		}
		if answer, _ := r.do(request(t, "POST", "/server")); answer.StatusCode != 405 || answer.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("POST: %d %v", answer.StatusCode, answer.Header)
		}
	}, withPages)
}

func TestPages_NotBuiltSaysSo(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, path := range []string{"/", "/server"} {
			if answer, body := r.do(request(t, "GET", path)); answer.StatusCode != 503 || body != "The pages are not built: run make.\n" {
				t.Errorf("%s: %d %q", path, answer.StatusCode, body)
			}
		}
		if answer, _ := r.do(request(t, "GET", "/assets/app.js")); answer.StatusCode != 404 {
			t.Errorf("a file: %d", answer.StatusCode)
		}
	})
}

func TestRoutes_HealthAndRoom(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		if answer, body := r.do(request(t, "GET", "/healthz")); answer.StatusCode != 200 || body != "ok\n" {
			t.Errorf("/healthz: %d %q", answer.StatusCode, body)
		}
		answer, body := r.do(request(t, "GET", "/room"))
		if body != `{"name":"Hall 3","access":"open","operator":"Operator","people":0}`+"\n" || answer.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("/room: %s %v", body, answer.Header)
		}
	}, func(c *wsserver.Config) { c.Name = "Hall 3" })
}

// Whoever lost their way reads where the room is; a program reads a sentence.
func TestPages_OneThatIsNotThereLeadsToTheRoom(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		const browser = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
		for path, link := range map[string]string{"/nowhere": `href="./"`, "/rooms/": `href="./../"`, "/a/b/c": `href="./../../"`} {
			answer, body := r.do(request(t, "GET", path, "Accept", browser))
			if answer.StatusCode != 404 || answer.Header.Get("Content-Type") != "text/html; charset=utf-8" || answer.Header.Get("Cache-Control") != "no-store" ||
				!strings.Contains(body, "<h1>Page not found</h1>") || !strings.Contains(body, link) || strings.Contains(body, "style") {
				t.Errorf("%s: %d %v %s", path, answer.StatusCode, answer.Header, body)
			}
			answer, body = r.do(request(t, "GET", path, "Accept", "*/*"))
			if answer.StatusCode != 404 || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/plain") || !strings.HasPrefix(body, "There is no page at this address.") || strings.Contains(body, "<") {
				t.Errorf("%s: %d %v %q", path, answer.StatusCode, answer.Header, body)
			}
		}
		if _, body := r.do(request(t, "GET", "/belfry/server", "Accept", browser)); !strings.Contains(body, "proxy_pass") {
			t.Errorf("behind a proxy's path: %s", body)
		}
	}, withPages)
}
