package transport

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/internal/turns"
)

// pipes is a listener of connections in memory. Accept returns an error that is sent in place of one.
type pipes struct {
	next chan any
	done chan struct{}
	once sync.Once

	counted *connCount // the connections that the listener reports
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case v := <-p.next:
		if err, ok := v.(error); ok {
			return nil, err
		}
		return v.(net.Conn), nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }

// dial is a new connection's other end.
func (p *pipes) dial(t testing.TB) net.Conn {
	here, there := net.Pipe()
	t.Cleanup(func() { _ = here.Close() })
	p.next <- there
	return here
}

// withListener runs a test in a bubble, with a listener in front of nothing.
func withListener(t *testing.T, handler http.HandlerFunc, test func(t *testing.T, l *Listener, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		var running sync.WaitGroup
		counted := new(connCount)
		p := &pipes{next: make(chan any), done: make(chan struct{}), counted: counted}
		l := NewListener(p, handler, counted.note, slog.New(slog.DiscardHandler), &running)
		test(t, l, p)
		_ = l.Close()
		running.Wait()
		synctest.Wait()
		if n := counted.Load(); n != 0 {
			t.Errorf("%d connections are counted when there is none", n)
		}
		if len(l.silent) != 0 {
			t.Errorf("%d are remembered", len(l.silent))
		}
	})
}

// connCount counts the connections that are open and no WebSockets, as http.Server.ConnState reports them.
type connCount struct{ atomic.Int64 }

func (c *connCount) note(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.Add(1)
	case http.StateHijacked, http.StateClosed:
		c.Add(-1)
	}
}

const (
	firstLine = "GET /ws/client?a=b HTTP/1.1\r\n"
	hostLine  = "Host: 192.168.1.7:8000\r\n"
	upgrading = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
)

// takeOver answers as a WebSocket would, outside HTTP.
func takeOver(w http.ResponseWriter, r *http.Request) {
	nc, brw, err := http.NewResponseController(w).Hijack()
	if err != nil || brw.Reader.Buffered() != 0 || r.RemoteAddr == "" {
		panic(err)
	}
	_, _ = io.WriteString(nc, "hello "+r.Host+" "+r.URL.String()+" "+r.UserAgent())
}

func TestListener_AnswersThePlainCase(t *testing.T) {
	withListener(t, takeOver, func(t *testing.T, l *Listener, p *pipes) {
		for range 3 * maxIdleWorkers {
			nc := p.dial(t)
			go func() { _, _ = io.WriteString(nc, firstLine+hostLine+upgrading+"User-Agent: Phone\r\n\r\n") }()
			want := "hello 192.168.1.7:8000 /ws/client?a=b Phone"
			got := make([]byte, len(want))
			if _, err := io.ReadFull(nc, got); err != nil || string(got) != want {
				t.Fatalf("%q, %v", got, err)
			}
		}
		synctest.Wait()
		if n := p.counted.Load(); n != 0 {
			t.Errorf("%d are counted that are WebSockets now", n)
		}
		if n := len(l.idle); n == 0 || n > maxIdleWorkers {
			t.Errorf("%d wait for the next", n)
		}
		time.Sleep(idleWorkerTimeout)
		synctest.Wait()
		if n := len(l.idle); n != 0 {
			t.Errorf("%d wait still, when nobody comes", n)
		}
	})
}

// Everything that is not the plain case reaches the HTTP server with the same bytes.
func TestListener_PassesTheRestOn(t *testing.T) {
	rows := map[string]string{
		"another path":        "GET / HTTP/1.1\r\n" + hostLine + "\r\n",
		"the dashboard's":     "GET /ws/server HTTP/1.1\r\n" + hostLine + upgrading + "\r\n",
		"a post":              "POST /ws/client HTTP/1.1\r\n" + hostLine + upgrading + "\r\n",
		"a byte":              "G",
		"the first line":      firstLine,
		"not whole":           firstLine + hostLine + upgrading,
		"more behind it":      firstLine + hostLine + upgrading + "\r\n\x81",
		"two":                 firstLine + hostLine + upgrading + "\r\n" + firstLine + hostLine + upgrading + "\r\n",
		"a body":              firstLine + hostLine + upgrading + "Content-Length: 3\r\n\r\n",
		"chunks":              firstLine + hostLine + upgrading + "Transfer-Encoding: chunked\r\n\r\n",
		"no upgrade":          firstLine + hostLine + "\r\n",
		"HTTP 1.0":            "GET /ws/client HTTP/1.0\r\n" + hostLine + upgrading + "\r\n",
		"HTTP 2":              "GET /ws/client HTTP/2.0\r\n" + hostLine + upgrading + "\r\n",
		"no host":             firstLine + upgrading + "\r\n",
		"two hosts":           firstLine + hostLine + "hOST: evil.example\r\n" + upgrading + "\r\n",
		"a strange host":      firstLine + "Host: a/b\r\n" + upgrading + "\r\n",
		"a folded line":       firstLine + hostLine + upgrading + "X-A: b\r\n c\r\n\r\n",
		"a bare line feed":    firstLine + hostLine + upgrading + "X-A: b\nX-B: c\r\n\r\n",
		"a bare return":       firstLine + hostLine + upgrading + "X-A: b\rX-B: c\r\n\r\n",
		"a control character": firstLine + hostLine + upgrading + "X-A: \x00\r\n\r\n",
		"other letters":       firstLine + hostLine + upgrading + "X-A: ä\r\n\r\n",
		"nonsense":            "\x16\x03\x01 TLS",
		"long":                firstLine + hostLine + upgrading + "X-A: " + strings.Repeat("x", maxHandshake) + "\r\n\r\n",
	}
	never := func(http.ResponseWriter, *http.Request) { panic("answered here") }
	withListener(t, never, func(t *testing.T, l *Listener, p *pipes) {
		for name, row := range rows {
			wantPassedOn(t, l, p, name, row)
		}
	})
}

// A handshake that the handler refuses is answered by the HTTP server.
func TestListener_PassesARefusalOn(t *testing.T) {
	refuse := func(w http.ResponseWriter, r *http.Request) { http.Error(w, "full", http.StatusServiceUnavailable) }
	withListener(t, refuse, func(t *testing.T, l *Listener, p *pipes) {
		wantPassedOn(t, l, p, "refused", firstLine+hostLine+upgrading+"\r\n")
	})
}

func wantPassedOn(t *testing.T, l *Listener, p *pipes, name, said string) {
	t.Helper()
	here := p.dial(t)
	go func() { _, _ = io.WriteString(here, said); _ = here.Close() }()
	nc, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, counted := nc.(*replayedConn); !counted { // as the HTTP server does
		l.countConn(nc, http.StateNew)
	}
	if got, err := io.ReadAll(nc); err != nil || string(got) != said {
		t.Errorf("%s: passed on as %q, %v", name, got, err)
	}
	l.countConn(nc, http.StateClosed)
}

// gentle is a connection that can be half-closed.
type gentle struct {
	net.Conn
	ended bool
}

func (g *gentle) CloseWrite() error { g.ended = true; return nil }

// The HTTP server half-closes a refused connection first, so that the answer is read: it must be able to.
func TestListener_HandedConnectionsHalfClose(t *testing.T) {
	withListener(t, takeOver, func(t *testing.T, l *Listener, p *pipes) {
		here, there := net.Pipe()
		g := &gentle{Conn: there}
		p.next <- g
		go func() { _, _ = io.WriteString(here, "POST / HTTP/1.1\r\n") }()
		nc, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		half, ok := nc.(interface{ CloseWrite() error })
		if !ok || half.CloseWrite() != nil || !g.ended {
			t.Errorf("%T cannot be half-closed", nc)
		}
		_ = nc.Close()
		l.countConn(nc, http.StateClosed)
	})
}

// Connections that send nothing are closed in time, and at once when the listener closes.
func TestListener_ClosesSilentConnections(t *testing.T) {
	withListener(t, takeOver, func(t *testing.T, l *Listener, p *pipes) {
		nc, start := p.dial(t), time.Now()
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || time.Since(start) != HeaderTimeout {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		nc = p.dial(t)
		synctest.Wait()
		if err := errors.Join(l.Close(), l.Close()); err != nil {
			t.Error(err)
		}
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

// A connection that waits for Accept when the listener ends is closed.
func TestListener_ClosesConnectionsThatNobodyAccepts(t *testing.T) {
	withListener(t, takeOver, func(t *testing.T, l *Listener, p *pipes) {
		nc := p.dial(t)
		if _, err := io.WriteString(nc, "GET / HTTP/1.1\r\n"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		_ = p.Close() // the listener itself ends
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
}

// Neither an error of accept nor a panic of the handler ends the listener.
func TestListener_SurvivesErrors(t *testing.T) {
	first := true
	faulty := func(w http.ResponseWriter, r *http.Request) {
		if first {
			first = false
			panic("a fault")
		}
		takeOver(w, r)
	}
	withListener(t, faulty, func(t *testing.T, l *Listener, p *pipes) {
		start := time.Now()
		for range 3 {
			p.next <- errors.New("too many open files")
		}
		said := firstLine + hostLine + upgrading + "\r\n"
		nc := p.dial(t)
		if waited := time.Since(start); waited != acceptRetry+2*acceptRetry+4*acceptRetry {
			t.Errorf("tried again after %v", waited)
		}
		go func() { _, _ = io.WriteString(nc, said) }()
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("after a fault: %v", err)
		}
		nc = p.dial(t)
		go func() { _, _ = io.WriteString(nc, said) }()
		if _, err := nc.Read(make([]byte, 100)); err != nil {
			t.Errorf("after that: %v", err)
		}
	})
}

// The plain case is parsed to the same request as the HTTP server parses it.
func FuzzListener_Request(f *testing.F) {
	f.Add([]byte(firstLine + hostLine + upgrading + "\r\n"))
	f.Add([]byte(firstLine + "HOST:[::1]:8000\r\n" + upgrading + "Cookie: a=b; c=\"d\"\r\nOrigin: http://[::1]:8000\r\n\r\n"))
	f.Add([]byte("GET /ws/client/../x#y?z HTTP/1.1\r\n" + hostLine + upgrading + "X: \r\nX: 2\r\nConnection: close\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxHandshake {
			return
		}
		a := attempt{br: bufio.NewReader(nil)}
		r := a.request(b)
		if r == nil {
			return
		}
		if a.bytes.Len() != 0 || a.br.Buffered() != 0 {
			t.Fatalf("not all of %q was read", b)
		}
		var seen *http.Request
		answerOnce(t, b, func(_ http.ResponseWriter, r *http.Request) { seen = r })
		if seen == nil {
			t.Fatalf("the HTTP server refuses %q", b)
		}
		if seen.Host != r.Host || seen.RequestURI != r.RequestURI || !reflect.DeepEqual(seen.Header, r.Header) || !reflect.DeepEqual(seen.URL, r.URL) {
			t.Errorf("%q is %+v to the HTTP server and %+v here", b, seen, r)
		}
	})
}

// answerOnce has an HTTP server answer b.
func answerOnce(t *testing.T, b []byte, handler http.HandlerFunc) {
	p := &pipes{next: make(chan any), done: make(chan struct{})}
	h := http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	var served sync.WaitGroup
	served.Go(func() { _ = h.Serve(p) })
	nc := p.dial(t)
	served.Go(func() { _, _ = nc.Write(b) })
	if _, err := http.ReadResponse(bufio.NewReader(nc), nil); err != nil {
		t.Fatal(err)
	}
	_ = nc.Close()
	_ = h.Close()
	served.Wait()
}

// Who waits for a turn has no buffer: a whole room that comes back would have one each.
func TestListener_WaitsWithoutABuffer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("this system does not say that there is something to read")
	}
	const many = 200
	var made atomic.Int64
	whole := attempts.New
	attempts.New = func() any { made.Add(1); return whole() }
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	counted := new(connCount)
	l := NewListener(tcp, http.HandlerFunc(takeOver), counted.note, slog.New(slog.DiscardHandler), &running)
	var taken []*turns.Turn
	for range max(2, runtime.GOMAXPROCS(0)) {
		turn, _ := l.turns.Take(t.Context())
		taken = append(taken, turn)
	}
	var dialed []net.Conn
	for range many {
		nc, err := net.Dial("tcp", tcp.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		dialed = append(dialed, nc)
		_, _ = io.WriteString(nc, firstLine+hostLine+upgrading+"\r\n")
	}
	silent := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.silent)
	}
	for counted.Load() < many || silent() > 0 {
		time.Sleep(time.Millisecond) // the kernel brings them
	}
	if n := made.Load(); n > 0 {
		t.Errorf("%d of %d have a buffer", n, many)
	}
	for _, turn := range taken {
		turn.End()
	}
	for _, nc := range dialed {
		if _, err := io.ReadFull(nc, make([]byte, len("hello "))); err != nil {
			t.Error(err)
		}
		_ = nc.Close()
	}
	_ = l.Close()
	running.Wait()
	attempts.New = whole
}
