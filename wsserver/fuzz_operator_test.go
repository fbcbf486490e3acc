package wsserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"belfry/wsserver/lan"
)

// This file fuzzes what a dashboard sends, and what is made of it: verbs, settings, tables, QR codes.

const fuzzKey = "the-operators-key"

// quiet is a listener to which nobody comes.
type quiet struct {
	once   *sync.Once
	closed chan struct{}
}

func (q quiet) Accept() (net.Conn, error) { <-q.closed; return nil, net.ErrClosed }
func (q quiet) Close() error              { q.once.Do(func() { close(q.closed) }); return nil }
func (q quiet) Addr() net.Addr            { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000} }

// startQuiet starts a room without a network.
func startQuiet(tb testing.TB) *Server {
	s := New(Config{
		Token: fuzzKey, Listener: quiet{new(sync.Once), make(chan struct{})}, Logger: slog.New(slog.DiscardHandler),
		interfaces: func() []lan.NetAddr { return nil },
		dial:       func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("there is no network") },
	})
	if err := s.Start(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// fuzzServer is one for a whole run.
func fuzzServer(f *testing.F) *Server {
	f.Helper()
	s := startQuiet(f)
	f.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// DocumentedCodes are the codes of errors that the protocol's text lists.
func DocumentedCodes(tb testing.TB) map[string]bool {
	tb.Helper()
	b, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		tb.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "## 9 Errors")
	text, _, _ = strings.Cut(text, "## 10 ")
	codes := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(text, -1) {
		codes[m[1]] = true
	}
	if len(codes) < 20 {
		tb.Fatalf("codes %v", codes)
	}
	return codes
}
