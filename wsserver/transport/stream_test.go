package transport

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wire"
)

// opened is a stream with its peer's end.
type opened struct {
	Stream
	peer  net.Conn
	ended chan struct{} // closed when nothing of it is left
}

// withStream runs a test in a bubble with one stream, which a request has opened.
func withStream(t *testing.T, head string, open func(w http.ResponseWriter, r *http.Request, ended func()) (Stream, error), test func(s *opened)) {
	synctest.Test(t, func(t *testing.T) {
		o := &opened{ended: make(chan struct{})}
		p := &pipes{next: make(chan any), done: make(chan struct{})}
		handled := make(chan error)
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/test")
			s, err := open(w, r, func() { close(o.ended) })
			o.Stream = s
			handled <- err
		})}
		var running sync.WaitGroup
		running.Go(func() { _ = server.Serve(p) })
		o.peer = p.dial(t)
		go func() { _, _ = io.WriteString(o.peer, head) }()
		answered := make(chan string)
		go func() {
			var got bytes.Buffer
			b := make([]byte, 1)
			for !strings.HasSuffix(got.String(), "\r\n\r\n") {
				if _, err := o.peer.Read(b); err != nil {
					break
				}
				got.Write(b)
			}
			answered <- got.String()
		}()
		var answer string
		for range 2 {
			select {
			case err := <-handled:
				if err != nil {
					t.Errorf("open: %v", err)
				}
			case answer = <-answered:
			}
		}
		if !strings.Contains(answer, "Content-Type: text/test") && !strings.Contains(answer, "101 Switching") {
			t.Errorf("answered %q", answer)
		}
		test(o)
		_ = o.peer.Close()
		<-o.ended
		_ = server.Close()
		running.Wait()
	})
}

const plainRequest = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

func withHTTPStream(t *testing.T, test func(s *opened)) {
	withStream(t, plainRequest, OpenStream, test)
}

func withSocketStream(t *testing.T, test func(s *opened)) {
	const head = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	withStream(t, head, func(w http.ResponseWriter, r *http.Request, ended func()) (Stream, error) {
		return UpgradeStream(w, r, Options{MaxQueued: MaxQueued, Budget: NewBudget(func() int64 { return 1 << 20 })}, ended)
	}, test)
}

func TestStream_WritesUntilItIsEnded(t *testing.T) {
	withHTTPStream(t, func(s *opened) {
		go func() {
			for i := range 3 {
				if err := s.Write(fmt.Appendf(nil, "%d\n", i)); err != nil {
					t.Error(err)
				}
			}
			s.End(0, "")
		}()
		if got, err := io.ReadAll(s.peer); string(got) != "2\r\n0\n\r\n2\r\n1\n\r\n2\r\n2\n\r\n0\r\n\r\n" || err != nil {
			t.Errorf("%q, error %v", got, err)
		}
		<-s.Done()
		if s.Write([]byte("more")) == nil {
			t.Error("an ended stream is written to")
		}
	})
}

func TestStream_EndsWhenThePeerHasGone(t *testing.T) {
	for name, with := range map[string]func(*testing.T, func(*opened)){"http": withHTTPStream, "websocket": withSocketStream} {
		t.Run(name, func(t *testing.T) {
			with(t, func(s *opened) {
				_ = s.peer.Close()
				<-s.Done()
			})
		})
	}
}

// A peer that takes nothing costs its own writer a while, and then ends.
func TestStream_EndsAStalledPeer(t *testing.T) {
	withHTTPStream(t, func(s *opened) {
		start := time.Now()
		if err := s.Write([]byte("x")); err == nil || time.Since(start) != WriteTimeout {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		<-s.Done()
	})
	withSocketStream(t, func(s *opened) {
		start := time.Now()
		var err error
		for range 10 {
			if err = s.Write(bytes.Repeat([]byte("x"), LowWater)); err != nil {
				break
			}
		}
		if err == nil || time.Since(start) > WriteTimeout+LingerTimeout {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		<-s.Done()
	})
}

// A peer is there to listen: what it sends is dropped, and much of it ends the stream.
func TestStream_EndsAPeerThatTalks(t *testing.T) {
	withHTTPStream(t, func(s *opened) {
		_, _ = s.peer.Write(make([]byte, 1000))
		synctest.Wait()
		select {
		case <-s.Done():
			t.Error("ended at once")
		default:
		}
		_, _ = s.peer.Write(make([]byte, 4000))
		<-s.Done()
	})
	for size, ends := range map[int]bool{MaxListenerFrame: false, MaxListenerFrame + 1: true} {
		withSocketStream(t, func(s *opened) {
			go func() { _, _ = io.Copy(io.Discard, s.peer) }()
			frame := append([]byte{0x81, 0x80 | byte(size), 0, 0, 0, 0}, bytes.Repeat([]byte("x"), size)...)
			_, _ = s.peer.Write(frame)
			synctest.Wait()
			select {
			case <-s.Done():
				if !ends {
					t.Errorf("%d bytes ended it", size)
				}
			default:
				if ends {
					t.Errorf("%d bytes did not end it", size)
				}
			}
		})
	}
}

func TestStream_SocketHasEventsPingsAndAClose(t *testing.T) {
	withSocketStream(t, func(s *opened) {
		go func() {
			_ = s.Write([]byte("event"))
			_ = s.Ping()
			s.End(wire.CloseGoingAway, "stopping")
		}()
		r := bufio.NewReader(s.peer)
		var kinds []byte
		for range 3 {
			head := make([]byte, 2)
			if _, err := io.ReadFull(r, head); err != nil {
				t.Fatal(err)
			}
			payload := make([]byte, head[1])
			_, _ = io.ReadFull(r, payload)
			kinds = append(kinds, head[0]&0xf)
			if head[0]&0xf == websocket.TextMessage && string(payload) != "event" {
				t.Errorf("payload %q", payload)
			}
		}
		if want := []byte{websocket.TextMessage, websocket.PingMessage, websocket.CloseMessage}; !bytes.Equal(kinds, want) {
			t.Errorf("frames %v, want %v", kinds, want)
		}
	})
}

// A peer that is sent events all the time is asked for a sign of life too, and ended where it gives none.
func TestStream_PingsAPeerThatIsOnlyWrittenTo(t *testing.T) {
	withSocketStream(t, func(s *opened) {
		go func() { _, _ = io.Copy(io.Discard, s.peer) }()
		start := time.Now()
		for s.Write([]byte("event")) == nil {
			time.Sleep(time.Second)
		}
		if took := time.Since(start); took < IdleTimeout || took > IdleTimeout+LingerTimeout {
			t.Errorf("a peer that answers no ping was ended after %v", took)
		}
	})
	withSocketStream(t, func(s *opened) {
		go answerPings(s.peer)
		for range 100 {
			if err := s.Write([]byte("event")); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
	})
}

// answerPings reads frames, and answers pings.
func answerPings(nc net.Conn) {
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(nc, head); err != nil {
			return
		}
		payload := make([]byte, head[1])
		if _, err := io.ReadFull(nc, payload); err != nil {
			return
		}
		if head[0]&0xf == websocket.PingMessage {
			_, _ = nc.Write(append([]byte{0x80 | websocket.PongMessage, 0x80 | head[1], 0, 0, 0, 0}, payload...))
		}
	}
}
