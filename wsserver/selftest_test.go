package wsserver_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"belfry/wsserver"
	"belfry/wsserver/lan"
)

// testAt tests an address of a server on a LAN, over the network that dial makes.
func testAt(t *testing.T, host string, dial func(r *room) func(context.Context) (net.Conn, error)) (got lan.AddressTest) {
	t.Helper()
	var r *room
	reach := func(ctx context.Context, _, address string) (net.Conn, error) {
		if !strings.HasSuffix(address, ":8000") {
			t.Errorf("dials %s", address)
		}
		return dial(r)(ctx)
	}
	inRoom(t, func(t *testing.T, in *room) {
		r = in
		waitIdle()
		var err error
		if got, err = r.TestAddress(t.Context(), host); err != nil {
			t.Fatal(err)
		}
	}, onLAN(newFakeNet()), func(c *wsserver.Config) { c.SetDial(reach) })
	return got
}

func TestTestAddress_TellsWhoAnswers(t *testing.T) {
	itself := func(r *room) func(context.Context) (net.Conn, error) { return r.listen.Dial }
	silent := func(*room) func(context.Context) (net.Conn, error) {
		return func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	}
	refused := func(*room) func(context.Context) (net.Conn, error) {
		return func(context.Context) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
	}
	for _, c := range []struct {
		host, code, says string
		hints            int
		dial             func(*room) func(context.Context) (net.Conn, error)
	}{
		{"", "answers", "192.168.1.24:8000 answers on this computer. No other device", 3, itself},
		{"192.168.1.24", "answers", "192.168.1.24:8000", 3, itself},
		{"172.17.0.1", "answers", "172.17.0.1:8000", 3, itself},
		{"belfry.local", "answers", "belfry.local:8000", 1, itself},
		{"192.168.1.24", "silent", "does not answer, not even from this computer", 3, silent},
		{"192.168.1.24", "refused", "Nothing answers at 192.168.1.24:8000", 1, refused},
		{"192.168.1.24", "other", "Something else answers", 1, another},
		{"10.9.9.9", "unknown", "10.9.9.9 is no longer an address of this computer", 1, silent},
	} {
		got := testAt(t, c.host, c.dial)
		if got.Code != c.code || !strings.Contains(got.Message, c.says) || len(got.Hints) != c.hints || got.Reached {
			t.Errorf("%s %s: %+v", c.host, c.code, got)
		}
	}
}

// another is a different Belfry server: it does not recognise the question.
func another(*room) func(context.Context) (net.Conn, error) {
	return func(context.Context) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			_, _ = far.Read(make([]byte, 4096))
			_, _ = far.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"))
			_ = far.Close()
		}()
		return near, nil
	}
}

func TestTestAddress_SaysThatOnlyThisMachineIsMeant(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		got, err := r.TestAddress(t.Context(), "")
		if err != nil || got.Code != "loopback" || len(got.Hints) != 1 || got.Reached {
			t.Errorf("%+v, %v", got, err)
		}
		var answer lan.AddressTest
		d := r.dashboard()
		d.Ask("test_address", nil, &answer)
		if answer.Code != "loopback" {
			t.Errorf("by the verb: %+v", answer)
		}
	})
}

func TestTestAddress_KnowsThatOthersHaveComeIn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		came := func(from string, want bool) {
			t.Helper()
			do(t, func(ctx context.Context) (net.Conn, error) { return r.listen.DialFrom(ctx, from) }, request(t, http.MethodGet, "/room"))
			if got, err := r.TestAddress(t.Context(), ""); err != nil || got.Reached != want {
				t.Errorf("after a request from %s: %+v, %v", from, got, err)
			}
		}
		came("127.0.0.1", false)
		came("192.168.1.24", false) // this machine's own
		came("192.168.1.77", true)
	}, onLAN(newFakeNet()), func(c *wsserver.Config) {
		listen := c.Listener.(lanListener)
		c.SetDial(func(ctx context.Context, _, _ string) (net.Conn, error) { return listen.Dial(ctx) })
	})
}
