package transport

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
)

// This file is what lies between gorilla and the socket. What gorilla writes goes to the link; what it reads comes from
// a buffer that an idle connection does not hold.

// readBufferSize is the size of gorilla's own read buffer, which each connection keeps: the smallest that it takes over.
const readBufferSize = 288

// hijacked gives gorilla a connection whose writes are the link's, and which sets no write deadline of its own.
type hijacked struct {
	net.Conn
	link  *Link
	limit *readLimiter
	br    *bufio.Reader // gorilla's
	ahead readAhead
}

// awaitReadable waits until there is something to read, or an error that reading then meets too. It waits here, where the stack
// is small, rather than inside gorilla.
func (h *hijacked) awaitReadable() {
	if h.link.raw != nil && h.br.Buffered() == 0 && h.ahead.empty() {
		h.limit.throttleBytes(h.ahead.fill(h.link.raw))
	}
}

// control takes a ping or pong off what was read ahead.
func (h *hijacked) control() (kind int, data string, ok bool) {
	if h.br.Buffered() > 0 { // gorilla is within it
		return 0, "", false
	}
	return h.ahead.control()
}

func (h *hijacked) Read(b []byte) (int, error) {
	if h.link.raw == nil {
		n, err := h.Conn.Read(b)
		h.limit.throttleBytes(n)
		return n, err
	}
	if h.ahead.empty() {
		h.limit.throttleBytes(h.ahead.fill(h.link.raw))
	}
	return h.ahead.read(b)
}

func (h *hijacked) Write(b []byte) (int, error)      { return h.link.Write(b) }
func (h *hijacked) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline is what gorilla clears the HTTP server's deadlines with: none may be left before the first direct write.
func (h *hijacked) SetDeadline(t time.Time) error { return h.Conn.SetDeadline(t) }

// hijacker is a ResponseWriter whose connection is handed over wrapped.
type hijacker struct {
	http.ResponseWriter
	maxQueued int // bytes that may wait
	budget    *Budget
	conn      *Conn
	response  *bufio.Writer // nil before it is hijacked
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, brw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if r, ok := nc.(*Replayed); ok && len(r.first) == 0 {
		nc = r.Conn
	}
	c := h.conn
	c.Link.Open(nc, h.maxQueued, h.budget)
	c.Link.cork()
	c.socket = &hijacked{Conn: nc, link: &c.Link, limit: &c.ReadLimit}
	c.socket.br = bufio.NewReaderSize(c.socket, readBufferSize)
	if brw.Reader.Buffered() > 0 {
		return c.socket, brw, nil // gorilla refuses who speaks before the handshake is answered
	}
	h.response = responseWriters.Get().(*bufio.Writer)
	return c.socket, bufio.NewReadWriter(c.socket.br, h.response), nil
}

// responseWriters are buffers that gorilla composes the handshake's answer in. The HTTP server's own is lost with each connection,
// and a page of memory that nobody has touched yet.
var responseWriters = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 512) }}

func (h *hijacker) release() {
	if h.response != nil {
		h.response.Reset(nil)
		responseWriters.Put(h.response)
	}
}

// upgrader takes over the read buffer that it is handed.
var upgrader = websocket.Upgrader{
	WriteBufferSize: 512,
	WriteBufferPool: &sync.Pool{},
	// Origin and Host were checked before (access.go).
	CheckOrigin: func(*http.Request) bool { return true },
}

// upgrade completes the handshake and makes c the connection. The answer waits in its link, corked, to go out with the
// first frame. On failure it has been written.
func (c *Conn) Upgrade(w http.ResponseWriter, r *http.Request, address string, budget *Budget, most int) error {
	hj := &hijacker{ResponseWriter: w, maxQueued: most, budget: budget, conn: c}
	defer hj.release()
	ws, err := upgrader.Upgrade(hj, r, nil)
	if err != nil {
		return err
	}
	c.ws, c.budget, c.Address, c.Since = ws, budget, address, time.Now()
	c.RTT.Store(-1)
	c.LastHeard.Store(c.Since.UnixNano())
	ws.SetReadLimit(wire.MaxFrame)
	ws.SetPingHandler(c.onPing)
	ws.SetPongHandler(c.onPong)
	ws.SetCloseHandler(c.onClose)
	return nil
}
