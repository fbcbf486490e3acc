package cluster

import (
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// While no leader is known the copies are not counted anew: there is no machine without a name.
func TestCopies_AreThoseOfTheLeader(t *testing.T) {
	whole := []*jetstream.PeerInfo{{Name: "b", Current: true}, {Name: "c", Current: true}}
	for _, one := range []struct {
		info         *jetstream.ClusterInfo
		keepers, ill []string
		isKnown      bool
	}{
		{info: nil},
		{info: &jetstream.ClusterInfo{Replicas: whole}},
		{info: &jetstream.ClusterInfo{Leader: "a", Replicas: whole}, keepers: []string{"a", "b", "c"}, isKnown: true},
		{
			info:    &jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{{Name: "c", Current: true, Offline: true}, {Name: "b"}}},
			keepers: []string{"a", "c", "b"}, ill: []string{"b", "c"}, isKnown: true,
		},
		{
			info:    &jetstream.ClusterInfo{Leader: "a", Replicas: []*jetstream.PeerInfo{{Name: "Server name unknown at this time (peerID: LuIoXmBr)", Offline: true}, {Name: "b", Current: true}}},
			keepers: []string{"a", notHeardYet, "b"}, ill: []string{notHeardYet}, isKnown: true,
		},
	} {
		c, ok := replicasOf(one.info)
		if ok != one.isKnown || !slices.Equal(c.keepers, one.keepers) || !slices.Equal(c.ill, one.ill) {
			t.Errorf("%+v: %+v %v", one.info, c, ok)
		}
	}
}

// Only machines that keep the order are of the room, and one that the leader cannot name yet is any of those that were heard.
func TestMembers_AreWhoKeepsTheOrder(t *testing.T) {
	for _, one := range []struct {
		keepers, heard, want []string
		external             bool
	}{
		{nil, []string{"b"}, []string{"b"}, false},
		{[]string{"a", "b", "c"}, []string{"b", "stranger"}, []string{"a", "b", "c"}, false},
		{[]string{"a", "b", notHeardYet}, []string{"b"}, []string{notHeardYet, "a", "b"}, false},
		{[]string{"a", "b", notHeardYet}, []string{"b", "c"}, []string{"a", "b", "c"}, false},
		{[]string{"b", notHeardYet, notHeardYet}, []string{"b", "c"}, []string{"a", "b", "c"}, false},
		{[]string{"nats-1"}, []string{"b"}, []string{"b", "nats-1"}, true},
	} {
		w := &watch{heard: map[string]beat{}, copies: replicas{keepers: one.keepers}}
		for _, name := range one.heard {
			w.heard[name] = beat{Node: name}
		}
		if got := w.members("a", !one.external); !slices.Equal(got, one.want) {
			t.Errorf("%q keep it, %q heard: %q, want %q", one.keepers, one.heard, got, one.want)
		}
	}
}

// Of a machine that is not there only that is said.
func TestCopies_TroubleIsOfMachinesThatAreThere(t *testing.T) {
	for _, one := range []struct {
		ill, missing []string
		want         string
	}{
		{nil, nil, ""},
		{[]string{"b"}, []string{"b"}, ""},
		{[]string{"b", "c"}, []string{"b", "c"}, ""},
		{[]string{"b"}, nil, "1 of 3 copies of the messages is missing or behind: b."},
		{[]string{"b", "c"}, []string{"c"}, "1 of 3 copies of the messages is missing or behind: b."},
		{[]string{"b", "c"}, nil, "2 of 3 copies of the messages are missing or behind: b, c."},
	} {
		c := replicas{keepers: []string{"a", "b", "c"}, ill: one.ill}
		if got := c.trouble(one.missing); got != one.want {
			t.Errorf("%q without %q: %q, want %q", one.ill, one.missing, got, one.want)
		}
	}
}
