package abuse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/wstest"
)

// ends waits until the server closes a connection, and skips what it sends before.
func ends(nc net.Conn, within time.Duration) bool {
	_ = nc.SetReadDeadline(time.Now().Add(within))
	_, err := io.Copy(io.Discard, nc)
	var failed net.Error
	return !errors.As(err, &failed) || !failed.Timeout()
}

// halfOpen begins handshakes from a few addresses and never completes them. The server gives up in a few seconds.
func halfOpen(a *arena) {
	var list []net.Conn
	for i := range a.sockets(a.scale(2_000, 10_000)) {
		nc, err := a.from(address(1, i/2_000))(a.t.Context())
		if err != nil {
			a.t.Fatal(err)
		}
		list = append(list, nc)
		_, _ = io.WriteString(nc, "GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgra") // may be closed already
	}
	// Meanwhile another client connects.
	a.client(a.t, "127.1.100.1").Hello("beside", "Beside", "general")
	a.later(func() {
		for i, nc := range list {
			if !ends(nc, 10*time.Second) {
				a.t.Errorf("the half-open handshake %d goes on", i)
				break
			}
		}
		for _, nc := range list {
			_ = nc.Close()
		}
	})
}

// dribble writes single bytes until the server closes the connection.
func dribble(nc net.Conn, begin, more string) {
	_, err := io.WriteString(nc, begin)
	for err == nil {
		time.Sleep(200 * time.Millisecond)
		_, err = io.WriteString(nc, more)
	}
}

func slowRequests(a *arena) {
	for what, request := range map[string][2]string{
		"request line": {"G", "E"},
		"headers":      {"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X: y\r\n"},
		"handshake":    {"GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n", "X: y\r\n"},
		"body":         {"POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n", " "},
		"chunks":       {"POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"},
	} {
		for i := range a.scale(10, 100) {
			nc := a.raw(a.all, address(2, i))
			go dribble(nc, request[0], request[1])
			asked := i == 0 && (a.long || !strings.HasPrefix(request[0], "POST")) // a body has 15 s
			a.later(func() {
				if asked && !ends(nc, 20*time.Second) {
					a.t.Errorf("a slow %s is waited for", what)
				}
				_ = nc.Close()
			})
		}
	}
}

// slowFrames sends messages byte by byte. They must be whole within 25 s, which only the long form waits for.
func slowFrames(a *arena) {
	for i := range a.scale(20, 200) {
		c := wstest.DialMute(a.all, a.from(address(3, i)), "/ws/client")
		nc := c.Conn().NetConn()
		go dribble(nc, string([]byte{0x81, 0xfe, 0xff, 0xff, 0, 0, 0, 0}), "x")
		a.later(func() {
			if i == 0 && a.long && !ends(nc, 35*time.Second) {
				a.t.Error("a slow frame is waited for")
			}
			c.Cut()
		})
	}
}

// neverReads joins the general topic, requests much of the log again and again, and reads nothing. Its connection ends
// after 10 s without progress, which only the long form waits for.
func neverReads(a *arena) {
	count := a.scale(5, 20)
	for i := range count {
		dial := a.from(address(4, i))
		c := wstest.DialMute(a.all, func(ctx context.Context) (net.Conn, error) {
			nc, err := dial(ctx)
			if err == nil {
				err = nc.(*net.TCPConn).SetReadBuffer(4 << 10)
			}
			return nc, err
		}, "/ws/client")
		a.later(c.Cut)
		c.Send(map[string]any{"action": "subscribe", "user_id": fmt.Sprint("mute", i)})
		for range 20 {
			c.Send(map[string]any{"action": "notify", "message": strings.Repeat("mute ", 10_000)})
		}
		for n := range 200 {
			c.Send(map[string]any{"action": "history", "id": fmt.Sprint(n)})
		}
	}
	if !a.long {
		return
	}
	d := a.dashboard(a.all)
	a.later(func() {
		var list struct {
			Clients []struct {
				UserID string `json:"user_id"`
			} `json:"clients"`
		}
		ended := func() bool {
			if refused := d.Ask("clients", nil, &list); refused != nil {
				return false
			}
			for _, c := range list.Clients {
				if strings.HasPrefix(c.UserID, "mute") {
					return false
				}
			}
			return true
		}
		if !eventually(ended) {
			a.t.Error("who never reads stays")
		}
		d.Cut()
	})
}

// pingFlood sends pings as fast as it can, and never reads the answers. The server throttles reading.
func pingFlood(a *arena) {
	for i := range a.scale(2, 20) {
		c := wstest.DialMute(a.all, a.from(address(5, i)), "/ws/client")
		a.later(c.Cut)
		_ = c.Conn().SetWriteDeadline(time.Now().Add(time.Second))
		ping := []byte(strings.Repeat("p", 125))
		for range a.scale(20_000, 100_000) {
			if c.Conn().WriteMessage(websocket.PingMessage, ping) != nil {
				break // it is throttled, or was closed
			}
		}
	}
}

// messageFlood sends messages without a pause: most are refused with the time to wait, and the connection lives on.
func messageFlood(a *arena) {
	for i := range a.scale(2, 20) {
		c := a.client(a.t, address(6, i))
		for range 300 {
			c.Send(map[string]any{"action": "notify", "message": strings.Repeat("flood ", 1_000)})
		}
		slowed := a.sent(c, func(f wstest.Frame) bool { return f.Code == "rate_limited" && f.RetryMS > 0 })
		c.Send(map[string]any{"action": "history", "id": "the last"})
		if !slowed || !a.sent(c, func(f wstest.Frame) bool { return f.ID == "the last" }) {
			a.t.Error("a flood is not slowed, or ends the connection")
		}
	}
}

// joins connects and disconnects many clients.
func joins(a *arena) {
	const workers = 16
	total := a.scale(2_000, 100_000)
	done := make(chan error, workers)
	for w := range workers {
		go func() {
			for i := w; i < total; i += workers {
				if err := a.visit(address(10+i/50_000, i/200)); err != nil { // 200 from each
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range workers {
		if err := <-done; err != nil {
			a.t.Errorf("come in: %v", err)
		}
	}
}

// visit connects and then closes the socket without a close frame.
func (a *arena) visit(address string) error {
	conn, err := a.dial(context.Background(), address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"action":"subscribe"}`)); err != nil {
		return err
	}
	_, _, err = conn.ReadMessage()
	return err
}
