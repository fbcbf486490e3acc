package hub

import (
	"slices"
	"testing"
)

// Clients without a hello are evicted first, the oldest of them before the others; then the one with the oldest hello.
// Clients in the lobby, or admitted, are never evicted.
func TestPending_TheOldestSilentIsEvictedFirst(t *testing.T) {
	h := New(nil)
	var evicted []uint64
	add := func() *Peer {
		p := &Peer{}
		p.Init(h, testHandler{p})
		out, _ := h.Register(p, Silent, 4)
		if out != nil {
			evicted = append(evicted, out.id)
		}
		return p
	}
	p1, p2, p3, _ := add(), add(), add(), add() // 4 is silent for good
	h.SetPending(p1, Asked)
	h.SetPending(p2, Asked)
	h.SetPending(p1, Asked) // again: it is behind 2
	h.SetPending(p3, Waiting)
	add() // 5: there is room, since 3 waits
	p6 := add()
	add()
	h.Admit(p6)
	for range 6 {
		h.SetPending(add(), Asked)
	}
	if want := []uint64{4, 5, 7, 2, 1, 8, 9}; !slices.Equal(evicted, want) {
		t.Errorf("evicted %v, want %v", evicted, want)
	}
	if p3.State() != Waiting || p6.State() != In || len(h.Pending()) != 5 {
		t.Errorf("states %v and %v, %d pending", p3.State(), p6.State(), len(h.Pending()))
	}
}

// An evicted or closed client is in no list any more, whatever is called for it afterwards.
func TestPending_WhoHasLeftStaysOut(t *testing.T) {
	h := New(nil)
	gone := registered(h, Silent)
	if evicted, _ := h.Register(&Peer{}, Silent, 1); evicted != gone {
		t.Fatalf("evicted %v", evicted)
	}
	h.SetPending(gone, Asked)
	h.Join(gone, &IdentityChange{UserID: "ana"}, []string{"general"})
	if h.Admit(gone) || gone.State() == In || len(h.Pending()) != 1 || len(h.Clients()) != 0 {
		t.Errorf("it is %v, %d pending, %d in", gone.State(), len(h.Pending()), len(h.Clients()))
	}
	h.unregister(gone)
	if n := h.Counts().Clients; n != 0 {
		t.Errorf("%d are counted", n)
	}
}

// A pending client is sent nothing that others cause, and is counted nowhere, until Join admits it.
func TestPending_IsNobodyUntilItJoins(t *testing.T) {
	h := New(nil)
	p := registered(h, Silent)
	h.SetPending(p, Waiting)
	if n := h.Counts().Clients; n != 0 || len(h.PeersOf(p.UserID())) != 0 || len(h.AllClients()) != 1 {
		t.Errorf("%d are counted", n)
	}
	h.Join(p, &IdentityChange{UserID: "ana"}, nil)
	h.SetPending(p, Asked) // too late
	if p.State() != In || len(h.Pending()) != 0 || len(h.PeersOf("ana")) != 1 {
		t.Errorf("it is %v, %d pending", p.State(), len(h.Pending()))
	}
}
