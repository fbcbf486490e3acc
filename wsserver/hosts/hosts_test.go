package hosts

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	for host, want := range map[string]string{
		"Room.Example.": "room.example", "localhost": "localhost", "my_pc": "my_pc", "bücher.example": "xn--bcher-kva.example",
		"BÜCHER.example": "xn--bcher-kva.example", "XN--BCHER-KVA.example": "xn--bcher-kva.example", "例え。テスト": "xn--r8jz45g.xn--zckzah",
		"127.0.0.1": "127.0.0.1", "127.0.0.1.": "127.0.0.1", "::1": "::1", "[0:0:0:0:0:0:0:1]": "::1", "[::FFFF:10.0.0.1]": "10.0.0.1",
		"[fe80::1%25eth0]": "fe80::1%eth0", "fe80::1%eth0": "fe80::1%eth0", "a--b.example": "a--b.example", "4.pc": "4.pc", "0x.pc": "0x.pc",
		"": "", ".": "", "a..b": "", "room.example..": "", "[room]": "", "[::1": "", "::1]": "", "[127.0.0.1]": "", "a b": "", "a/b": "", "a@b": "",
		"*.a": "", "a:1": "", "1.2.3.4.5": "", "2130706433": "", "0x7f.1": "", "a.0x7f": "", "a.0x": "", "127.1": "", "1.2.3.04": "", "a\x00": "", "a%41": "", "ａ／ｂ": "",
		strings.Repeat("a", 64): "", strings.Repeat("a.", 127) + "a": "",
	} {
		if got, ok := Normalize(host); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v; want %q", host, got, ok, want)
		}
	}
}

func TestParseEndpoint(t *testing.T) {
	for s, want := range map[string]Endpoint{
		"Room:80": {"room", 80}, "room": {"room", 0}, "room:": {"room", 0}, "[::1]:8000": {"::1", 8000}, "[::1]": {"::1", 0}, "::1": {"::1", 0},
		"10.0.0.1:65535": {"10.0.0.1", 65535}, "room:0080": {"room", 80},
		"room:0": {}, "room:65536": {}, "room:+80": {}, "room:8 0": {}, "room:80:80": {}, "[::1]80": {}, "[::1]:": {"::1", 0}, ":80": {}, "": {}, "room:http": {},
	} {
		if got, ok := ParseEndpoint(s); ok != (want.Host != "") || got != want {
			t.Errorf("%q: %+v, %v", s, got, ok)
		}
	}
}

func TestHops(t *testing.T) {
	const xff, rfc = ForwardedFor, Forwarded
	for _, row := range []struct {
		header []string // names and values, line by line
		want   string   // "-" for what cannot be read
	}{
		{nil, ""},
		{[]string{xff, "1.1.1.1"}, "1.1.1.1"},
		{[]string{xff, "6.6.6.6, 1.1.1.1:4711"}, "6.6.6.6 1.1.1.1"},
		{[]string{xff, " [2001:db8::1]:4711 ,\t[2001:db8::2]"}, "2001:db8::1 2001:db8::2"},
		{[]string{xff, `"[2001:db8::1]:4711", "1.1.1.1"`}, "2001:db8::1 1.1.1.1"},
		{[]string{xff, "2001:DB8:0::1"}, "2001:db8::1"},
		{[]string{xff, "::ffff:1.1.1.1"}, "1.1.1.1"},
		{[]string{xff, "fe80::1%eth0, [fe80::2%25wlan0]:1"}, "fe80::1 fe80::2"},
		{[]string{xff, ",1.1.1.1,, ,"}, "1.1.1.1"},
		{[]string{xff, "6.6.6.6", xff, "1.1.1.1"}, "6.6.6.6 1.1.1.1"},
		{[]string{xff, "unknown, _hidden, unix:, 1.1.1.1:, 1.1.1.1:x, 1.1.1.1:123456, [1.1.1.1], 1.1.1, 01.1.1.1, 0.0.0.0, ::, ex.example, 1.1.1.1."}, "- - - - - - - - - - - - -"},
		{[]string{xff, `"1.1.1.1, 2.2.2.2"`}, "- -"},
		{[]string{xff, ""}, ""},
		{[]string{rfc, `for=1.1.1.1`}, "1.1.1.1"},
		{[]string{rfc, `For="[2001:db8:cafe::17]:4711"`}, "2001:db8:cafe::17"},
		{[]string{rfc, `for=192.0.2.43, for="198.51.100.17:_x7";proto=https;by=203.0.113.60`}, "192.0.2.43 198.51.100.17"},
		{[]string{rfc, `by="a,b;c";FOR = 1.1.1.1 ; host="x\",for=6.6.6.6"`}, "1.1.1.1"},
		{[]string{rfc, `for=1.1.1.1:4711`}, "1.1.1.1"},
		{[]string{rfc, `for=6.6.6.6`, rfc, `for=1.1.1.1`}, "6.6.6.6 1.1.1.1"},
		{[]string{rfc, `for="6.6.6.6, for=1.1.1.1`}, "- 1.1.1.1"}, // a quote that a client left open
		{[]string{rfc, `for="`, rfc, `for=1.1.1.1`}, "- 1.1.1.1"}, // and in a line of its own
		{[]string{rfc, `for="\", for=1.1.1.1`}, "- 1.1.1.1"},      // or escaped
		{[]string{rfc, `for=6.6.6.6;for=1.1.1.1`}, "-"},           // which of them?
		{[]string{rfc, `proto=https`}, "-"},
		{[]string{rfc, `for=unknown, for=_gazonk, for="", for`}, "- - - -"},
		{[]string{rfc, `,`}, ""},
		{[]string{rfc, `for=6.6.6.6`, xff, `1.1.1.1`}, "1.1.1.1"}, // the header that most proxies write counts
		{[]string{rfc, `for=6.6.6.6`, xff, `unknown`}, "-"},
		{[]string{rfc, `for=1.1.1.1`, xff, ` , `}, "1.1.1.1"},
	} {
		h := http.Header{}
		for i := 0; i < len(row.header); i += 2 {
			h.Add(row.header[i], row.header[i+1])
		}
		hops, _ := Hops(h)
		got := []string{}
		for _, hop := range hops {
			text := "-"
			if hop.IsValid() {
				text = hop.String()
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%q: %s, want %s", row.header, got, row.want)
		}
	}
}

// Whatever a client has sent, the element that the nearest proxy adds is read.
func FuzzHops_TheNearestCannotBeHidden(f *testing.F) {
	for _, s := range []string{"", `for="`, `for=1.1.1.1`, `\`, `"\`, `;,="`, "for=\"a\\\"", "unknown", `,,"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		want := netip.MustParseAddr("2001:db8::7")
		for header, added := range map[string]string{ForwardedFor: "[2001:db8::7]:4711", Forwarded: `for="[2001:db8::7]:4711";proto=https;by="_a\"b,c"`} {
			hops, from := Hops(http.Header{header: {sent + ", " + added}})
			if len(hops) == 0 || from != header || hops[len(hops)-1] != want {
				t.Fatalf("%s: %q hides what a proxy has added: %v", header, sent, hops)
			}
			if slices.ContainsFunc(hops, func(a netip.Addr) bool { return a.IsValid() && (a.Zone() != "" || a.Is4In6() || a.IsUnspecified()) }) {
				t.Fatalf("%q is read as %v", sent, hops)
			}
		}
	})
}

func TestParseName_TakesWhatPeoplePaste(t *testing.T) {
	for s, want := range map[string]string{
		"room.example": "room.example", " Room.Example. ": "room.example", "http://room.example:8000/": "room.example", "HTTPS://ROOM.EXAMPLE": "room.example",
		"room.example/server#token=x": "room.example", "wss://room.example/ws/client?a=b": "room.example", "//room.example/": "room.example", "room.example:443": "room.example",
		"bücher.example": "xn--bcher-kva.example", "http://bücher.example:8000/x": "xn--bcher-kva.example", "[::1]:8000": "::1", "http://[FD00::1]/": "fd00::1", "192.168.1.7:80": "192.168.1.7", "pc": "pc", "my_pc.lan": "my_pc.lan",
		"": "", " ": "", "*": "", "*.example": "", "http://": "", "/": "", "a b": "", "a,b": "", "u:p@room.example": "", "http://u@room.example/": "", "ftp://room.example": "",
		"file:///etc": "", "room.example:x": "", "room.example:0": "", "http:/room.example": "", "http:room.example": "", "mailto:x@y": "", ".": "", "a..b": "", "-host=": "", "2130706433": "", "room.example\x00": "",
	} {
		got, err := ParseName(s)
		if (err == nil) != (want != "") || got != want {
			t.Errorf("%q: %q, %v; want %q", s, got, err, want)
		}
	}
	if got := Names([]string{"a", "", "A.", "*", "b"}); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("a list is %q", got)
	}
}

// What -host takes is what a browser sends for it.
func FuzzParseName(f *testing.F) {
	for _, s := range []string{"room.example", "http://Bücher.example:80/", "[::1]", "*", "a@b", "127.0.0.1.", "ß", "a\u200db"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := ParseName(s)
		if err != nil {
			return
		}
		again, ok := Normalize(name)
		if !ok || again != name || strings.ContainsAny(name, " /*@,?#\\") || name != strings.ToLower(name) && !IsIP(name) {
			t.Fatalf("%q is taken as %q, and that as %q, %v", s, name, again, ok)
		}
	})
}

func TestParseNetworks(t *testing.T) {
	for s, want := range map[string]string{
		"10.0.0.0/8": "10.0.0.0/8", "10.1.2.3/8": "10.0.0.0/8", "10.0.0.1": "10.0.0.1/32", " ::1 ": "::1/128", "[fd00::1]": "fd00::1/128",
		"::ffff:10.0.0.1": "10.0.0.1/32", "::ffff:10.0.0.0/104": "10.0.0.0/8", "Loopback": "127.0.0.0/8 ::1/128", "0.0.0.0/0": "0.0.0.0/0",
		"": "", "proxy": "", "10.0.0.1:80": "", "10.0.0.0/33": "", "10.0.0/8": "", "fe80::1%eth0": "", "*": "", "10.0.0.1.": "", "10.0.0.0/-1": "", "::ffff:0:0/80": "", "[::1]:80": "",
	} {
		networks, err := ParseNetworks(s)
		got := []string{}
		for _, n := range networks {
			got = append(got, n.String())
		}
		if (err == nil) != (want != "") || strings.Join(got, " ") != want {
			t.Errorf("%q: %s, %v", s, got, err)
		}
	}
	for s, want := range map[string]bool{"0.0.0.0/0": true, "::/0": true, "128.0.0.0/1": true, "10.0.0.0/8": false, "fc00::/7": false, "2000::/3": true} {
		if TooWide(netip.MustParsePrefix(s)) != want {
			t.Errorf("%s is too wide: %v", s, !want)
		}
	}
}
