package webhook

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// Every form of an address that no webhook may reach, and the neighbours that it may.
func TestRefused_EveryForm(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("192.168.7.24"), netip.MustParseAddr("fd12::24"), netip.MustParseAddr("fe80::1%eth0")}
	for _, refused := range []string{
		// loopback and unspecified
		"127.0.0.1", "127.1.2.3", "127.255.255.255", "::1", "0.0.0.0", "0.1.2.3", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0",
		// link-local, multicast, broadcast
		"169.254.169.254", "169.254.0.1", "fe80::1", "fe80::5%eth0", "febf::1", "::ffff:169.254.169.254", "224.0.0.1", "239.255.255.250",
		"ff02::1", "ff0e::1", "255.255.255.255", "::ffff:224.0.0.1",
		// this machine's
		"192.168.7.24", "::ffff:192.168.7.24", "fd12::24", "fd12::24%eth0",
		// the same in NAT64, 6to4, IPv4-compatible and translated addresses, Teredo, ISATAP
		"64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b::192.168.7.24", "64:ff9b::0.0.0.0", "64:ff9b:1::1", "64:ff9b:1:7f00:1::",
		"2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:718::", "::127.0.0.1", "::192.168.7.24", "::ffff:0:127.0.0.1", "2001::1", "2001:0:7f00:1::",
		"2001:db8::5efe:127.0.0.1", "2001:db8::200:5efe:169.254.169.254", "fd12::5efe:192.168.7.24",
	} {
		if ip := netip.MustParseAddr(refused); !isRefused(ip, own) {
			t.Errorf("%s is let through", refused)
		}
	}
	if !isRefused(netip.Addr{}, nil) {
		t.Error("no address at all is let through")
	}
	for _, allowed := range []string{
		"192.168.7.25", "10.0.0.1", "172.16.0.1", "100.64.0.1", "192.0.2.7", "126.255.255.255", "128.0.0.1", "169.253.0.1", "223.255.255.255",
		"fd12::25", "fec0::1", "2001:db8::1", "64:ff9b::192.168.7.25", "2002:c0a8:719::", "::ffff:192.168.7.25", "2001:db8::5efe:10.0.0.1", "2001:1::1",
	} {
		if ip := netip.MustParseAddr(allowed); isRefused(ip, own) {
			t.Errorf("%s is refused", allowed)
		}
	}
}

// The guard looks at the address that is really dialled: a name leads nowhere else, and nothing reaches the listener.
func TestGuard_LooksAtTheConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by the test
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	reached := make(chan net.Conn, 10)
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			reached <- c
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	g := guard{func() []netip.Addr { return nil }}
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "::ffff:127.0.0.1", "::1"} {
		c, err := g.dial(context.Background(), "tcp", net.JoinHostPort(host, port))
		if c != nil || !errors.Is(err, errRefused) {
			t.Errorf("%s: connection %v, error %v", host, c, err)
		}
	}
	o := post(context.Background(), g.dial, "Belfry", request{url: "http://localhost:" + port + "/?secret=1", id: "1", body: []byte("{}")})
	if o.status != 0 || !strings.Contains(o.err, "does not call this machine") || strings.Contains(o.err, "secret") {
		t.Errorf("answered %+v", o)
	}
	if len(reached) > 0 {
		t.Errorf("%d connections came through", len(reached))
	}
}

// An address of this machine that no interface lists is noticed once it is connected, before a byte is sent.
func TestGuard_NoticesThisMachine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by the test
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String()) //nolint:noctx // as above
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !sameMachine(c) {
		t.Errorf("from %v to %v is another machine", c.LocalAddr(), c.RemoteAddr())
	}
}

func TestClient_UsesNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:3128")
	t.Setenv("HTTPS_PROXY", "http://192.0.2.1:3128")
	transport := newClient(context.Background(), nil).Transport.(*http.Transport)
	if transport.Proxy != nil || !transport.DisableKeepAlives || transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("it uses a proxy, keeps connections, or believes any certificate")
	}
}

func TestURL_SaysWhatIsWrong(t *testing.T) {
	refuses := guard{func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("192.168.7.24")} }}.refuses
	for text, want := range map[string]string{
		"":                                       "Enter the address",
		"example.org/x":                          "http:// or https://",
		"ftp://example.org/":                     "http:// or https://",
		"file:///etc/passwd":                     "http:// or https://",
		"javascript:alert(1)":                    "looks like https://",
		"https://":                               "needs a host",
		"https://:443/":                          "needs a host",
		"https://./":                             "needs a host",
		"https://example.org:/":                  "needs a host",
		"https://example.org:0/":                 "needs a host",
		"https://example.org:70000/":             "needs a host",
		"https://a b/":                           "blanks or invisible",
		"https://example.org/\u202e":             "blanks or invisible",
		"https://example.org/\x00":               "blanks or invisible",
		"https://ana:pw@example.org/":            "name or password",
		"https://example.org/#part":              "cannot contain a #",
		"http://127.0.0.1:8000/":                 "does not call this machine",
		"http://[::ffff:7f00:1]/":                "does not call this machine",
		"http://localhost/":                      "does not call this machine",
		"http://a.LOCALHOST./":                   "does not call this machine",
		"http://192.168.7.24/":                   "does not call this machine",
		"http://[fe80::1%25eth0]/":               "does not call this machine",
		"http://169.254.169.254/latest/meta":     "does not call this machine",
		"https://" + strings.Repeat("x", maxURL): "at most 2048",
	} {
		if got, err := checkURL(text, refuses); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, error %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"https://example.org/in?key=1", "http://192.168.7.25:9000/belfry", "http://[fd12::25]:9000/", " https://tickets.example.org "} {
		if got, err := checkURL(text, refuses); err != nil || got != strings.TrimSpace(text) {
			t.Errorf("%q: %q, error %v", text, got, err)
		}
	}
}

func FuzzURL(f *testing.F) {
	for _, text := range []string{"https://example.org/in?key=1", "http://[::1]:80/", "http://0x7f.1/", "http://2130706433/", "http://a@b/", "http://%31/"} {
		f.Add(text)
	}
	refuses := guard{func() []netip.Addr { return nil }}.refuses
	f.Fuzz(func(t *testing.T, text string) {
		kept, err := checkURL(text, refuses)
		if err != nil {
			return
		}
		if again, err := checkURL(kept, refuses); err != nil || again != kept {
			t.Errorf("%q is kept as %q, which is read as %q: %v", text, kept, again, err)
		}
		if _, err := http.NewRequest(http.MethodPost, kept, nil); err != nil { //nolint:noctx // never sent
			t.Errorf("%q cannot be requested: %v", kept, err)
		}
	})
}
