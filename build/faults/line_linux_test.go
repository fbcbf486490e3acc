package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gorilla/websocket"

	"belfry/build/machines"
)

// This file is a connection as a page has one: it may end at any time, and that is nobody's fault.

const (
	// dialling is how long a connection may take to be made.
	dialling = 3 * time.Second
	// unanswered is how long somebody waits for an answer before they go to another machine.
	unanswered = 6 * time.Second
)

// frame has the fields of all frames that are read.
type frame struct {
	Type     string          `json:"type"`
	Seq      uint64          `json:"seq"`
	ID       string          `json:"id"`
	Message  string          `json:"message"`
	Audience string          `json:"audience"`
	Topic    string          `json:"topic"`
	Ack      string          `json:"ack"`
	Code     string          `json:"code"`
	Action   string          `json:"action"`
	RetryMS  int64           `json:"retry_ms"`
	Epoch    string          `json:"epoch"`
	From     json.RawMessage `json:"from"` // a sender, or the seq from which a recovery is complete
	To       uint64          `json:"to"`
	Complete bool            `json:"complete"`
	Gone     bool            `json:"gone"`
	Messages []frame         `json:"messages"`
	More     bool            `json:"more"`
	Acked    []uint64        `json:"acked"`
	text     string
}

// passes reports whether what an error refuses is worth another try.
func (f *frame) passes() bool {
	return slices.Contains([]string{"not_kept", "rate_limited", "closing"}, f.Code)
}

// fields is a frame to send.
type fields map[string]any

// errSilent: no frame has come in time. The connection goes on.
var errSilent = errors.New("no frame has come")

// line is one connection. It is read all the time.
type line struct {
	conn   *websocket.Conn
	frames chan frame // closed at its end
	done   chan struct{}
	err    error // why it has ended, once frames is closed
}

// dial connects to a machine, as a person or, with a key, as the operator.
func dial(ctx context.Context, m *machines.Machine, key string) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, dialling)
	defer cancel()
	path, header := "/ws/client", http.Header(nil)
	if key != "" {
		path, header = "/ws/server", http.Header{"Authorization": {"Bearer " + key}}
	}
	conn, answer, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+m.Host+path, header)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	l := &line{conn: conn, frames: make(chan frame, 64), done: make(chan struct{})}
	go l.read()
	return l, nil
}

func (l *line) read() {
	defer close(l.frames)
	for {
		_, b, err := l.conn.ReadMessage()
		if err != nil {
			l.err = err
			return
		}
		f := frame{text: string(b)}
		var odd *json.UnmarshalTypeError // a field of another frame has this name
		if err := json.Unmarshal(b, &f); err != nil && !errors.As(err, &odd) {
			l.err = fmt.Errorf("unreadable: %w: %.200s", err, b)
			return
		}
		select {
		case l.frames <- f:
		case <-l.done:
			return
		}
	}
}

// close ends it; l may be nil.
func (l *line) close() {
	if l != nil {
		close(l.done)
		_ = l.conn.Close()
	}
}

func (l *line) send(f fields) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(unanswered)); err != nil {
		return err
	}
	return l.conn.WriteJSON(f)
}

// next waits for a frame, or returns errSilent. After another error the connection is of no more use.
func (l *line) next(patience time.Duration) (frame, error) {
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case f, ok := <-l.frames:
		if !ok {
			return f, l.err
		}
		return f, nil
	case <-t.C:
		return frame{}, errSilent
	}
}

// until waits for a frame that fits; those before it go to other.
func (l *line) until(patience time.Duration, other func(frame), fits func(*frame) bool) (frame, error) {
	for end := time.Now().Add(patience); ; {
		f, err := l.next(time.Until(end))
		if err != nil || fits(&f) {
			return f, err
		}
		if other != nil {
			other(f)
		}
	}
}

// refusal is an error frame.
type refusal struct{ frame }

func (r refusal) Error() string { return r.text }

// hello comes in as a person, and returns the welcome. more are further fields.
func (l *line) hello(userID string, more fields) (frame, error) {
	f := fields{"action": "hello", "user_id": userID, "name": "Name " + userID, "token": tokenOf(userID), "topics": []string{}}
	for name, value := range more {
		f[name] = value
	}
	if err := l.send(f); err != nil {
		return frame{}, err
	}
	answer, err := l.until(unanswered, nil, func(f *frame) bool { return f.Type == "welcome" || f.Type == "error" })
	if err == nil && answer.Type == "error" {
		err = refusal{answer}
	}
	return answer, err
}

func tokenOf(userID string) string { return "token-of-" + userID + "-0123456789" }
