package wsserver_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

// dribble writes pieces one by one, every so often, and returns after how long the server closed the connection.
func dribble(t *testing.T, nc net.Conn, every time.Duration, pieces ...string) time.Duration {
	t.Helper()
	start := time.Now()
	for i := 0; i < 1000; i++ {
		if _, err := nc.Write([]byte(pieces[min(i, len(pieces)-1)])); err != nil {
			return time.Since(start)
		}
		time.Sleep(every)
	}
	t.Fatal("the server never closed the connection")
	return 0
}

func open(t *testing.T, r *room) net.Conn {
	t.Helper()
	nc, err := r.listen.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	return nc
}

// A request that is sent byte by byte is closed in time.
func TestSlowWriter_OfARequestIsClosed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for name, row := range map[string]struct {
			begin, more string
			most        time.Duration
		}{
			"request line":   {"G", "E", 6 * time.Second},
			"headers":        {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-A: b\r\n", 6 * time.Second},
			"handshake":      {"GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n", "X-A: b\r\n", 6 * time.Second},
			"body":           {"POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4000\r\n\r\n", " ", 16 * time.Second},
			"chunked body":   {"POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", 16 * time.Second},
			"unwanted body":  {"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n\r\n", " ", 16 * time.Second},
			"body of a read": {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 200000\r\n\r\n", " ", 16 * time.Second},
		} {
			nc := open(t, r)
			go func() { _, _ = io.Copy(io.Discard, nc) }() // whatever is answered
			if took := dribble(t, nc, time.Second, row.begin, row.more); took > row.most {
				t.Errorf("%s: held open for %v", name, took)
			}
		}
		if answer, _ := r.do(request(t, "GET", "/healthz")); answer.StatusCode != 200 {
			t.Errorf("and then: %d", answer.StatusCode)
		}
	})
}

// masked is a frame of a client with the mask zero.
func masked(first byte, payload string) string {
	return string([]byte{first, 0x80 | byte(len(payload)), 0, 0, 0, 0}) + payload
}

// A message must be whole within FrameTimeout: neither single bytes nor pings between its fragments extend it.
func TestSlowWriter_OfAMessageIsClosed(t *testing.T) {
	whole := masked(0x81, `{"action":"unsubscribe"}`)
	for name, pieces := range map[string][]string{
		"byte by byte":                   append(split(whole[:20]), ""),
		"the header alone":               {whole[:1], ""},
		"fragments with pings between":   {masked(0x01, `{"action":`), masked(0x00, " ") + masked(0x89, "hi")},
		"empty fragments":                {masked(0x01, ""), masked(0x00, "") + masked(0x89, "")},
		"fragments with pongs, unasked":  {masked(0x01, "{"), masked(0x00, " ") + masked(0x8a, "")},
		"a length without what it is of": {string([]byte{0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0}), " "},
	} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, func(t *testing.T, r *room) {
				c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
				nc := c.Conn().NetConn()
				go func() { _, _ = io.Copy(io.Discard, nc) }()
				if took := dribble(t, nc, time.Second, pieces...); took > wsserver.IdleTimeout+2*time.Second {
					t.Errorf("held open for %v", took)
				}
				synctest.Wait()
				if n := r.State().Clients; n != 0 {
					t.Errorf("%d are still counted", n)
				}
			})
		})
	}
}

func split(s string) (list []string) {
	for i := range len(s) {
		list = append(list, s[i:i+1])
	}
	return list
}

// A slow message that is whole in time is handled.
func TestSlowWriter_ThatEndsInTimeIsServed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		nc := c.Conn().NetConn()
		for _, piece := range split(masked(0x81, `{"action":"subscribe"}`)) {
			if _, err := nc.Write([]byte(piece)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
		}
		synctest.Wait()
		if n := r.State().Subscribers; n != 1 {
			t.Errorf("%d subscribers, want 1", n)
		}
		if _, err := nc.Write([]byte(masked(0x89, ""))); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}
