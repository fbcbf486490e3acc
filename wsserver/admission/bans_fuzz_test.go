package admission

import (
	"net/netip"
	"testing"
)

// An address or network written and parsed again is the same, and contains the address it was made of.
func FuzzNetwork(f *testing.F) {
	for _, s := range []string{
		"192.168.1.24", "192.168.7.0/24", "10.0.0.9/8", "2001:db8::7", "fe80::1%eth0", "::ffff:10.0.0.7", "::ffff:10.0.0.0/104", "0.0.0.0/0", "::/0", "1.2.3.4/33", "/", "x", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseNetwork(text)
		if err != nil {
			return
		}
		again, err := ParseNetwork(p.String())
		if err != nil || again != p || p != p.Masked() {
			t.Fatalf("%q is %s, read again %s (%v)", text, p, again, err)
		}
		l := Bans{by: map[string]Ban{"k": {}}, networks: map[netip.Prefix]string{p: "k"}}
		if _, ok := l.OfAddress(p.Addr().String()); !ok {
			t.Fatalf("%q is %s, which does not hold its own address", text, p)
		}
	})
}
