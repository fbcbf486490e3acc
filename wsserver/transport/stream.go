package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
)

// MaxListenerFrame is the largest message, in bytes, that a peer of a Stream may send: it is there to listen.
const MaxListenerFrame = 64

// Stream is a peer that only listens: an HTTP response without an end, or a WebSocket. Write goes at the peer's pace, so
// whoever writes needs no queue, and a peer that has stalled costs that writer alone. One goroutine may write; Done and
// End are for any.
//
// It holds nothing of the HTTP server: neither its buffers nor the goroutine of the request, whose handler may return.
type Stream interface {
	// Write sends one event. It blocks until the connection takes it, and fails where that took nothing for WriteTimeout.
	Write(event []byte) error
	// Ping asks the peer of a WebSocket for a sign of life. It is due after PingPeriod without a Write. A stream over HTTP has
	// no pings, and does nothing.
	Ping() error
	// Done is closed when the peer has gone, or End was called.
	Done() <-chan struct{}
	// End ends the stream with a WebSocket close code. What was written before reaches the peer where it still reads.
	End(code int, reason string)
}

// ErrStreamEnded is of writing to a peer that has gone.
var ErrStreamEnded = errors.New("the stream has ended")

// OpenStream answers a request with the status 200, the headers set on w, and a body that lasts until the stream ends. ended
// is called once, when nothing of the connection is left. On an error nothing was written, and ended is not called.
func OpenStream(w http.ResponseWriter, r *http.Request, ended func()) (Stream, error) {
	header := w.Header().Clone()
	nc, brw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, err
	}
	s := &httpStream{nc: nc, chunked: r.ProtoAtLeast(1, 1), done: make(chan struct{}), ended: ended}
	header.Set("Connection", "close")
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if s.chunked {
		header.Set("Transfer-Encoding", "chunked")
	}
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&head) // to memory
	head.WriteString("\r\n")
	_ = nc.SetDeadline(time.Time{})
	_ = s.write(head.Bytes()) // where it fails, it ends the stream
	go s.awaitEnd(brw.Reader.Buffered())
	return s, nil
}

// httpStream is a response without an end. Each event is a chunk of its own (RFC 9112, 7.1): some readers wait for a buffer to
// fill where there are none.
type httpStream struct {
	nc      net.Conn
	chunked bool
	once    sync.Once
	done    chan struct{}
	ended   func()
	writing sync.Mutex // held for a whole write
}

// awaitEnd reads until the peer has gone. A peer that sends more than a little is no listener, and is ended; early is what
// it had already sent.
func (s *httpStream) awaitEnd(early int) {
	const enough = 4 << 10
	var b [128]byte
	for got := early; got < enough; {
		n, err := s.nc.Read(b[:])
		if got += n; err != nil {
			break
		}
	}
	s.End(0, "")
	s.ended()
}

func (s *httpStream) Write(event []byte) error {
	for len(event) > 0 {
		part := event[:min(len(event), writeChunk)]
		event = event[len(part):]
		if !s.chunked {
			if err := s.write(part); err != nil {
				return err
			}
			continue
		}
		if err := s.write(fmt.Appendf(nil, "%x\r\n", len(part)), part, []byte("\r\n")); err != nil {
			return err
		}
	}
	return nil
}

// write writes parts under one deadline, and ends the stream where that fails.
func (s *httpStream) write(parts ...[]byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.nc.SetWriteDeadline(time.Now().Add(WriteTimeout)); err != nil {
		return err
	}
	buffers := net.Buffers(parts)
	_, err := buffers.WriteTo(s.nc)
	if err != nil {
		s.End(0, "")
	}
	return err
}

func (s *httpStream) Ping() error           { return nil }
func (s *httpStream) Done() <-chan struct{} { return s.done }

// endTimeout is how long the end of a body may take: it is five bytes, which any socket that was read from has room for.
const endTimeout = 100 * time.Millisecond

// End needs no code and no reason: HTTP has none. The body is ended properly, unless a write is under way.
func (s *httpStream) End(int, string) {
	s.once.Do(func() {
		close(s.done)
		if s.writing.TryLock() {
			defer s.writing.Unlock()
			if s.chunked {
				_ = s.nc.SetWriteDeadline(time.Now().Add(endTimeout))
				_, _ = s.nc.Write([]byte("0\r\n\r\n"))
			}
		}
		_ = s.nc.Close()
	})
}

// UpgradeStream answers a WebSocket handshake. ended is called once, when nothing of the connection is left. On an error the
// refusal has been written, and ended is not called.
func UpgradeStream(w http.ResponseWriter, r *http.Request, o Options, ended func()) (Stream, error) {
	s := &socketStream{done: make(chan struct{}), ended: ended, pinged: time.Now()}
	s.conn.SetHandler(s)
	if err := s.conn.Upgrade(w, r, o); err != nil {
		return nil, err
	}
	s.conn.ws.SetReadLimit(MaxListenerFrame)
	s.conn.Uncork()
	s.conn.ResetIdle()
	go s.conn.Read()
	return s, nil
}

// socketStream is a WebSocket whose frames from the peer are read and dropped.
type socketStream struct {
	conn   Conn
	once   sync.Once
	done   chan struct{}
	ended  func()
	pinged time.Time // of the writer alone
}

func (s *socketStream) Handle([]byte) {}
func (s *socketStream) Leaving()      { s.once.Do(func() { close(s.done) }) }
func (s *socketStream) Ended()        { s.ended() }

// Write also pings a peer that has had events alone for PingPeriod: it answers those with nothing.
func (s *socketStream) Write(event []byte) error {
	s.conn.Send(wire.Frame(websocket.TextMessage, event))
	if s.conn.Ending() || !s.conn.AwaitDrained(LowWater) {
		return ErrStreamEnded
	}
	if time.Since(s.pinged) >= PingPeriod {
		return s.Ping()
	}
	return nil
}

func (s *socketStream) Ping() error {
	s.pinged = time.Now()
	s.conn.Send(pingFrame(s.pinged))
	if s.conn.Ending() {
		return ErrStreamEnded
	}
	return nil
}

func (s *socketStream) Done() <-chan struct{}       { return s.done }
func (s *socketStream) End(code int, reason string) { s.conn.End(nil, code, reason) }
