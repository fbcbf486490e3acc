package wstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// patience is how long a client waits for what it expects: on the clock of a bubble it costs nothing.
const patience = 10 * time.Second

// Dialer opens a connection to the server under test.
type Dialer func(ctx context.Context) (net.Conn, error)

// Frame is any frame of a server: the union of their fields, and the text itself.
type Frame struct {
	Type        string          `json:"type"`
	Protocol    int             `json:"protocol"`
	UserID      string          `json:"user_id"`
	Epoch       string          `json:"epoch"`
	Seq         uint64          `json:"seq"`
	ID          string          `json:"id"`
	Time        string          `json:"time"`
	Audience    string          `json:"audience"`
	Topic       string          `json:"topic"`
	From        From            `json:"from"`
	Message     string          `json:"message"`
	Title       string          `json:"title"`
	Priority    int             `json:"priority"`
	ReplyTo     uint64          `json:"reply_to"`
	Code        string          `json:"code"`
	Action      string          `json:"action"`
	Field       string          `json:"field"`
	Free        string          `json:"free"`
	RetryMS     int64           `json:"retry_ms"`
	Clients     json.RawMessage `json:"clients"` // a number in counts, a list in a dashboard's result
	Subscribers int             `json:"subscribers"`
	Topics      []Topic         `json:"topics"`
	Limits      map[string]int  `json:"limits"`
	Token       string          `json:"token"`
	Ack         string          `json:"ack"`
	Of          uint64          `json:"of"`
	To          uint64          `json:"to"`
	Complete    bool            `json:"complete"`
	Gone        bool            `json:"gone"`
	Messages    []Frame         `json:"messages"`
	More        bool            `json:"more"`
	Acked       []uint64        `json:"acked"`
	Text        string          `json:"-"`
}

// From is who wrote a message, or the seq that a recovery is whole from.
type From struct {
	UserID   string `json:"user_id"`
	Operator bool   `json:"operator"`
	Name     string `json:"name"`
	Seq      uint64 `json:"-"`
}

// UnmarshalJSON reads either.
func (f *From) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return json.Unmarshal(b, &f.Seq)
	}
	type plain From
	return json.Unmarshal(b, (*plain)(f))
}

// Topic is one of a topics frame, or, as a name alone, of a recovery.
type Topic struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Archived bool   `json:"archived"`
}

// UnmarshalJSON reads either.
func (t *Topic) UnmarshalJSON(b []byte) error {
	if b[0] != '{' {
		return json.Unmarshal(b, &t.Topic)
	}
	type plain Topic
	return json.Unmarshal(b, (*plain)(t))
}

// Count is the clients of a counts frame.
func (f Frame) Count() int {
	var n int
	_ = json.Unmarshal(f.Clients, &n) // a list counts as 0
	return n
}

// Client is a scripted WebSocket client. It reads all the time, answers pings, and keeps what it was sent until a
// test asks for it.
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

// TryDial connects, or returns the answer that refuses it. The client ends with the test.
func TryDial(t testing.TB, dial Dialer, path string, header http.Header) (*Client, *http.Response, error) {
	t.Helper()
	conn, answer, err := open(dial, path, header)
	if err != nil {
		return nil, answer, err
	}
	c := newClient(t, conn)
	go c.read()
	t.Cleanup(c.Cut)
	return c, answer, nil
}

// DialMute connects a client that never reads: what it is sent stays in the network.
func DialMute(t testing.TB, dial Dialer, path string) *Client {
	t.Helper()
	conn, _, err := open(dial, path, nil)
	if err != nil {
		t.Fatalf("dial %s: %v", path, err)
	}
	c := newClient(t, conn)
	close(c.done)
	t.Cleanup(c.Cut)
	return c
}

func open(dial Dialer, path string, header http.Header) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, answer, err := d.DialContext(ctx, "ws://127.0.0.1:8000"+path, header)
	return conn, answer, err
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

// Conn is the connection itself, for what no helper does.
func (c *Client) Conn() *websocket.Conn { return c.conn }

// Pings is how many the server has sent.
func (c *Client) Pings() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pings
}

// Cut ends the connection without a close frame, as a phone does that goes out of range of a router that says so.
func (c *Client) Cut() {
	_ = c.conn.Close()
	<-c.done
}

// Close ends it as a closed tab does.
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

// Hello says who the client is, and returns the welcome.
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

// Return says hello with a place in the log, as a page that comes back, and returns the recovery: what was missed, and
// the frame that ends it.
func (c *Client) Return(userID, token, epoch string, since uint64, topics ...string) (missed []Frame, recovered Frame) {
	c.t.Helper()
	c.Send(fields{
		"action": "hello", "user_id": userID, "name": userID, "token": token, "topics": topics, "since": since, "epoch": epoch,
	})
	c.Expect("welcome")
	c.Expect("topics")
	return c.Recovery()
}

// Recovery takes all frames up to the next recovered.
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

// Expect returns the next frame of a type. Counts and events come when they like and are passed over, unless asked
// for; any other frame before it fails the test.
func (c *Client) Expect(kind string) Frame {
	c.t.Helper()
	f := c.next(kind, func(f Frame) bool { return f.Type == kind || f.Type != "counts" && f.Type != "event" })
	if f.Type != kind {
		c.t.Fatalf("got %s, want %s", f.Text, kind)
	}
	return f
}

// ExpectAfter is Expect that passes over frames of another type, too.
func (c *Client) ExpectAfter(kind, other string) Frame {
	c.t.Helper()
	f := c.next(kind, func(f Frame) bool { return f.Type != other && f.Type != "counts" && f.Type != "event" })
	if f.Type != kind {
		c.t.Fatalf("got %s, want %s", f.Text, kind)
	}
	return f
}

// ExpectError returns the next error and fails the test where its code is another.
func (c *Client) ExpectError(code string) Frame {
	c.t.Helper()
	f := c.Expect("error")
	if f.Code != code {
		c.t.Fatalf("got error %s, want %s", f.Text, code)
	}
	return f
}

// ExpectCounts waits until the client is told these counts.
func (c *Client) ExpectCounts(subscribers, clients int) {
	c.t.Helper()
	c.next(fmt.Sprintf("counts %d of %d", subscribers, clients), func(f Frame) bool {
		return f.Type == "counts" && f.Subscribers == subscribers && f.Count() == clients
	})
}

// next removes the first frame that fits, and those before it, waiting for it where there is none yet.
func (c *Client) next(what string, fits func(Frame) bool) Frame {
	c.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		c.mu.Lock()
		for i, f := range c.frames {
			if fits(f) {
				c.frames = c.frames[i+1:]
				c.mu.Unlock()
				return f
			}
		}
		arrived, seen, closed := c.arrived, c.frames, c.closed
		c.mu.Unlock()
		if closed != nil {
			c.t.Fatalf("waiting for %s: closed: %v; sent before: %s", what, closed, texts(seen))
		}
		select {
		case <-arrived:
		case <-c.done:
		case <-late.C:
			c.t.Fatalf("waiting for %s: nothing came; sent before: %s", what, texts(seen))
		}
	}
}

func texts(frames []Frame) (list []string) {
	for _, f := range frames[:min(len(frames), 20)] {
		list = append(list, f.Text[:min(len(f.Text), 200)])
	}
	return list
}

// Drain removes and returns what was sent so far.
func (c *Client) Drain() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames := c.frames
	c.frames = nil
	return frames
}

// Messages drains, and returns the texts of messages alone.
func (c *Client) Messages() (list []string) {
	for _, f := range c.Drain() {
		if f.Type == "message" {
			list = append(list, f.Message)
		}
	}
	return list
}

// Ask sends a dashboard's verb and reads the result into answer, or returns the error frame.
func (c *Client) Ask(verb string, args map[string]any, answer any) *Frame {
	c.t.Helper()
	frame := fields{"action": verb, "id": "ask"}
	for k, v := range args {
		frame[k] = v
	}
	c.Send(frame)
	f := c.next("result of "+verb, func(f Frame) bool { return f.ID == "ask" && (f.Type == "result" || f.Type == "error") })
	if f.Type == "error" {
		return &f
	}
	if answer != nil {
		if err := json.Unmarshal([]byte(f.Text), answer); err != nil {
			c.t.Fatalf("result of %s: %v: %s", verb, err, f.Text)
		}
	}
	return nil
}

// ExpectClosed waits for the end of the connection and returns the close code and reason: 1006 where no close frame
// came.
func (c *Client) ExpectClosed() (code int, reason string) {
	c.t.Helper()
	late := time.NewTimer(6 * patience)
	defer late.Stop()
	select {
	case <-c.done:
	case <-late.C:
		c.t.Fatal("the connection was not closed")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var e *websocket.CloseError
	if errors.As(c.closed, &e) {
		return e.Code, e.Text
	}
	return websocket.CloseAbnormalClosure, fmt.Sprint(c.closed)
}

// Closed reports whether the connection has ended.
func (c *Client) Closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}
