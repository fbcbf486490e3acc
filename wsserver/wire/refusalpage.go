package wire

import (
	"html/template"
	"net/http"
)

// This file is the page of a refusal for people. It has no style, only what every browser does by itself: under a foreign name
// nothing else is served, and the policy of all pages allows nothing inline.

var refusalPage = template.Must(template.New("refusal").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>Belfry does not open this page</title></head>
<body><main><h1>Belfry does not open this page</h1><p>{{.Message}}</p>
{{if .Link}}<p>The address of this Belfry: <a href="{{.Link}}">{{.Link}}</a></p>
{{end}}</main></body></html>
`))

// ReadByPerson reports whether a request comes from a browser that shows the answer to a person, not from a program or a
// script.
func ReadByPerson(r *http.Request) bool {
	q, listed := Quality(r.Header.Values("Accept"), "text/html")
	return listed && q > 0 && (r.Method == http.MethodGet || r.Method == http.MethodHead) && r.Header.Get("Upgrade") == ""
}

// RefuseRequest is Refuse, but a person reads a page: with a link to an address that works, where that is not "".
func RefuseRequest(w http.ResponseWriter, r *http.Request, status int, e *Error, link string) {
	w.Header().Add("Vary", "Accept")
	if !ReadByPerson(r) {
		Refuse(w, status, e)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	retryAfter(w, e)
	w.WriteHeader(status)
	_ = refusalPage.Execute(w, struct{ Message, Link string }{e.Message, link}) // the peer may be gone
}
