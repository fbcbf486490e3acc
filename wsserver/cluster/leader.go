package cluster

import (
	"github.com/nats-io/nats-server/v2/server"

	"belfry/wsserver/peers"
)

// told is what others read of the machines beside their status.
type told struct {
	present []string // the names of those that are there
	leader  string   // the one that leads the order; "": none is known
	waiting bool     // this machine has no log yet, and no page
}

// leads reports whether this machine leads a stream. With a NATS of one's own, none does.
func (p *parts) leads(stream string) bool {
	return p.server != nil && p.server.JetStreamIsStreamLeader(server.DEFAULT_GLOBAL_ACCOUNT, stream)
}

// toldOf is what is said of this machine and of those that are there. Each says of itself whether it leads: who has just been
// cut off still takes itself for the leader, so that without the others none is known.
func toldOf(node string, s peers.Status, leads bool, present []beat) (t told) {
	if leads {
		t.leader = node
	}
	for _, b := range present {
		t.present = append(t.present, b.Node)
		if b.Leads && !leads {
			t.leader = b.Node
		}
	}
	if s.CutOff {
		t.leader = ""
	}
	return t
}
