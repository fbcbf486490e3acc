package wsserver

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/operator"
	"belfry/wsserver/useragent"
	"belfry/wsserver/wire"
)

// serveExport streams an export to a dashboard in a browser: GET /export with the fields of ExportQuery.
func (s *Server) serveExport(w http.ResponseWriter, r *http.Request) {
	if !s.mayOperate(w, r) {
		return
	}
	address := s.Gate.Address(r)
	session, e, code := s.authorize(r, address)
	if e != nil {
		client.Refuse(w, code, e)
		return
	}
	ctx := operator.WithCaller(r.Context(), operator.Caller{Session: cmp.Or(session, auth.ByKey), Address: address, Browser: useragent.Browser(r.UserAgent())})
	v := r.URL.Query()
	number := func(name string) uint64 {
		n, _ := strconv.ParseUint(v.Get(name), 10, 64) // what is no number is not given
		return n
	}
	q := operator.ExportQuery{Format: v.Get("format"), Seq: number("seq"), FindQuery: operator.FindQuery{
		Text: v.Get("text"), UserID: v.Get("user_id"), Topic: v.Get("topic"), Kind: v.Get("kind"),
		From: v.Get("from"), Until: v.Get("until"),
	}}
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
			client.Refuse(w, http.StatusBadRequest, wire.AsError(err))
			return
		}
		s.Logger.Warn("export", "error", err)
		panic(http.ErrAbortHandler) // the browser must not take half a file for a whole one
	}
}

// deadlineWriter gives each write a deadline of its own.
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
