package transport

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
)

// This file is between gorilla and the socket. Gorilla's writes go to the link; its reads come from a buffer
// that an idle connection does not hold.

// readBufferSize is the size of gorilla's own read buffer, which each connection keeps: the smallest that it accepts.
const readBufferSize = 288

// hijacked is the connection as gorilla sees it: its writes go to the link, and setting a write deadline does nothing.
type hijacked struct {
	net.Conn
	link  *link
	limit *readLimiter
	br    *bufio.Reader // gorilla's
	ahead readAhead
}

// awaitReadable waits until there is something to read, or an error, which the next Read returns. It waits here, where the
// stack is small, rather than inside gorilla.
func (h *hijacked) awaitReadable() {
	if h.link.raw != nil && h.br.Buffered() == 0 && h.ahead.empty() {
		h.limit.throttleBytes(h.ahead.fill(h.link.raw))
	}
}

// control takes a complete ping or pong off what was read ahead.
func (h *hijacked) control() (kind int, data string, ok bool) {
	if h.br.Buffered() > 0 { // gorilla has a part of it
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

// SetDeadline is called by gorilla to clear the HTTP server's deadlines: none may be left before the first direct write.
func (h *hijacked) SetDeadline(t time.Time) error { return h.Conn.SetDeadline(t) }

// hijacker is a ResponseWriter whose Hijack attaches the connection to a Conn.
type hijacker struct {
	http.ResponseWriter
	conn     *Conn
	options  Options
	response *bufio.Writer // nil until Hijack
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	nc, brw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	if r, ok := nc.(*replayedConn); ok && len(r.first) == 0 {
		nc = r.Conn
	}
	if brw.Reader.Buffered() > 0 {
		refuseEarlyFrame(nc, h.Header())
		return nc, brw, nil // gorilla closes it
	}
	c := h.conn
	c.Attach(nc, h.options)
	c.link.cork()
	c.socket = &hijacked{Conn: nc, link: &c.link, limit: &c.readLimit}
	c.socket.br = bufio.NewReaderSize(c.socket, readBufferSize)
	h.response = responseWriters.Get().(*bufio.Writer)
	return c.socket, bufio.NewReadWriter(c.socket.br, h.response), nil
}

// refuseEarlyFrame tells a peer that it must not send before the handshake is answered. What it sends meanwhile is read for
// a while: a connection that is closed with bytes unread loses the answer.
func refuseEarlyFrame(nc net.Conn, header http.Header) {
	var body bytes.Buffer
	answer := http.Response{StatusCode: http.StatusBadRequest, ProtoMajor: 1, ProtoMinor: 1, Header: header.Clone(), Close: true}
	wire.Refuse(&bareAnswer{&answer, &body}, http.StatusBadRequest, wire.ErrBadFrame.WithMessage(
		"You sent a frame before the handshake was answered. Wait for the answer, then send."))
	answer.Body, answer.ContentLength = io.NopCloser(&body), int64(body.Len())
	_ = nc.SetDeadline(time.Now().Add(LingerTimeout))
	if answer.Write(nc) != nil {
		return
	}
	if half, ok := nc.(interface{ CloseWrite() error }); !ok || half.CloseWrite() != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, nc, wire.MaxFrame) // until the peer closes, or for the time above
}

// bareAnswer is a ResponseWriter of a connection that the HTTP server has given away.
type bareAnswer struct {
	answer *http.Response
	body   *bytes.Buffer
}

func (b *bareAnswer) Header() http.Header         { return b.answer.Header }
func (b *bareAnswer) WriteHeader(status int)      { b.answer.StatusCode = status }
func (b *bareAnswer) Write(p []byte) (int, error) { return b.body.Write(p) }

// responseWriters are buffers in which gorilla composes the handshake's answer. The HTTP server's own would be lost with
// each connection, and with it a page of memory.
var responseWriters = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 512) }}

// release returns the buffer of the answer.
func (h *hijacker) release() {
	if h.response != nil {
		h.response.Reset(nil)
		responseWriters.Put(h.response)
	}
}

// upgrader reuses the read buffer that Hijack returns.
var upgrader = websocket.Upgrader{
	WriteBufferSize: 512,
	WriteBufferPool: &sync.Pool{},
	// Origin and Host were checked before.
	CheckOrigin: func(*http.Request) bool { return true },
	Error:       refuseHandshake,
}

// refuseHandshake answers a request that is not a valid handshake, as gorilla reports it.
func refuseHandshake(w http.ResponseWriter, r *http.Request, status int, _ error) {
	why := "This is not a WebSocket handshake: its Sec-WebSocket-Key is not 16 bytes in base64."
	if !slices.Contains(r.Header.Values("Sec-Websocket-Version"), "13") {
		w.Header().Set("Sec-Websocket-Version", "13")
		why = "This server speaks version 13 of the WebSocket protocol (RFC 6455): send Sec-WebSocket-Version: 13."
	}
	wire.Refuse(w, status, wire.ErrBadFrame.WithMessage(why))
}

// IsUpgrade reports whether a request asks for a WebSocket.
func IsUpgrade(r *http.Request) bool { return websocket.IsWebSocketUpgrade(r) }

// Upgrade answers the handshake and attaches c to the connection. The answer stays queued until Uncork, to go out with the
// first frame. On an error the refusal has been written, and c cannot be used.
func (c *Conn) Upgrade(w http.ResponseWriter, r *http.Request, o Options) error {
	hj := &hijacker{ResponseWriter: w, conn: c, options: o}
	defer hj.release()
	ws, err := upgrader.Upgrade(hj, r, nil)
	if err != nil {
		return err
	}
	c.ws = ws
	ws.SetReadLimit(wire.MaxFrame)
	ws.SetPingHandler(c.onPing)
	ws.SetPongHandler(c.onPong)
	ws.SetCloseHandler(c.onClose)
	return nil
}
