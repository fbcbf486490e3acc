package cluster

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The engine says of each connection by itself what is wrong with it, and anybody can make connections: that is said once a minute,
// and not remembered of each.
func TestEngineLog_ManyConnectionsAreOneComplaint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := &engineLog{logger: slog.New(slog.NewTextHandler(&out, nil)), said: map[string]time.Time{}}
		flood := func() {
			for i := range 5000 {
				l.Errorf(fmt.Sprintf("10.0.0.9:%d - rid:%d - TLS handshake timeout", i, i))
				l.Errorf(fmt.Sprintf("10.0.0.9:%d - rid:%d - TLS route handshake error: %%v", i, i), "i/o timeout")
			}
		}
		flood()
		if n := strings.Count(out.String(), "\n"); n != 2 || len(l.said) != 2 {
			t.Errorf("%d lines, %d remembered; want 2 and 2:\n%.500s", n, len(l.said), out.String())
		}
		time.Sleep(sayAgain)
		flood()
		if n := strings.Count(out.String(), "\n"); n != 4 {
			t.Errorf("%d lines a minute later, want 4", n)
		}
		for i := range 5000 {
			l.Errorf(fmt.Sprintf("something else %d", i))
		}
		if len(l.said) > mostSaid {
			t.Errorf("%d are remembered", len(l.said))
		}
	})
}
