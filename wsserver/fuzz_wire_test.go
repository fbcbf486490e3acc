package wsserver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

// This file fuzzes network input as a whole: requests, bytes of a socket, frames of a client.

// handshake of a client, as bytes.
const handshake = "GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

// Every request is answered, with the security headers; a foreign host learns nothing but that there is a server, and nobody is the operator without
// the key.
func FuzzRequest(f *testing.F) {
	for _, line := range []string{
		"GET / HTTP/1.1", "GET /server HTTP/1.1", "GET /room?x=y HTTP/1.1", "POST /session HTTP/1.1", "DELETE /session HTTP/1.1", "GET /../settings.json HTTP/1.1",
		"GET /assets/%2e%2e/x HTTP/1.1", "GET /export?format=csv&from=x HTTP/1.1", "GET //evil.example/ HTTP/1.1", "GET /trust/about HTTP/1.1", "GET /trust/belfry.crt HTTP/1.1",
		"GET /healthz?test=%00 HTTP/1.1", "GET /ws/client HTTP/1.1", "OPTIONS * HTTP/1.1", "GET http://evil.example/ HTTP/1.1", "GET /nothing HTTP/1.1\r\nAccept: text/html", "CONNECT x:1 HTTP/1.1", "TRACE / HTTP/1.1",
	} {
		f.Add([]byte(line + "\r\nHost: 127.0.0.1:8000\r\n\r\n"))
		f.Add([]byte(line + "\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nContent-Length: 16\r\n\r\n{\"password\":\"x\"}"))
	}
	f.Add([]byte("POST /session HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer " + key + "\r\n\r\n"))
	f.Add([]byte("GET /export?format=jsonl&text=a&until=2026-01-31T10:00:00Z HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAuthorization: Bearer " + key + "\r\n\r\n"))
	r := newRoom(f, withPages)
	handler := r.Handler()
	f.Fuzz(func(t *testing.T, text []byte) {
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
		if err != nil || websocket.IsWebSocketUpgrade(req) {
			return // net/http answers it, or FuzzSocket is about it
		}
		req.RemoteAddr = "192.168.1.7:40000"
		w := httptest.NewRecorder()
		answerTo(handler, w, req)
		if w.Code >= 500 || w.Header().Get("Content-Security-Policy") != wsserver.Security || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Fatalf("%q is answered by %d %v", text, w.Code, w.Header())
		}
		health := req.URL.Path == "/healthz" && w.Body.String() == "ok\n"
		if !r.HostAllowed(req.Host) && !health && w.Code != http.StatusForbidden {
			t.Fatalf("%q is answered by %d", text, w.Code)
		}
		if bytes.Contains(text, []byte(key)) {
			return
		}
		if w.Header().Get("Set-Cookie") != "" && req.Method != http.MethodDelete || strings.HasPrefix(req.URL.Path, "/export") && w.Code == 200 || strings.Contains(w.Body.String(), key) {
			t.Fatalf("%q is answered by %d %v %s", text, w.Code, w.Header(), w.Body)
		}
	})
}

// answerTo answers as net/http does, where a handler may abort.
func answerTo(h http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && fmt.Sprint(p) != http.ErrAbortHandler.Error() {
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
}

// Whatever bytes come over a socket, the server lives on and releases the connection.
func FuzzSocket(f *testing.F) {
	masked := func(head ...byte) []byte { return append(head, 0, 0, 0, 0) }
	hello := `{"action":"hello","user_id":"ana","name":"Ana"}`
	for _, b := range [][]byte{
		append(masked(0x81, 0x80|byte(len(hello))), hello...), masked(0x88, 0x80), masked(0x89, 0x80), masked(0x8a, 0x80),
		{0x81, 0x01, 'x'},
		masked(0x01, 0x80),
		append(masked(0x01, 0x81), '{'), append(masked(0x81, 0x81), 0xff), append(masked(0x82, 0x81), 1),
		{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		{0x81, 0xfe, 0xff},
		masked(0xf1, 0x80), masked(0x80, 0x80), append(masked(0x88, 0x82), 0x03, 0xe8), append(masked(0x88, 0x82), 0xff, 0xff), []byte("GET / HTTP/1.1\r\n\r\n"),
	} {
		f.Add(b)
	}
	r := newRoom(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		nc, err := r.listen.Dial(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = nc.Write([]byte(handshake)) // the server may have ended it before all was written
		_, _ = nc.Write(data)
		_ = nc.Close()
		gone(t, r)
	})
}

// gone waits until the server has released every connection.
func gone(t *testing.T, r *room) {
	t.Helper()
	for by := time.Now().Add(10 * time.Second); r.Sockets() > 0; time.Sleep(20 * time.Microsecond) {
		if time.Now().After(by) {
			t.Fatalf("%d connections are still there", r.Sockets())
		}
	}
}

// clientIsTold has every frame type that a client may be sent; true: also while pending.
var clientIsTold = map[string]bool{
	"counts": false, "welcome": false, "topics": false, "message": false, "accepted": false, "recovered": false, "history": false, "acked": false, "withdrawn": false,
	"remind": false, "error": true, "waiting": true,
}

// Whatever frames a client sends, it is sent frames of the protocol alone, and while pending only that it is asked, waits
// or is refused.
func FuzzClient(f *testing.F) {
	files, err := filepath.Glob("testdata/protocol/*.json")
	if err != nil {
		f.Fatal(err)
	}
	all := ""
	for _, file := range files {
		var g struct{ Frame json.RawMessage }
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &g)
		}
		if err != nil {
			f.Fatal(err)
		}
		one := strings.ReplaceAll(string(g.Frame), "\n", " ")
		all += one + "\n"
		f.Add(one+"\n"+one, byte(len(all)%4))
	}
	for mode := range byte(4) {
		f.Add(all, mode)
		f.Add(`{"action":"hello","user_id":"ana","token":"0123456789abcdef","name":"Ana","topics":["general"],"since":0}`+"\n"+
			`{"action":"notify","id":"1","message":"x","topic":"general"}`+"\n"+`{"action":"read","seq":1,"topic":"general"}`+"\n"+`{"action":"leave"}`, mode)
	}
	codes := wstest.DocumentedCodes(f, "../docs/protocol.md")
	rooms, left := map[byte]*room{}, 0
	f.Fuzz(func(t *testing.T, frames string, mode byte) {
		mode %= 4
		if left--; left < 0 { // remembered persons must not fill the memory
			for _, r := range rooms {
				_ = r.Close(context.Background())
			}
			clear(rooms)
			left = 4_000
		}
		if rooms[mode] == nil {
			rooms[mode] = roomOf(t, []string{"open", "code", "approval", "list"}[mode])
		}
		r := rooms[mode]
		for _, text := range sentFor(t, r, strings.Split(frames, "\n")) {
			var f struct{ Type, Code, Message string }
			if err := json.Unmarshal(text, &f); err != nil || len(text) > wsserver.MaxQueued {
				t.Fatalf("%q is answered by %q", frames, text)
			}
			if outside, known := clientIsTold[f.Type]; !known || mode > 0 && !outside || f.Code == "internal" || f.Type == "error" && (f.Message == "" || !codes[f.Code]) {
				t.Fatalf("%q is answered by %s", frames, text)
			}
		}
		gone(t, r)
	})
}

// roomOf makes a room for a fuzz target: it ends with the process, or when another replaces it.
func roomOf(t *testing.T, mode string) *room {
	t.Helper()
	r := &room{t: t, listen: wstest.Listen()}
	r.Server = wsserver.New(wsserver.Config{Token: key, Listener: r.listen, Logger: slog.New(slog.DiscardHandler)})
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := r.SetAccess(context.Background(), mode); err != nil {
		t.Fatal(err)
	}
	return r
}

// sentFor sends frames and returns all that comes back until the connection has ended.
func sentFor(t *testing.T, r *room, frames []string) (sent [][]byte) {
	t.Helper()
	dialer := websocket.Dialer{NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return r.listen.Dial(ctx) }}
	ws, answer, err := dialer.Dial("ws://127.0.0.1:8000/ws/client", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	defer func() { _ = ws.Close() }()
	_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	go func() {
		for _, frame := range frames {
			if ws.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
				return
			}
		}
		_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	}()
	for {
		_, text, err := ws.ReadMessage()
		if err != nil {
			if !websocket.IsCloseError(err, 1000, 1007, 4001, 4003) && !strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) {
				t.Fatalf("%q: the connection ended with %v", frames, err)
			}
			return sent
		}
		sent = append(sent, text)
		if len(sent) > 10_000 {
			t.Fatalf("%q: %d frames came", frames, len(sent))
		}
	}
}
