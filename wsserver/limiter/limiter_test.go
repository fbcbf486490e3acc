package limiter

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/settings"
)

func testLimiter(limits settings.Effective) *Limiter {
	return New(Options{Limits: func() *settings.Effective { return &limits }, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}})
}

// Attempts come back one each interval, undo gives one back at once, and wait says when the next one is.
func TestLimiter_Attempts(t *testing.T) {
	l := testLimiter(settings.Effective{MaxPerAddress: 1})
	for name, row := range map[string]struct {
		try   func(string) (func(), time.Duration, bool)
		burst int
		every time.Duration
	}{
		"passwords": {l.TryPassword, WrongPasswords, WrongPasswordEvery},
		"codes":     {l.TryCode, wrongCodes, wrongCodeEvery},
	} {
		synctest.Test(t, func(t *testing.T) {
			var undo func()
			for i := range row.burst {
				var wait time.Duration
				var ok bool
				undo, wait, ok = row.try("10.0.0.1")
				if last := i == row.burst-1; !ok || (wait > 0) != last || last && wait != row.every {
					t.Fatalf("%s: attempt %d: %v, wait %v", name, i+1, ok, wait)
				}
			}
			if _, wait, ok := row.try("10.0.0.1"); ok || wait != row.every {
				t.Errorf("%s: one too many: %v, wait %v", name, ok, wait)
			}
			undo()
			if _, _, ok := row.try("10.0.0.1"); !ok {
				t.Errorf("%s: an attempt that was undone is lost", name)
			}
			time.Sleep(row.every - time.Millisecond)
			if _, _, ok := row.try("10.0.0.1"); ok {
				t.Errorf("%s: there is another before its time", name)
			}
			time.Sleep(time.Millisecond)
			if _, _, ok := row.try("10.0.0.1"); !ok {
				t.Errorf("%s: none has come back", name)
			}
			if _, _, ok := row.try("10.0.0.2"); !ok {
				t.Errorf("%s: another address pays for it", name)
			}
		})
	}
}

// Codes are not limited where nothing is per address; passwords always are.
func TestLimiter_WithoutALimitPerAddress(t *testing.T) {
	l := testLimiter(settings.Effective{})
	for range 2 * wrongCodes {
		if _, wait, ok := l.TryCode("10.0.0.1"); !ok || wait != 0 {
			t.Fatalf("a code: %v, wait %v", ok, wait)
		}
		l.WrongKey("10.0.0.1")
		if _, ok := l.MayTryKey("10.0.0.1"); !ok {
			t.Fatal("a key is refused")
		}
		if refused := l.Enter("10.0.0.1", false); refused != nil {
			t.Fatal(refused.Code)
		}
	}
	for range WrongPasswords {
		_, _, _ = l.TryPassword("10.0.0.1")
	}
	if _, _, ok := l.TryPassword("10.0.0.1"); ok {
		t.Error("any number of passwords may be tried")
	}
}

func TestLimiter_MaxPending(t *testing.T) {
	for _, row := range []struct{ descriptors, connections, want int }{
		{0, 0, maxPending}, {1000, 0, 250}, {1000, 100, 25}, {0, 2, 1}, {1 << 30, 0, maxPending},
	} {
		l := testLimiter(settings.Effective{MaxConnections: row.connections})
		l.SetMaxSockets(row.descriptors)
		if got := l.MaxPending(); got != row.want {
			t.Errorf("%+v: %d", row, got)
		}
	}
}

// Asking whether an address may connect counts nothing.
func TestLimiter_TryCountsNothing(t *testing.T) {
	l := testLimiter(settings.Effective{MaxPerAddress: 1, HandshakesPerSecond: 1})
	for range 3 {
		if refused := l.Enter("10.0.0.1", true); refused != nil {
			t.Fatalf("asked: %s", refused.Code)
		}
	}
	if refused := l.Enter("10.0.0.1", false); refused != nil {
		t.Fatalf("entered: %s", refused.Code)
	}
	if refused := l.Enter("10.0.0.1", true); refused == nil || refused.Code != "too_many_connections" || refused.Status != http.StatusTooManyRequests {
		t.Errorf("asked again: %+v", refused)
	}
	l.Leave("10.0.0.1")
	if refused := l.Enter("10.0.0.1", true); refused == nil || refused.Code != "rate_limited" {
		t.Errorf("a second handshake at once: %+v", refused)
	}
	l.Reset()
	if refused := l.Enter("10.0.0.1", false); refused != nil {
		t.Errorf("under other settings: %s", refused.Code)
	}
}

// tcpFrom is a connection from an address.
type tcpFrom struct {
	net.Conn
	peer   string
	closed bool
}

func (c *tcpFrom) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.peer))
}
func (c *tcpFrom) Close() error { c.closed = true; return nil }

// Connections of trusted proxies serve many addresses, so the limit of one address is not theirs.
func TestLimiter_ConnStateClosesWhatIsTooMuch(t *testing.T) {
	l := testLimiter(settings.Effective{MaxPerAddress: 1})
	for i := range PageShare + 1 {
		one, proxy := &tcpFrom{peer: fmt.Sprint("10.0.0.1:", 1000+i)}, &tcpFrom{peer: fmt.Sprint("10.9.0.1:", 1000+i)}
		l.ConnState(one, http.StateNew)
		l.ConnState(proxy, http.StateNew)
		if one.closed != (i == PageShare) || proxy.closed {
			t.Errorf("connection %d: closed %v, the proxy's %v", i+1, one.closed, proxy.closed)
		}
	}
	for i := range PageShare + 1 {
		l.ConnState(&tcpFrom{peer: fmt.Sprint("10.0.0.1:", 1000+i)}, http.StateClosed)
		l.ConnState(&tcpFrom{peer: fmt.Sprint("10.9.0.1:", 1000+i)}, http.StateHijacked)
	}
	if _, addresses := l.Counts(); addresses != 0 || l.pages != 0 {
		t.Errorf("%d addresses are remembered, %d connections counted", addresses, l.pages)
	}
}

// Where very many addresses are remembered, those without connections are forgotten even if they are not idle.
func TestLimiter_ForgetsAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := testLimiter(settings.Effective{MaxPerAddress: 2, HandshakesPerSecond: 1})
		if refused := l.Enter("connected", false); refused != nil {
			t.Fatal(refused.Code)
		}
		for i := range maxAddresses {
			l.WrongKey(fmt.Sprint(i))
		}
		time.Sleep(time.Second)
		l.WrongKey("one more")
		if _, addresses := l.Counts(); addresses != 2 || l.addresses["connected"] == nil {
			t.Errorf("%d addresses are remembered", addresses)
		}
	})
}

// Where several machines serve a room, whoever tries at each of them has as many attempts as at one.
func TestLimiter_MachinesShareAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := settings.Effective{MaxPerAddress: 1}
		l := New(Options{Machines: 3, Limits: func() *settings.Effective { return &limits }})
		for name, row := range map[string]struct {
			try   func(string) (func(), time.Duration, bool)
			burst int
			every time.Duration
		}{
			"passwords": {l.TryPassword, WrongPasswords / 3, 3 * WrongPasswordEvery},
			"codes":     {l.TryCode, wrongCodes / 3, 3 * wrongCodeEvery},
		} {
			for i := range row.burst {
				if _, _, ok := row.try("10.0.0.1"); !ok {
					t.Errorf("%s: attempt %d is refused", name, i+1)
				}
			}
			if _, wait, ok := row.try("10.0.0.1"); ok || wait != row.every {
				t.Errorf("%s: one too many: %v, wait %v", name, ok, wait)
			}
		}
		for range WrongKeys / 3 {
			l.WrongKey("10.0.0.1")
		}
		if wait, ok := l.MayTryKey("10.0.0.1"); ok || wait != 3*WrongKeyEvery {
			t.Errorf("keys: %v, wait %v", ok, wait)
		}
		if l.Share(2) != 1 {
			t.Error("a share is none")
		}
	})
}
