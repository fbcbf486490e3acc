package wsserver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

const key = "the-operators-key"

// room is a server under test on a network in memory.
type room struct {
	*wsserver.Server
	t      testing.TB
	listen *wstest.Listener
	dial   wstest.Dialer // of clients
}

// inRoom runs a test in a bubble with its own clock, in a room of its own. The bubble fails the test where a
// goroutine is left when it ends.
func inRoom(t *testing.T, test func(t *testing.T, r *room), set ...func(*wsserver.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newRoom(t, set...)) })
}

func newRoom(t testing.TB, set ...func(*wsserver.Config)) *room {
	t.Helper()
	r := &room{t: t, listen: wstest.Listen()}
	r.dial = r.listen.Dial
	c := wsserver.Config{Token: key, Listener: r.listen, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range set {
		f(&c)
	}
	r.Server = wsserver.New(c)
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.stop)
	return r
}

func (r *room) stop() {
	if err := r.Close(context.Background()); err != nil {
		r.t.Errorf("close: %v", err)
	}
}

// client connects and reads the counts it is sent first.
func (r *room) client() *wstest.Client {
	r.t.Helper()
	c := wstest.Dial(r.t, r.dial, "/ws/client", nil)
	c.Expect("counts")
	return c
}

// person connects and says hello, as a page does: with a token of its own.
func (r *room) person(userID string, topics ...string) *wstest.Client {
	r.t.Helper()
	c := r.client()
	c.HelloAs(userID, tokenOf(userID), topics...)
	return c
}

// tokenOf returns the token that the devices of a person in a test share.
func tokenOf(userID string) string { return "token-of-" + userID + "-0123456789" }

// dashboard connects as the operator's page.
func (r *room) dashboard() *wstest.Client {
	r.t.Helper()
	d := wstest.Dial(r.t, r.listen.Dial, "/ws/server", http.Header{"Authorization": {"Bearer " + key}})
	d.Expect("counts")
	return d
}

// say broadcasts text to everyone.
func (r *room) say(text string) operator.Receipt {
	r.t.Helper()
	return r.broadcast(operator.Broadcast{Message: text})
}

func (r *room) broadcast(b operator.Broadcast) operator.Receipt {
	r.t.Helper()
	receipt, err := r.Broadcast(context.Background(), b)
	if err != nil {
		r.t.Fatalf("broadcast: %v", err)
	}
	return receipt
}

func (r *room) topic(name, kind string) {
	r.t.Helper()
	if _, err := r.CreateTopic(context.Background(), name, "", kind); err != nil {
		r.t.Fatal(err)
	}
}

// do makes one HTTP request. The body has been read.
func (r *room) do(req *http.Request) (*http.Response, string) {
	r.t.Helper()
	return do(r.t, r.listen.Dial, req)
}

func do(t testing.TB, dial wstest.Dialer, req *http.Request) (*http.Response, string) {
	t.Helper()
	transport := &http.Transport{
		DisableKeepAlives: true, DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}
	answer, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	b, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return answer, string(b)
}

func request(t testing.TB, method, path string, header ...string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, "http://127.0.0.1:8000"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	return req
}

// waitIdle waits until nothing is under way and counts have been sent.
func waitIdle() {
	time.Sleep(200 * time.Millisecond)
	synctest.Wait()
}

func wantMessages(t *testing.T, c *wstest.Client, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := c.Messages(); !slices.Equal(got, want) {
		t.Errorf("messages %q, want %q", got, want)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != code || e.Message == "" {
		t.Errorf("error %v, want one of code %s with a sentence", err, code)
	}
}

func wantClose(t *testing.T, c *wstest.Client, code int, reason string) {
	t.Helper()
	if got, text := c.ExpectClosed(); got != code || !strings.Contains(text, reason) {
		t.Errorf("closed with %d %q, want %d %q", got, text, code, reason)
	}
}

// withLog gives the room a log.
func withLog(log msglog.Log) func(*wsserver.Config) {
	return func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return openLog{Log: log}, nil }
	}
}

// openLog stays open when its room closes, for the next room.
type openLog struct{ msglog.Log }

func (openLog) Close() error { return nil }
