package wsserver

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"belfry/wsserver/hub"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
)

func newTestClient(h *hub.Hub) *hub.Peer {
	c := &hub.Peer{Hub: h}
	c.Handler = testOwner{c}
	h.Register(c)
	return c
}

// testOwner is an owner that asks for nothing.
type testOwner struct{ *hub.Peer }

func (testOwner) Handle([]byte) {}
func (testOwner) Ended()        {}

func ids(list []*hub.Peer) []uint64 {
	var out []uint64
	for _, c := range list {
		out = append(out, c.ID)
	}
	slices.Sort(out)
	return out
}

// Whatever people do, the hub's sets hold exactly those who are in them: checked against a model of plain maps.
func TestHub_AgreesWithAPlainModel(t *testing.T) {
	h := hub.New()
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c", "d"}
	type state struct {
		user   string
		topics map[string]bool
		joined bool
	}
	model := map[*hub.Peer]*state{}
	pick := func() *hub.Peer {
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
			h.Unregister(c)
			h.Unregister(c) // again does nothing
			delete(model, c)
		case n < 7:
			s, topic := model[c], names[random.IntN(4)]
			s.user, s.joined = fmt.Sprint("user", random.IntN(5)), true
			s.topics[topic] = true
			h.Join(c, &hub.IdentityChange{UserID: s.user}, []string{topic})
		default:
			s, topic := model[c], names[random.IntN(4)]
			delete(s.topics, topic)
			had := len(c.Topics) > 0
			h.Unsubscribe(c, []string{topic})
			if had && len(s.topics) == 0 {
				s.joined = false
			}
		}
		if step%50 == 0 {
			var clients, everyone []uint64
			subscribers, perTopic, perUser := 0, map[string][]uint64{}, map[string][]uint64{}
			for c, s := range model {
				clients = append(clients, c.ID)
				perUser[s.user] = append(perUser[s.user], c.ID)
				if s.joined {
					everyone = append(everyone, c.ID)
				}
				if len(s.topics) > 0 {
					subscribers++
				}
				for name := range s.topics {
					perTopic[name] = append(perTopic[name], c.ID)
				}
			}
			wantIDs(t, "clients", h.Clients.List, clients)
			wantIDs(t, "everyone", h.Everyone.List, everyone)
			for name, s := range h.Topics {
				wantIDs(t, "topic "+name, s.List, perTopic[name])
			}
			for user, s := range h.Persons {
				wantIDs(t, "person "+user, s.List, perUser[user])
			}
			if got := h.Counts(); got.Subscribers != subscribers || got.Clients != len(model) || len(h.Persons) != len(perUser) {
				t.Fatalf("step %d: counts %+v, %d persons; want %d of %d, %d", step, got, len(h.Persons), subscribers, len(model), len(perUser))
			}
		}
	}
}

func wantIDs(t *testing.T, what string, list []*hub.Peer, want []uint64) {
	t.Helper()
	slices.Sort(want)
	if got := ids(list); !slices.Equal(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestHub_ForgetsDeparturesBeyondItsBound(t *testing.T) {
	h := hub.New()
	s := &operator.Operator{Hub: h, Ledger: receipts.NewLedger()}
	for range hub.MaxGone + 1 {
		h.Unregister(newTestClient(h))
	}
	if len(h.Gone) > hub.MaxGone {
		t.Errorf("%d departures are kept", len(h.Gone))
	}
	if a := s.Clients(operator.ClientsQuery{Since: 1}); !a.Full {
		t.Errorf("what is forgotten is told as a delta of %d", len(a.Gone))
	}
	first := h.Gone[0]
	a := s.Clients(operator.ClientsQuery{Since: h.GoneFrom})
	if a.Full || len(a.Gone) != len(h.Gone) || a.Gone[len(a.Gone)-1] != first.Id {
		t.Errorf("what is remembered: full %v, %d gone of %d", a.Full, len(a.Gone), len(h.Gone))
	}
}

// Rule: join answers false once closed, under the same lock as close; nobody is admitted and forgotten.
func TestHub_AdmitsNobodyOnceClosed(t *testing.T) {
	h := hub.New()
	var group sync.WaitGroup
	var mu sync.Mutex
	admitted := 0
	for range 50 {
		group.Go(func() {
			c := &hub.Peer{}
			if h.Register(c) {
				mu.Lock()
				admitted++
				mu.Unlock()
			}
		})
	}
	closed := len(h.Close())
	group.Wait()
	if closed > admitted || len(h.All(true, true)) != admitted {
		t.Errorf("%d were there at the close, %d admitted, %d there now", closed, admitted, len(h.All(true, true)))
	}
	d := &hub.Peer{Dashboard: true}
	if h.Register(d) {
		t.Error("a dashboard is admitted after the close")
	}
}

func TestHub_WhoHasLeftStaysOut(t *testing.T) {
	h := hub.New()
	c := newTestClient(h)
	h.Unregister(c)
	h.Identify(c, "ana", nil, false)
	h.Join(c, &hub.IdentityChange{UserID: "ana"}, []string{"general"})
	h.Unsubscribe(c, nil)
	if got := h.Counts(); got.Clients != 0 || got.Subscribers != 0 || len(h.Persons) != 0 || len(h.Everyone.List) != 0 {
		t.Errorf("counts %+v, %d persons", got, len(h.Persons))
	}
}

// The dashboards are sent everything and counted nowhere.
func TestHub_DashboardsAreNotCounted(t *testing.T) {
	h := hub.New()
	d := &hub.Peer{Hub: h, Dashboard: true}
	h.Register(d)
	if got := h.Counts(); got.Clients != 0 {
		t.Errorf("counts %+v", got)
	}
	to, boards := h.Advance(7, msglog.Stream{Audience: msglog.AudiencePrivate, Name: "nobody"}, nil, nil)
	if len(to) != 0 || len(boards) != 1 || h.Position != 7 {
		t.Errorf("to %d, boards %d, position %d", len(to), len(boards), h.Position)
	}
	if h.Advance(3, msglog.Stream{Audience: msglog.AudienceEveryone, Name: ""}, nil, nil); h.Position != 7 {
		t.Errorf("the position went back to %d", h.Position)
	}
	h.Unregister(d)
	if len(h.All(false, true)) != 0 {
		t.Error("it is still there")
	}
}
