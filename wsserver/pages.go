package wsserver

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"belfry/wsserver/wire"
)

// notBuilt is the response of a server without pages.
const notBuilt = "The pages are not built: run make.\n"

// pages serves the pages and their files from an fs.FS. Each file is read and compressed once.
type pages struct {
	files fs.FS
	mu    sync.Mutex
	cache map[string]*page
}

type page struct {
	kind, etag string
	raw, small []byte // small: gzip, nil if it would not pay
}

func newPages(files fs.FS) *pages { return &pages{files: files, cache: map[string]*page{}} }

// pageFiles are the pages' files by route: the client page, the dashboard, and the instructions for the certificate.
var pageFiles = map[string]string{"/": "client.html", "/server": "index.html", "/trust": "trust.html"}

// ServeHTTP serves a page or a file.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Pages can only be read.", http.StatusMethodNotAllowed)
		return
	}
	name, isPage := pageFiles[r.URL.Path]
	if !isPage {
		name = strings.TrimPrefix(r.URL.Path, "/")
	}
	f, err := p.get(name)
	if err != nil {
		p.missing(w, r, isPage)
		return
	}
	f.serve(w, r, isPage || strings.HasSuffix(name, ".html"))
}

func (p *pages) missing(w http.ResponseWriter, r *http.Request, isPage bool) {
	if isPage {
		http.Error(w, strings.TrimSuffix(notBuilt, "\n"), http.StatusServiceUnavailable)
		return
	}
	sentence := "There is no page at this address."
	if hasPrefix(r.URL.Path) {
		sentence += " If a proxy serves Belfry below a path, it must remove that path (nginx: location /belfry/ { proxy_pass http://HOST:PORT/; })."
	}
	wire.NotFound(w, r, sentence, roomFrom(r.URL.Path))
}

// roomFrom is a link to the client page from another path. It is relative: a proxy may serve all of it below a path of its own.
func roomFrom(at string) string {
	return "./" + strings.Repeat("../", max(0, strings.Count(at, "/")-1))
}

// hasPrefix reports whether a path that is not there is one of this server's behind another, of up to four parts: what comes
// of a proxy that passes its own prefix on.
func hasPrefix(at string) bool {
	rest := strings.TrimPrefix(at, "/")
	for range 4 {
		first, after, nested := strings.Cut(rest, "/")
		if !nested || slices.Contains([]string{"server", "trust", "ws", "assets"}, first) {
			return false
		}
		rest = after
		if slices.Contains([]string{"", "server", "trust", "room", "session", "export", "healthz", "ws/client", "ws/server"}, rest) {
			return true
		}
	}
	return false
}

// get reads a file, or returns it from the cache. A name must be valid for an fs.FS, and not hidden.
func (p *pages) get(name string) (*page, error) {
	if p.files == nil || !fs.ValidPath(name) || strings.HasPrefix(path.Base(name), ".") {
		return nil, fs.ErrNotExist
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f := p.cache[name]; f != nil {
		return f, nil
	}
	raw, err := fs.ReadFile(p.files, name)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(raw)
	f := &page{raw: raw, kind: kindOf(name), etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	if small := compress(raw); len(small) < len(raw)*9/10 {
		f.small = small
	}
	p.cache[name] = f
	return f, nil
}

// kindOf is the Content-Type. The system's table is not used for the common ones: it may be wrong (registry on Windows).
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if k := mime.TypeByExtension(path.Ext(name)); k != "" {
		return k
	}
	return "application/octet-stream"
}

func compress(raw []byte) []byte {
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // a level that there is
	_, _ = z.Write(raw)                                     // to memory
	_ = z.Close()
	return buf.Bytes()
}

func (f *page) serve(w http.ResponseWriter, r *http.Request, html bool) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	body, coding := f.encoded(r.Header.Values("Accept-Encoding"))
	if body == nil {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "Belfry sends this page uncompressed or with gzip.", http.StatusNotAcceptable)
		return
	}
	if html || !strings.HasPrefix(r.URL.Path, "/assets/") {
		h.Set("Cache-Control", "no-cache")
	} else {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // its name holds a hash of it
	}
	h.Set("ETag", f.etag)
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the peer may be gone
	}
}

// encoded is what a client is sent that accepts these encodings, and its Content-Encoding, "" for none. The body is nil where
// it accepts neither gzip nor what is not encoded.
func (f *page) encoded(accepted []string) (body []byte, coding string) {
	others, any := wire.Quality(accepted, "*")
	zipped, listed := wire.Quality(accepted, "gzip")
	if !listed {
		zipped = others
	}
	plain, chosen := wire.Quality(accepted, "identity")
	refused := chosen && plain == 0 || !chosen && any && others == 0
	switch {
	case f.small != nil && zipped > 0 && (!chosen || zipped >= plain):
		return f.small, "gzip"
	case !refused:
		return f.raw, ""
	case zipped > 0:
		return compress(f.raw), "gzip" // though it does not pay
	}
	return nil, ""
}
