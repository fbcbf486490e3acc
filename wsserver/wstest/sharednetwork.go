package wstest

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"belfry/wsserver/peers"
)

// SharedNetwork is the network between the machines of one room, in memory. It is safe for concurrent use, and works in a
// synctest bubble. Nothing runs on it while nothing is under way.
type SharedNetwork struct {
	mu    sync.Mutex // guards what follows, and the fields of the nodes
	nodes []*Node
}

// Node is one machine on a SharedNetwork: what a server has of its engine.
type Node struct {
	network  *SharedNetwork
	name     string
	run      string
	delay    time.Duration
	cut      bool
	status   peers.Status
	onStatus func()
	handlers map[string]func(from string, data []byte) []byte
	arriving []delivery // what comes to it, in order
	taking   bool       // a goroutine takes what arrives
}

type delivery struct {
	at   time.Time
	take func()
}

// NewSharedNetwork returns a network without nodes.
func NewSharedNetwork() *SharedNetwork { return &SharedNetwork{} }

// Node returns a further machine. One with the name of an earlier one takes its place, as a machine that starts again does.
func (s *SharedNetwork) Node(name string) *Node {
	n := &Node{network: s, name: name, run: rand.Text(), handlers: map[string]func(string, []byte) []byte{}}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, old := range s.nodes {
		if old.name == name {
			old.cut = true
			s.nodes[i] = n
			return n
		}
	}
	s.nodes = append(s.nodes, n)
	return n
}

// SetDelay has everything reach this node so long after it was sent.
func (n *Node) SetDelay(d time.Duration) { n.set(func() { n.delay = d }) }

// SetCut says whether nothing reaches this node, nor comes from it.
func (n *Node) SetCut(cut bool) { n.set(func() { n.cut = cut }) }

// SetStatus changes what Status returns, and tells of it.
func (n *Node) SetStatus(change func(*peers.Status)) {
	n.set(func() { change(&n.status) })
	n.network.mu.Lock()
	told := n.onStatus
	n.network.mu.Unlock()
	if told != nil {
		told()
	}
}

func (n *Node) set(change func()) {
	n.network.mu.Lock()
	defer n.network.mu.Unlock()
	change()
}

// Node returns its name.
func (n *Node) Node() string { return n.name }

// Run was drawn when the node was made.
func (n *Node) Run() string { return n.run }

// Machines is how many nodes were made.
func (n *Node) Machines() int {
	n.network.mu.Lock()
	defer n.network.mu.Unlock()
	return len(n.network.nodes)
}

// Status returns what SetStatus has set.
func (n *Node) Status() peers.Status {
	n.network.mu.Lock()
	defer n.network.mu.Unlock()
	return n.status
}

// OnStatus has f called by SetStatus.
func (n *Node) OnStatus(f func()) { n.set(func() { n.onStatus = f }) }

// Handle has f take what comes on a subject.
func (n *Node) Handle(subject string, f func(from string, data []byte) []byte) {
	n.set(func() { n.handlers[subject] = f })
}

// Publish sends to all other nodes.
func (n *Node) Publish(subject string, data []byte) {
	n.network.mu.Lock()
	defer n.network.mu.Unlock()
	n.toOthers(subject, data, func(*Node, []byte) {})
}

// Ask asks all other nodes. One that is cut off does not answer.
func (n *Node) Ask(ctx context.Context, subject string, data []byte, each func(from string, answer []byte)) {
	type answer struct {
		from string
		data []byte
	}
	n.network.mu.Lock()
	others := len(n.network.nodes) - 1
	answers := make(chan answer, others)
	n.toOthers(subject, data, func(o *Node, a []byte) {
		n.network.mu.Lock()
		defer n.network.mu.Unlock()
		if a != nil && !n.cut && !o.cut {
			n.arrive(func() { answers <- answer{o.name, a} })
		}
	})
	n.network.mu.Unlock()
	for range others {
		select {
		case a := <-answers:
			each(a.from, a.data)
		case <-ctx.Done():
			return
		}
	}
}

// toOthers has all other nodes take data, and calls done with what each answers. mu is held.
func (n *Node) toOthers(subject string, data []byte, done func(o *Node, answer []byte)) {
	for _, o := range n.network.nodes {
		f := o.handlers[subject]
		if o == n || f == nil || n.cut || o.cut {
			continue
		}
		o.arrive(func() { done(o, f(n.name, data)) })
	}
}

// arrive has take called in its turn, unless the node is cut off by then. mu is held.
func (n *Node) arrive(take func()) {
	n.arriving = append(n.arriving, delivery{time.Now().Add(n.delay), take})
	if !n.taking {
		n.taking = true
		go n.takeAll() // ends once nothing arrives any more
	}
}

func (n *Node) takeAll() {
	n.network.mu.Lock()
	defer n.network.mu.Unlock()
	for len(n.arriving) > 0 {
		next := n.arriving[0]
		n.arriving = n.arriving[1:]
		n.network.mu.Unlock()
		time.Sleep(time.Until(next.at))
		n.network.mu.Lock()
		if n.cut {
			continue
		}
		n.network.mu.Unlock()
		next.take()
		n.network.mu.Lock()
	}
	n.taking = false
}

var _ peers.Engine = (*Node)(nil)
