//go:build window

package window

import (
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// frame has the fields that the oldest clients know, and the text of a message.
type frame struct {
	Type        string `json:"type"`
	Subscribers int    `json:"subscribers"`
	Clients     int    `json:"clients"`
	Message     string `json:"message"`
}

// client is one of the oldest kind: it knows two frames and one answer.
type client struct{ *websocket.Conn }

func dial(t *testing.T, address string) client {
	t.Helper()
	return await(t, "the server to listen on "+address, func() (client, bool) {
		conn, answer, err := websocket.DefaultDialer.Dial("ws://"+address+"/ws/client", nil)
		if err != nil {
			return client{}, false
		}
		answer.Body.Close()
		t.Cleanup(func() { conn.Close() })
		return client{conn}, true
	})
}

func (c client) send(t *testing.T, json string) {
	t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(json)); err != nil {
		t.Fatal(err)
	}
}

// until reads frames up to the first that is wanted.
func (c client) until(t *testing.T, what string, wanted func(frame) bool) {
	t.Helper()
	c.limit(t)
	for {
		var f frame
		if err := c.ReadJSON(&f); err != nil {
			t.Fatalf("waiting for %s: %v", what, err)
		}
		if wanted(f) {
			return
		}
	}
}

// closeCode reads to the end and returns the code that it came with.
func (c client) closeCode(t *testing.T) int {
	t.Helper()
	c.limit(t)
	for {
		_, _, err := c.ReadMessage()
		var e *websocket.CloseError
		if errors.As(err, &e) {
			return e.Code
		}
		if err != nil {
			t.Fatalf("the connection broke off: %v", err)
		}
	}
}

func (c client) limit(t *testing.T) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
}
