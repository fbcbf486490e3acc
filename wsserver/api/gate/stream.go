package gate

import (
	"net/http"
	"time"

	"belfry/wsserver/limiter"
	"belfry/wsserver/wire"
)

// writeTimeout is how long a stream's socket may take none of what is written.
const writeTimeout = 10 * time.Second

// Stream is a response that goes on. Each write has a deadline of its own, so that whoever reads nothing ends itself alone.
type Stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

// Count counts a stream as a connection of its address and of all, until leave is called. A program that listens is no client:
// it is in no count of people. Errors: full, too_many_connections, rate_limited.
func (c *Caller) Count() (leave func(), err error) {
	var refused *limiter.Refusal
	if refused = c.gate.o.Limiter.Enter(c.Address, false); refused != nil {
		return nil, c.gate.noted(refused.Error)
	}
	return func() { c.gate.o.Limiter.Leave(c.Address) }, nil
}

// NewStream begins a response of that type, once it is known that it will not fail. The header is sent at once.
func NewStream(w http.ResponseWriter, contentType string) (*Stream, error) {
	s := &Stream{w, http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")                         // nginx would keep it back
	if err := s.c.SetReadDeadline(time.Time{}); err != nil { // a request has one, and its end would end the stream
		return nil, err
	}
	if err := s.extend(); err != nil {
		return nil, err
	}
	w.WriteHeader(http.StatusOK)
	return s, s.c.Flush()
}

func (s *Stream) extend() error { return s.c.SetWriteDeadline(time.Now().Add(writeTimeout)) }

// Write writes some of it. The rest of it is sent when the handler returns.
func (s *Stream) Write(b []byte) (int, error) {
	if err := s.extend(); err != nil {
		return 0, err
	}
	return s.w.Write(b)
}

// Refuse answers a request with an error in the form of the wire: {"code","message","retry_ms"}. It never asks for Basic: a
// browser would keep the password and send it from any page.
func Refuse(w http.ResponseWriter, err error) {
	status, e := Status(err)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Belfry"`)
	}
	body := wire.NewRefusal(e)
	body.Blocked = false // that is of people
	wire.RefuseWith(w, status, e, body)
}
