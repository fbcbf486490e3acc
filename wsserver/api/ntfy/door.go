package ntfy

import (
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
		mux.HandleFunc(method+" /{$}", d.entered(d.publishJSON))
		mux.HandleFunc(method+" /{topic}", d.ofTopics(d.entered(d.publish)))
	}
	for _, word := range []string{"publish", "send", "trigger"} {
		mux.HandleFunc("GET /{topic}/"+word, d.ofTopics(d.publishByGet))
	}
	for kind := range contentTypes {
		mux.HandleFunc("GET /{topic}/"+kind, d.ofTopics(func(w http.ResponseWriter, r *http.Request) { d.listen(w, r, kind) }))
	}
	mux.HandleFunc("GET /{topic}/ws", d.ofTopics(d.listenBySocket))
	mux.HandleFunc("GET /{topic}/auth", d.ofTopics(d.entered(d.mayRead)))
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
	gate.Answer(w, struct {
		Healthy bool `json:"healthy"`
	}{d.healthy()})
}

// entered is a handler for callers with a token.
func (d *Door) entered(handle func(http.ResponseWriter, *http.Request, *gate.Caller) error) http.HandlerFunc {
	return d.gate.Handler(false, refuse, handle)
}

// mayRead answers whether the caller may read topics.
func (d *Door) mayRead(w http.ResponseWriter, r *http.Request, caller *gate.Caller) error {
	names, err := ParseTopics(r.PathValue("topic"))
	if err == nil {
		_, err = caller.Streams(names)
	}
	if err != nil {
		return err
	}
	gate.Answer(w, struct {
		Success bool `json:"success"`
	}{true})
	return nil
}

// publish sends the body to a topic: as it is, or as ?from= reads it.
func (d *Door) publish(w http.ResponseWriter, r *http.Request, caller *gate.Caller) error {
	topic := r.PathValue("topic")
	from := r.URL.Query()["from"]
	limit := wire.MaxMessage
	if len(from) > 0 {
		limit = inbound.MaxBody
	}
	body, err := gate.ReadBody(w, r, limit)
	if err != nil {
		return err
	}
	var m Publish
	if len(from) > 0 {
		m, err = readForeign(caller, from[0], r.Header, body)
	} else {
		m, err = ParsePublish(r.Header, r.URL.Query(), body)
	}
	if err != nil {
		return err
	}
	return send(w, caller, topic, m)
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
	if !m.Chosen {
		m.Priority = caller.Translated(m.Priority)
	}
	return Publish{Title: m.Title, Message: m.Text, Priority: m.Priority, Tags: m.Tags, Click: m.Click}, nil
}

// publishJSON sends a message that names its topic itself.
func (d *Door) publishJSON(w http.ResponseWriter, r *http.Request, caller *gate.Caller) error {
	body, err := gate.ReadBody(w, r, maxJSON)
	if err != nil {
		return err
	}
	m, err := ParseJSON(r.Header, r.URL.Query(), body)
	if err != nil {
		return err
	}
	return send(w, caller, m.Topic, m)
}

// publishByGet sends a message without a body. What a browser asks for in advance is not meant yet.
func (d *Door) publishByGet(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Sec-Purpose") != "" || r.Header.Get("Purpose") != "" || r.Header.Get("X-Moz") != "" {
		refuse(w, wire.ErrNotAllowed.WithMessage("Browsers cannot send messages in advance."))
		return
	}
	d.entered(func(w http.ResponseWriter, r *http.Request, caller *gate.Caller) error {
		m, err := ParsePublish(r.Header, r.URL.Query(), nil)
		if err != nil {
			return err
		}
		return send(w, caller, r.PathValue("topic"), m)
	})(w, r)
}

// send sends a message, and answers with it.
func send(w http.ResponseWriter, caller *gate.Caller, topic string, m Publish) error {
	b := operator.Broadcast{Message: m.Message, Title: m.Title, Priority: m.Priority, Tags: m.Tags, Click: m.Click}
	if topic != token.Everyone {
		b.Topic = topic
	}
	sent, err := caller.Send(b)
	if err != nil {
		return err
	}
	done := NewMessage(wire.Message{Seq: sent.Seq, Time: sent.Time, Title: m.Title, Message: m.Message, Tags: m.Tags, Click: m.Click}, topic)
	done.Priority = m.Priority
	gate.Answer(w, done)
	return nil
}
