package wsserver

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/lan"
	"belfry/wsserver/limiter"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// trust is the certificate authority as the page at /trust shows it.
type trust struct {
	// Name is the authority's name in a system's list of certificates; "" while there is none.
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Until       string `json:"until"`
	// Port is the secure port, 0 while it is not open.
	Port int `json:"port"`
	// Names are the names and addresses in the certificate, SpeaksFor those that the authority may issue one for.
	Names     []string `json:"names"`
	SpeaksFor []string `json:"speaks_for"`
}

func (s *Server) serveTrust(w http.ResponseWriter, r *http.Request) {
	t := trust{Names: []string{}, SpeaksFor: []string{}}
	if a := s.lan.Authority(); a != nil {
		t = trust{a.Name(), lan.Fingerprint(a.Root()), wire.Time(a.Until()).String(), s.lan.SecurePort(), a.Covered(), a.SpeaksFor()}
	}
	if limiter.ByProxy(r) {
		t.Port = 0 // that of this machine, which the proxy's host need not have
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(t) // the peer may be gone
}

// serveRoot is the authority's certificate, with the type by which Firefox and iOS offer to trust it.
func (s *Server) serveRoot(w http.ResponseWriter, _ *http.Request) {
	if a := s.lan.Authority(); a != nil {
		download(w, "application/x-x509-ca-cert", a.Root())
		return
	}
	noAuthority(w)
}

// serveProfile is the certificate in a configuration profile, which iOS lists under a readable name.
func (s *Server) serveProfile(w http.ResponseWriter, _ *http.Request) {
	a := s.lan.Authority()
	if a == nil {
		noAuthority(w)
		return
	}
	b, err := lan.Profile(a)
	if err != nil {
		s.config.Logger.Error("make a profile", "error", err)
		wire.Refuse(w, http.StatusInternalServerError, wire.ErrInternal)
		return
	}
	download(w, "application/x-apple-aspen-config", b)
}

func download(w http.ResponseWriter, kind string, b []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // the peer may be gone
}

func noAuthority(w http.ResponseWriter) {
	http.Error(w, "This Belfry has no certificate authority. The operator has not switched it on.", http.StatusNotFound)
}

// whileOperator is ctx for work of an operator, which ends with the session, or with the key where a program showed it.
func whileOperator(ctx context.Context, secrets *auth.Secrets, by auth.Operator) (work context.Context, done func()) {
	if by.Session == "" {
		return secrets.Key.While(ctx, by.KeyGeneration)
	}
	return secrets.Sessions.While(ctx, by.Session)
}

// serveExport streams an export to a dashboard in a browser: GET /export with the fields of ExportQuery.
func (s *Server) serveExport(w http.ResponseWriter, r *http.Request) {
	by, ok := s.signIn.Authorize(w, r, false)
	if !ok {
		return
	}
	ctx, done := whileOperator(r.Context(), s.secrets, by)
	defer done()
	ctx = operator.WithCaller(ctx, operator.Caller{Session: cmp.Or(by.Session, auth.ByKey), Program: by.Session == "", Address: by.Address, Browser: by.Browser})
	q, err := exportQuery(r.URL.RawQuery)
	if err != nil {
		wire.Refuse(w, http.StatusBadRequest, wire.AsError(err))
		return
	}
	stalls := &deadlineWriter{w: w, c: http.NewResponseController(w)}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", q.ExportName(time.Now())))
	h.Set("Content-Type", "text/csv; charset=utf-8")
	if q.Format == operator.ExportLines {
		h.Set("Content-Type", "application/jsonl; charset=utf-8")
	}
	if err := s.Export(ctx, q, stalls, func(uint64, uint64) {}); err != nil {
		if !stalls.written {
			h.Del("Content-Disposition")
			wire.Refuse(w, http.StatusBadRequest, wire.AsError(err))
			return
		}
		s.config.Logger.Warn("export", "error", err)
		panic(http.ErrAbortHandler) // so that the browser reports an incomplete download
	}
}

// exportQuery reads the fields of an ExportQuery. What cannot be used is an error: left out it would widen what is taken away.
func exportQuery(raw string) (q operator.ExportQuery, err error) {
	fields := map[string]*string{
		"format": &q.Format, "text": &q.Text, "user_id": &q.UserID, "topic": &q.Topic, "kind": &q.Kind, "from": &q.From, "until": &q.Until,
		"zone": &q.Zone, "separator": &q.Separator,
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, wire.ErrBadFrame.WithMessage("Write the fields of an export as in a web address, with %XX for special characters.")
	}
	for name, given := range values {
		switch field := fields[name]; {
		case len(given) > 1:
			return q, wire.ErrBadFrame.WithMessage("Give each field of an export only once.")
		case field != nil:
			*field = given[0]
		case name != "seq":
			return q, wire.ErrBadFrame.WithMessage("An export has the fields format, text, user_id, topic, kind, from, until, seq, zone and separator.")
		default:
			if q.Seq, err = wire.ParseNumber(given[0]); err != nil {
				return q, err
			}
		}
	}
	return q, nil
}

// deadlineWriter gives each write its own deadline, and knows whether there was one.
type deadlineWriter struct {
	w       http.ResponseWriter
	c       *http.ResponseController
	written bool
}

func (d *deadlineWriter) Write(b []byte) (int, error) {
	d.written = true
	if err := d.c.SetWriteDeadline(time.Now().Add(operator.RequestTimeout)); err != nil {
		return 0, err
	}
	return d.w.Write(b)
}
