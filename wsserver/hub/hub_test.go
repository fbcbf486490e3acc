package hub

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"belfry/wsserver/msglog"
)

func newTestClient(h *Hub) *Peer {
	return registered(h, In)
}

func registered(h *Hub, s State) *Peer {
	p := &Peer{}
	p.Init(h, testHandler{p})
	h.Register(p, s, 1000)
	return p
}

// testHandler answers nothing.
type testHandler struct{ *Peer }

func (testHandler) Handle([]byte) {}
func (testHandler) Ended()        {}

func ids(list []*Peer) []uint64 {
	var out []uint64
	for _, c := range list {
		out = append(out, c.id)
	}
	slices.Sort(out)
	return out
}

// Whatever clients do, the hub's sets agree with a model of plain maps.
func TestHub_AgreesWithAPlainModel(t *testing.T) {
	h := New(nil)
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c", "d"}
	type state struct {
		user   string
		topics map[string]bool
		joined bool
	}
	model := map[*Peer]*state{}
	pick := func() *Peer {
		for c := range model { // Go's own order is random enough
			return c
		}
		return nil
	}
	for step := range 5000 {
		c := pick()
		switch n := random.IntN(10); {
		case n < 3 || c == nil:
			c = newTestClient(h)
			model[c] = &state{user: c.UserID(), topics: map[string]bool{}}
		case n < 4:
			h.unregister(c)
			h.unregister(c) // again does nothing
			delete(model, c)
		case n < 7:
			s, topic := model[c], names[random.IntN(4)]
			s.user, s.joined = fmt.Sprint("user", random.IntN(5)), true
			s.topics[topic] = true
			h.Join(c, &IdentityChange{UserID: s.user}, []string{topic})
		default:
			s, topic := model[c], names[random.IntN(4)]
			delete(s.topics, topic)
			had := len(c.topics) > 0
			h.Unsubscribe(c, []string{topic})
			if had && len(s.topics) == 0 {
				s.joined = false
			}
		}
		if step%50 == 0 {
			var clients, everyone []uint64
			subscribers, perTopic, perUser := 0, map[string][]uint64{}, map[string][]uint64{}
			for c, s := range model {
				clients = append(clients, c.id)
				perUser[s.user] = append(perUser[s.user], c.id)
				if s.joined {
					everyone = append(everyone, c.id)
				}
				if len(s.topics) > 0 {
					subscribers++
				}
				for name := range s.topics {
					perTopic[name] = append(perTopic[name], c.id)
				}
			}
			wantIDs(t, "clients", h.clients.list, clients)
			wantIDs(t, "everyone", h.everyone.list, everyone)
			for name, s := range h.topics {
				wantIDs(t, "topic "+name, s.list, perTopic[name])
			}
			for user, s := range h.persons {
				wantIDs(t, "person "+user, s.list, perUser[user])
			}
			if got := h.Counts(); got.Subscribers != subscribers || got.Clients != len(model) || len(h.persons) != len(perUser) {
				t.Fatalf("step %d: counts %+v, %d persons; want %d of %d, %d", step, got, len(h.persons), subscribers, len(model), len(perUser))
			}
		}
	}
}

func wantIDs(t *testing.T, what string, list []*Peer, want []uint64) {
	t.Helper()
	slices.Sort(want)
	if got := ids(list); !slices.Equal(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestHub_ForgetsDeparturesBeyondItsBound(t *testing.T) {
	h := New(nil)
	for range maxGone + 1 {
		h.unregister(newTestClient(h))
	}
	if len(h.gone) > maxGone {
		t.Errorf("%d departures are kept", len(h.gone))
	}
	if c := h.ClientsSince(1); !c.Full {
		t.Errorf("what is forgotten is told as a delta of %d", len(c.Gone))
	}
	first := h.gone[0]
	c := h.ClientsSince(h.goneFrom)
	if c.Full || len(c.Gone) != len(h.gone) || c.Gone[len(c.Gone)-1] != first.id {
		t.Errorf("what is remembered: full %v, %d gone of %d", c.Full, len(c.Gone), len(h.gone))
	}
}

// Rule: join answers false once closed, under the same lock as close; no connection is admitted and then never closed.
func TestHub_AdmitsNobodyOnceClosed(t *testing.T) {
	h := New(nil)
	var group sync.WaitGroup
	var mu sync.Mutex
	admitted := 0
	for range 50 {
		group.Go(func() {
			if _, ok := h.Register(&Peer{}, In, 0); ok {
				mu.Lock()
				admitted++
				mu.Unlock()
			}
		})
	}
	closed := len(h.Close())
	group.Wait()
	if closed > admitted || len(h.everybody()) != admitted {
		t.Errorf("%d were there at the close, %d admitted, %d there now", closed, admitted, len(h.everybody()))
	}
	if _, ok := h.Register(&Peer{}, Dashboard, 0); ok {
		t.Error("a dashboard is admitted after the close")
	}
}

func TestHub_WhoHasLeftStaysOut(t *testing.T) {
	h := New(nil)
	c := newTestClient(h)
	h.unregister(c)
	h.Prove(c)
	h.Join(c, &IdentityChange{UserID: "ana"}, []string{"general"})
	h.Unsubscribe(c, nil)
	if got := h.Counts(); got.Clients != 0 || got.Subscribers != 0 || len(h.persons) != 0 || len(h.everyone.list) != 0 {
		t.Errorf("counts %+v, %d persons", got, len(h.persons))
	}
}

// The dashboards are sent everything and counted nowhere.
func TestHub_DashboardsAreNotCounted(t *testing.T) {
	h := New(nil)
	d := registered(h, Dashboard)
	if got := h.Counts(); got.Clients != 0 {
		t.Errorf("counts %+v", got)
	}
	to, boards := h.Advance(7, msglog.Stream{Audience: msglog.AudiencePrivate, Name: "nobody"}, nil, nil)
	if len(to) != 0 || len(boards) != 1 || h.position != 7 {
		t.Errorf("to %d, boards %d, position %d", len(to), len(boards), h.position)
	}
	if h.Advance(3, msglog.Stream{Audience: msglog.AudienceEveryone, Name: ""}, nil, nil); h.position != 7 {
		t.Errorf("the position went back to %d", h.position)
	}
	h.unregister(d)
	if len(h.Dashboards()) != 0 {
		t.Error("it is still there")
	}
}

func BenchmarkHubJoinAndLeave(b *testing.B) {
	h := New(nil)
	for range 10_000 {
		newTestClient(h)
	}
	b.ReportAllocs()
	for b.Loop() {
		c := newTestClient(h)
		h.Join(c, &IdentityChange{UserID: "ana"}, []string{"general"})
		h.unregister(c)
	}
}
