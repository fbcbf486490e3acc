package wire

import (
	"html/template"
	"net/http"
)

// This file is the page that people read where there is none, or where they may not see it. It has no style, only what every
// browser does by itself: under a foreign name nothing else is served, and the policy of all pages allows nothing inline.

var plainPage = template.Must(template.New("plain").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>{{.Title}}</title></head>
<body><main><h1>{{.Title}}</h1><p>{{.Message}}</p>
{{if .Link}}<p>{{.Before}}<a href="{{.Link}}">{{.Words}}</a></p>
{{end}}</main></body></html>
`))

// page is what plainPage shows: a link, "" for none, with the words before it and in it.
type page struct{ Title, Message, Before, Words, Link string }

// writePage answers a request with a page.
func writePage(w http.ResponseWriter, status int, p page) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = plainPage.Execute(w, p) // the peer may be gone
}

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
	retryAfter(w, e)
	writePage(w, status, page{"Belfry cannot open this page", e.Message, "The address of this Belfry: ", link, link})
}

// NotFound answers a request for a page that is not there: a person reads why, with a link to the room, a program a sentence.
func NotFound(w http.ResponseWriter, r *http.Request, sentence, room string) {
	w.Header().Add("Vary", "Accept")
	if !ReadByPerson(r) {
		http.Error(w, sentence, http.StatusNotFound)
		return
	}
	writePage(w, http.StatusNotFound, page{"Page not found", sentence, "", "Go to the room", room})
}
