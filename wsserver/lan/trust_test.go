package lan

import (
	"slices"
	"testing"
)

// A certificate names no network that nobody is offered: those of containers and VPNs.
func TestOffered_LeavesOutVirtualNetworks(t *testing.T) {
	wifi, docker, vpn := Address{Host: "192.168.1.24", Kind: kindWifi}, Address{Host: "172.17.0.1", Kind: kindVirtual}, Address{Host: "100.64.0.7", Kind: kindVirtual}
	name := Address{Host: "belfry.local", Kind: kindName}
	for _, row := range []struct {
		shown     string
		all, want []Address
	}{
		{"", []Address{wifi, docker, vpn, name}, []Address{wifi, name}},
		{"100.64.0.7", []Address{wifi, docker, vpn, name}, []Address{wifi, vpn, name}},
		{"", []Address{docker, name}, []Address{docker, name}},
	} {
		if got := offered(row.all, row.shown); !slices.Equal(got, row.want) {
			t.Errorf("shown %q: %v, want %v", row.shown, got, row.want)
		}
	}
}
