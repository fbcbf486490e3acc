package ntfy

import (
	"encoding/json"
	"net/http"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/inbound"
	"belfry/wsserver/api/stream"
	"belfry/wsserver/operator"
	"belfry/wsserver/token"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// Door answers what ntfy's clients ask.
type Door struct {
	gate    *gate.Gate
	streams *stream.Set
	healthy func() bool
	next    http.Handler
}

// New makes a Door. healthy reports whether messages can be sent now, next answers what is no topic's address but one of the
// server's own.
func New(g *gate.Gate, streams *stream.Set, healthy func() bool, next http.Handler) *Door {
	return &Door{g, streams, healthy, next}
}

// Mount adds the door's routes. Topics are at the root, as in ntfy.
func (d *Door) Mount(mux *http.ServeMux) {
	for _, method := range []string{"POST", "PUT"} {
		mux.HandleFunc(method+" /{$}", d.publishJSON)
		mux.HandleFunc(method+" /{topic}", d.ofTopics(d.publish))
	}
	for _, word := range []string{"publish", "send", "trigger"} {
		mux.HandleFunc("GET /{topic}/"+word, d.ofTopics(d.publishByGet))
	}
	for kind := range contentTypes {
		mux.HandleFunc("GET /{topic}/"+kind, d.ofTopics(func(w http.ResponseWriter, r *http.Request) { d.listen(w, r, kind) }))
	}
	mux.HandleFunc("GET /{topic}/ws", d.ofTopics(d.listenBySocket))
	mux.HandleFunc("GET /{topic}/auth", d.ofTopics(d.mayRead))
	mux.HandleFunc("GET /v1/health", d.health)
}

// ofTopics is a handler of addresses that begin with a topic. Those of the server's own are passed on, and so is HEAD.
func (d *Door) ofTopics(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if topic := r.PathValue("topic"); r.Method == http.MethodHead || topic != token.Everyone && topics.Reserved(topic) {
			d.next.ServeHTTP(w, r)
			return
		}
		handle(w, r)
	}
}

// health tells anybody whether messages can be sent.
func (d *Door) health(w http.ResponseWriter, r *http.Request) {
	if err := d.gate.Admit(r); err != nil {
		refuse(w, err)
		return
	}
	answer(w, struct {
		Healthy bool `json:"healthy"`
	}{d.healthy()})
}

// mayRead answers whether the caller may read topics.
func (d *Door) mayRead(w http.ResponseWriter, r *http.Request) {
	caller, end, err := d.gate.Enter(r, false)
	defer end()
	if err != nil {
		refuse(w, err)
		return
	}
	names, err := ParseTopics(r.PathValue("topic"))
	if err == nil {
		_, err = caller.Streams(names)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, struct {
		Success bool `json:"success"`
	}{true})
}

// publish sends the body to a topic: as it is, or as ?from= reads it.
func (d *Door) publish(w http.ResponseWriter, r *http.Request) {
	caller, end, err := d.gate.Enter(r, false)
	defer end()
	if err != nil {
		refuse(w, err)
		return
	}
	topic := r.PathValue("topic")
	from := r.URL.Query()["from"]
	limit := wire.MaxMessage
	if len(from) > 0 {
		limit = inbound.MaxBody
	}
	body, err := gate.ReadBody(w, r, limit)
	if err != nil {
		refuse(w, err)
		return
	}
	var m Publish
	if len(from) > 0 {
		m, err = readForeign(caller, from[0], r.Header, body)
	} else {
		m, err = ParsePublish(r.Header, r.URL.Query(), body)
	}
	d.send(w, caller, topic, m, err)
}

// readForeign reads the body that another program has sent of its own.
func readForeign(caller *gate.Caller, from string, header http.Header, body []byte) (Publish, error) {
	if err := caller.WithSecret(func(secret string) error { return inbound.CheckSignature(header, body, secret) }); err != nil {
		return Publish{}, err
	}
	m, err := inbound.Read(from, header, body)
	if err != nil {
		return Publish{}, err
	}
	if !m.Chosen && !caller.MayBeUrgent() {
		m.Priority = min(m.Priority, gate.Urgent-1)
	}
	return Publish{Title: m.Title, Message: m.Text, Priority: m.Priority, Tags: m.Tags, Click: m.Click}, nil
}

// publishJSON sends a message that names its topic itself.
func (d *Door) publishJSON(w http.ResponseWriter, r *http.Request) {
	caller, end, err := d.gate.Enter(r, false)
	defer end()
	if err != nil {
		refuse(w, err)
		return
	}
	body, err := gate.ReadBody(w, r, maxJSON)
	if err != nil {
		refuse(w, err)
		return
	}
	m, err := ParseJSON(r.Header, r.URL.Query(), body)
	d.send(w, caller, m.Topic, m, err)
}

// publishByGet sends a message without a body. What a browser asks for in advance is not meant yet.
func (d *Door) publishByGet(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Sec-Purpose") != "" || r.Header.Get("Purpose") != "" || r.Header.Get("X-Moz") != "" {
		refuse(w, wire.ErrNotAllowed.WithMessage("Browsers cannot send messages in advance."))
		return
	}
	caller, end, err := d.gate.Enter(r, false)
	defer end()
	if err != nil {
		refuse(w, err)
		return
	}
	m, err := ParsePublish(r.Header, r.URL.Query(), nil)
	d.send(w, caller, r.PathValue("topic"), m, err)
}

// send sends a message, unless reading it has failed, and answers with it.
func (d *Door) send(w http.ResponseWriter, caller *gate.Caller, topic string, m Publish, err error) {
	if err != nil {
		refuse(w, err)
		return
	}
	b := operator.Broadcast{Message: m.Message, Title: m.Title, Priority: m.Priority, Tags: m.Tags, Click: m.Click}
	if topic != token.Everyone {
		b.Topic = topic
	}
	sent, err := caller.Send(b)
	if err != nil {
		refuse(w, err)
		return
	}
	done := NewMessage(wire.Message{Seq: sent.Seq, Time: sent.Time, Title: m.Title, Message: m.Message, Tags: m.Tags, Click: m.Click}, topic)
	done.Priority = m.Priority
	answer(w, done)
}

// answer answers a request with JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // readers treat all of it as text
	_ = enc.Encode(v)        // the peer may be gone
}
