package wsserver_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// This file runs on real sockets: in memory there is no direct write, no partial write and no reset.

// socketRoom starts a room on a port of this machine, and returns a dialer to it.
func socketRoom(t testing.TB, set ...func(*wsserver.Config)) (*wsserver.Server, wstest.Dialer) {
	t.Helper()
	c := wsserver.Config{Addr: "127.0.0.1:0", Token: key, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range set {
		f(&c)
	}
	s := wsserver.New(c)
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s, func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.Addr().String())
	}
}

func TestSocket_TalksAndSaysGoodbye(t *testing.T) {
	s, dial := socketRoom(t)
	a, b := wstest.Dial(t, dial, "/ws/client", nil), wstest.Dial(t, dial, "/ws/client", nil)
	a.Hello("ana", "Ana", "general")
	b.Hello("ben", "Ben", "general")
	send := func(id, text string) {
		a.Send(map[string]any{"action": "notify", "id": id, "topic": "general", "message": text})
	}
	for i := range 100 {
		send(fmt.Sprint(i), strings.Repeat("x", i*100+1))
	}
	for i := range 100 {
		if m := b.Expect("message"); m.Seq != uint64(i+1) || len(m.Message) != i*100+1 {
			t.Fatalf("message %d has seq %d and %d bytes", i, m.Seq, len(m.Message))
		}
	}
	if err := s.Disconnect(context.Background(), "ana", "Out."); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.Drain()
	wantClose(t, a, 4001, "removed")
	wantClose(t, b, websocket.CloseGoingAway, "retry_ms=2000")
}

// The code of a refusal arrives although the peer goes on sending, which would reset the socket.
func TestSocket_CloseCodesArrive(t *testing.T) {
	_, dial := socketRoom(t)
	for name, row := range map[string]struct {
		payload []byte
		code    int
	}{
		"TooBig":  {bytes.Repeat([]byte("x"), 2<<20), websocket.CloseMessageTooBig},
		"BadUTF8": {[]byte("\xff"), websocket.CloseInvalidFramePayloadData},
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 {
				c := wstest.Dial(t, dial, "/ws/client", nil)
				_ = c.Conn().WriteMessage(websocket.TextMessage, row.payload) // may be cut short
				wantClose(t, c, row.code, "")
			}
		})
	}
	t.Run("Unmasked", func(t *testing.T) {
		c := wstest.Dial(t, dial, "/ws/client", nil)
		if _, err := c.Conn().NetConn().Write([]byte{0x81, 0x02, '{', '}'}); err != nil {
			t.Fatal(err)
		}
		wantClose(t, c, websocket.CloseProtocolError, "")
	})
}

// Pings are answered between messages and between a message's fragments, also several that come at once.
func TestSocket_PingsAreAnswered(t *testing.T) {
	s, _ := socketRoom(t)
	c, answer, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+s.Addr().String()+"/ws/client", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	defer func() { _ = c.Close() }()
	var pongs []string
	c.SetPongHandler(func(data string) error { pongs = append(pongs, data); return nil })
	whole := `{"action":"notify","id":"1","message":"Fire drill"}`
	for _, part := range []string{
		masked(0x89, "one") + masked(0x89, "two"), // in one piece
		masked(0x01, whole[:20]), masked(0x89, "three"), masked(0x80, whole[20:]),
		masked(0x89, "") + masked(0x89, "four")[:3], masked(0x89, "four")[3:], // cut in two
	} {
		if _, err := io.WriteString(c.NetConn(), part); err != nil {
			t.Fatal(err)
		}
	}
	for accepted, want := false, []string{"one", "two", "three", "", "four"}; !accepted || len(pongs) < len(want); {
		_, frame, err := c.ReadMessage()
		if err != nil {
			t.Fatalf("after the pongs %q: %v", pongs, err)
		}
		accepted = accepted || bytes.Contains(frame, []byte(`"accepted"`))
		if accepted && len(pongs) < len(want) { // something to read behind the last
			err = c.WriteMessage(websocket.TextMessage, []byte(`{"action":"subscribe"}`))
		}
		if err != nil || !slices.Equal(pongs, want[:min(len(pongs), len(want))]) {
			t.Fatalf("pongs %q: %v", pongs, err)
		}
	}
}

// Bytes that a socket does not accept are queued: a reader that pauses is sent all of them, in order, and writes are
// direct again afterwards.
func TestSocket_APausedReaderIsSentEverything(t *testing.T) {
	s, dial := socketRoom(t, withSmallSendBuffer(t))
	c := wstest.DialMute(t, dial, "/ws/client")
	c.SendText(`{"action":"subscribe"}`)
	for s.State().Subscribers == 0 {
		time.Sleep(time.Millisecond)
	}
	const each = 40 << 10
	sent := 0
	seq := uint64(0)
	read := func(until int) {
		for seq < uint64(until) {
			_, b, err := c.Conn().ReadMessage()
			if err != nil {
				t.Fatalf("after seq %d: %v", seq, err)
			}
			if !bytes.Contains(b, []byte(`"message"`)) {
				continue
			}
			seq++
			if !bytes.Contains(b, fmt.Appendf(nil, `"seq":%d,`, seq)) || len(b) < each {
				t.Fatalf("where seq %d comes next: %.80s", seq, b)
			}
		}
	}
	for range 3 { // pause, drain, pause again: each time direct writes must resume
		for range 20 {
			if _, err := s.Broadcast(t.Context(), operator.Broadcast{Message: strings.Repeat("x", each)}); err != nil {
				t.Fatal(err)
			}
			sent++
		}
		read(sent)
	}
}

// smallSendBuffer gives each connection a small send buffer: the usual one on one machine is of megabytes.
type smallSendBuffer struct{ net.Listener }

func (l smallSendBuffer) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err == nil {
		err = nc.(*net.TCPConn).SetWriteBuffer(16 << 10)
	}
	return nc, err
}

func withSmallSendBuffer(t *testing.T) func(*wsserver.Config) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return func(c *wsserver.Config) { c.Listener = smallSendBuffer{Listener: tcp} }
}

func TestSocket_AStalledReaderDelaysNobody(t *testing.T) {
	s, dial := socketRoom(t, withSmallSendBuffer(t))
	var stalled []*wstest.Client
	for range 5 {
		c := wstest.DialMute(t, dial, "/ws/client")
		c.SendText(`{"action":"subscribe"}`)
		stalled = append(stalled, c)
	}
	for s.State().Subscribers < 5 {
		time.Sleep(time.Millisecond)
	}
	c := wstest.Dial(t, dial, "/ws/client", nil)
	c.Hello("ana", "Ana")
	const n = 40 // 2.4 MB: more than its socket and its queue have room for
	var worst time.Duration
	for range n {
		start := time.Now()
		if _, err := s.Broadcast(t.Context(), operator.Broadcast{Message: strings.Repeat("x", 60<<10)}); err != nil {
			t.Fatal(err)
		}
		c.Expect("message")
		worst = max(worst, time.Since(start))
	}
	if worst > 2*time.Second { // generous: other tests share the machine
		t.Errorf("one message took %v", worst)
	}
	for _, c := range stalled { // a client that reads after all has missed nothing
		readEverySeq(t, c.Conn(), n, nil)
	}
}

func TestSocket_AbruptEndsLeaveTheCounts(t *testing.T) {
	s, dial := socketRoom(t)
	for range 20 {
		c := wstest.Dial(t, dial, "/ws/client", nil)
		if err := c.Conn().NetConn().(*net.TCPConn).SetLinger(0); err != nil { // a reset, as when a process is killed
			t.Fatal(err)
		}
		c.Cut()
	}
	for end := time.Now().Add(5 * time.Second); s.State().Clients > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d clients are still counted", s.State().Clients)
		}
	}
}

func TestSocket_NothingIsServedBeforeTheHandshakeEnds(t *testing.T) {
	s, dial := socketRoom(t)
	nc, err := dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	early := "GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\x00\x00\x00\x00{}"
	if _, err := nc.Write([]byte(early)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, nc) // ends, one way or another
	if n := s.State().Clients; n != 0 {
		t.Errorf("%d clients", n)
	}
}

func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, b []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", secret), pool
}

func TestTLS_WorksThroughTheQueue(t *testing.T) {
	cert, secret, pool := certificate(t)
	s, plain := socketRoom(t, withSmallSendBuffer(t), func(c *wsserver.Config) { c.TLSCert, c.TLSKey = cert, secret })
	dial := func(ctx context.Context) (net.Conn, error) {
		nc, err := plain(ctx)
		if err != nil {
			return nil, err
		}
		secure := tls.Client(nc, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
		return secure, secure.HandshakeContext(ctx)
	}
	client, _ := s.URLs()
	if !strings.HasPrefix(client, "https://127.0.0.1:") || !strings.HasPrefix(s.State().Address.URL, "https://") {
		t.Errorf("printed %s, shown %s", client, s.State().Address.URL)
	}
	a := wstest.Dial(t, dial, "/ws/client", nil)
	a.Hello("ana", "Ana", "general")
	for i := range 20 {
		a.Notify(fmt.Sprint(i), "general", strings.Repeat("x", 20<<10))
	}
	answer, _ := do(t, dial, request(t, "POST", "/session", "Authorization", "Bearer "+key))
	if c := answer.Cookies(); len(c) != 1 || !c[0].Secure {
		t.Errorf("cookies %v", c)
	}
	// A stalled client is closed, and neither others nor Close wait for its close frame.
	wstest.DialMute(t, dial, "/ws/client").SendText(`{"action":"subscribe"}`)
	for s.State().Subscribers < 2 {
		time.Sleep(time.Millisecond)
	}
	for range 40 {
		start := time.Now()
		if _, err := s.Broadcast(t.Context(), operator.Broadcast{Message: strings.Repeat("x", 60<<10)}); err != nil {
			t.Fatal(err)
		}
		a.Expect("message")
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("a message took %v", took)
		}
	}
	start := time.Now()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	wantClose(t, a, websocket.CloseGoingAway, "retry_ms=")
}
