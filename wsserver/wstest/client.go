package wstest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// patience is how long a client waits for an expected frame. With synctest's clock it takes no time.
const patience = 10 * time.Second

// Dialer opens a connection to the server under test.
type Dialer func(ctx context.Context) (net.Conn, error)

// Client is a scripted WebSocket client. It reads all the time, answers pings, and keeps what it was sent until a test asks
// for it.
type Client struct {
	t    testing.TB
	conn *websocket.Conn
	done chan struct{} // closed when reading ended

	mu      sync.Mutex
	frames  []Frame
	arrived chan struct{} // closed, and replaced, with each frame
	closed  error
	pings   int
}

// Dial connects to path ("/ws/client") and fails the test where the server refuses.
func Dial(t testing.TB, dial Dialer, path string, header http.Header) *Client {
	t.Helper()
	c, answer, err := TryDial(t, dial, path, header)
	if err != nil {
		t.Fatalf("dial %s: %v (%v)", path, err, answer)
	}
	return c
}

// TryDial connects, or returns the response that refuses it. The client is closed at the end of the test.
func TryDial(t testing.TB, dial Dialer, path string, header http.Header) (*Client, *http.Response, error) {
	t.Helper()
	c, answer, err := open(t, dial, path, header)
	if err == nil {
		go c.read()
	}
	return c, answer, err
}

// DialMute connects a client that never reads: what it is sent fills the connection's buffer.
func DialMute(t testing.TB, dial Dialer, path string) *Client {
	t.Helper()
	c, _, err := open(t, dial, path, nil)
	if err != nil {
		t.Fatalf("dial %s: %v", path, err)
	}
	close(c.done)
	return c
}

// open connects a client that does not read yet, and that is closed at the end of the test.
func open(t testing.TB, dial Dialer, path string, header http.Header) (*Client, *http.Response, error) {
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, answer, err := d.DialContext(ctx, "ws://127.0.0.1:8000"+path, header)
	if err != nil {
		return nil, answer, err
	}
	c := newClient(t, conn)
	t.Cleanup(c.Cut)
	return c, answer, nil
}

func newClient(t testing.TB, conn *websocket.Conn) *Client {
	c := &Client{t: t, conn: conn, done: make(chan struct{}), arrived: make(chan struct{})}
	pong := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		c.mu.Lock()
		c.pings++
		c.mu.Unlock()
		return pong(data)
	})
	return c
}

func (c *Client) read() {
	defer close(c.done)
	for {
		_, b, err := c.conn.ReadMessage()
		if err == nil {
			c.keep(b)
			continue
		}
		c.mu.Lock()
		c.closed = err
		c.mu.Unlock()
		_ = c.conn.Close()
		return
	}
}

func (c *Client) keep(b []byte) {
	f := Frame{Text: string(b)}
	if err := json.Unmarshal(b, &f); err != nil && f.Type != "result" { // results are read by Result
		f.Type = fmt.Sprintf("unreadable (%v)", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frames = append(c.frames, f)
	close(c.arrived)
	c.arrived = make(chan struct{})
}

// Conn returns the connection itself.
func (c *Client) Conn() *websocket.Conn { return c.conn }

// Pings returns how many pings the server has sent.
func (c *Client) Pings() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pings
}

// Cut ends the connection without a close frame, like a phone that goes out of range of a router that reports it.
func (c *Client) Cut() {
	_ = c.conn.Close()
	<-c.done
}

// Close ends the connection as a closed tab does.
func (c *Client) Close() {
	c.control(websocket.FormatCloseMessage(websocket.CloseGoingAway, ""))
	<-c.done
}

func (c *Client) control(b []byte) {
	if err := c.conn.WriteControl(websocket.CloseMessage, b, time.Now().Add(patience)); err != nil {
		c.t.Errorf("close: %v", err)
	}
}

// Send sends v as one frame.
func (c *Client) Send(v any) {
	c.t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		c.t.Fatal(err)
	}
	c.SendText(string(b))
}

// SendText sends one text frame as it is.
func (c *Client) SendText(s string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(s)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// fields is a frame under construction.
type fields map[string]any

// Hello sends a hello, and returns the welcome.
func (c *Client) Hello(userID, name string, topics ...string) Frame {
	c.t.Helper()
	c.Send(fields{"action": "hello", "user_id": userID, "name": name, "topics": topics})
	w := c.Expect("welcome")
	c.Expect("topics")
	return w
}

// HelloAs is Hello with a token.
func (c *Client) HelloAs(userID, token string, topics ...string) Frame {
	c.t.Helper()
	c.Send(fields{"action": "hello", "user_id": userID, "name": userID, "token": token, "topics": topics})
	w := c.Expect("welcome")
	c.Expect("topics")
	return w
}

// Return says hello with a position in the log, as a page does that reconnects, and returns the recovery: what was missed,
// and the frame that ends it.
func (c *Client) Return(userID, token, epoch string, since uint64, topics ...string) (missed []Frame, recovered Frame) {
	c.t.Helper()
	c.Send(fields{
		"action": "hello", "user_id": userID, "name": userID, "token": token, "topics": topics, "since": since, "epoch": epoch,
	})
	c.Expect("welcome")
	c.Expect("topics")
	return c.Recovery()
}

// Recovery removes and returns all frames up to the next recovered.
func (c *Client) Recovery() (missed []Frame, recovered Frame) {
	c.t.Helper()
	for {
		f := c.next("recovered", func(Frame) bool { return true })
		if f.Type == "recovered" {
			return missed, f
		}
		missed = append(missed, f)
	}
}

// Subscribe joins topics, general where none is named, and waits for the counts that answer.
func (c *Client) Subscribe(topics ...string) Frame {
	c.t.Helper()
	c.Drain()
	c.Send(fields{"action": "subscribe", "topics": topics})
	return c.Expect("counts")
}

// Notify sends a message under an id, to a topic or, where that is "", to the operator, and returns its seq.
func (c *Client) Notify(id, topic, text string) uint64 {
	c.t.Helper()
	c.Send(fields{"action": "notify", "id": id, "topic": topic, "message": text})
	f := c.next("accepted", func(f Frame) bool { return f.Type == "accepted" || f.Type == "error" })
	if f.Type != "accepted" || f.ID != id {
		c.t.Fatalf("notify %q: got %s", id, f.Text)
	}
	return f.Seq
}
