package wsserver

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
)

func newTestClient(h *hub) *peer {
	c := &peer{hub: h}
	c.Owner = testOwner{c}
	h.admit(c)
	return c
}

// testOwner is an owner that asks for nothing.
type testOwner struct{ *peer }

func (testOwner) Handle([]byte) {}
func (testOwner) Ended()        {}

func ids(list []*peer) []uint64 {
	var out []uint64
	for _, c := range list {
		out = append(out, c.id)
	}
	slices.Sort(out)
	return out
}

// Whatever people do, the hub's sets hold exactly those who are in them: checked against a model of plain maps.
func TestHub_AgreesWithAPlainModel(t *testing.T) {
	h := newHub()
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c", "d"}
	type state struct {
		user   string
		topics map[string]bool
		joined bool
	}
	model := map[*peer]*state{}
	pick := func() *peer {
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
			model[c] = &state{user: c.userID(), topics: map[string]bool{}}
		case n < 4:
			h.leave(c)
			h.leave(c) // again does nothing
			delete(model, c)
		case n < 7:
			s, topic := model[c], names[random.IntN(4)]
			s.user, s.joined = fmt.Sprint("user", random.IntN(5)), true
			s.topics[topic] = true
			h.join(c, &identity{userID: s.user}, []string{topic})
		default:
			s, topic := model[c], names[random.IntN(4)]
			delete(s.topics, topic)
			had := len(c.topics) > 0
			h.part(c, []string{topic})
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
			if got := h.counts(); got.Subscribers != subscribers || got.Clients != len(model) || len(h.persons) != len(perUser) {
				t.Fatalf("step %d: counts %+v, %d persons; want %d of %d, %d", step, got, len(h.persons), subscribers, len(model), len(perUser))
			}
		}
	}
}

func wantIDs(t *testing.T, what string, list []*peer, want []uint64) {
	t.Helper()
	slices.Sort(want)
	if got := ids(list); !slices.Equal(got, want) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

func TestHub_ForgetsDeparturesBeyondItsBound(t *testing.T) {
	h := newHub()
	s := &Server{hub: h, ledger: receipts.NewLedger()}
	for range maxGone + 1 {
		h.leave(newTestClient(h))
	}
	if len(h.gone) > maxGone {
		t.Errorf("%d departures are kept", len(h.gone))
	}
	if a := s.Clients(ClientsQuery{Since: 1}); !a.Full {
		t.Errorf("what is forgotten is told as a delta of %d", len(a.Gone))
	}
	first := h.gone[0]
	a := s.Clients(ClientsQuery{Since: h.goneFrom})
	if a.Full || len(a.Gone) != len(h.gone) || a.Gone[len(a.Gone)-1] != first.id {
		t.Errorf("what is remembered: full %v, %d gone of %d", a.Full, len(a.Gone), len(h.gone))
	}
}

// Rule: join answers false once closed, under the same lock as close; nobody is admitted and forgotten.
func TestHub_AdmitsNobodyOnceClosed(t *testing.T) {
	h := newHub()
	var group sync.WaitGroup
	var mu sync.Mutex
	admitted := 0
	for range 50 {
		group.Go(func() {
			c := &peer{}
			if h.admit(c) {
				mu.Lock()
				admitted++
				mu.Unlock()
			}
		})
	}
	closed := len(h.close())
	group.Wait()
	if closed > admitted || len(h.all(true, true)) != admitted {
		t.Errorf("%d were there at the close, %d admitted, %d there now", closed, admitted, len(h.all(true, true)))
	}
	d := &peer{dashboard: true}
	if h.admit(d) {
		t.Error("a dashboard is admitted after the close")
	}
}

func TestHub_WhoHasLeftStaysOut(t *testing.T) {
	h := newHub()
	c := newTestClient(h)
	h.leave(c)
	h.identify(c, "ana", nil, false)
	h.join(c, &identity{userID: "ana"}, []string{"general"})
	h.part(c, nil)
	if got := h.counts(); got.Clients != 0 || got.Subscribers != 0 || len(h.persons) != 0 || len(h.everyone.list) != 0 {
		t.Errorf("counts %+v, %d persons", got, len(h.persons))
	}
}

// The dashboards are sent everything and counted nowhere.
func TestHub_DashboardsAreNotCounted(t *testing.T) {
	h := newHub()
	d := &peer{hub: h, dashboard: true}
	h.admit(d)
	if got := h.counts(); got.Clients != 0 {
		t.Errorf("counts %+v", got)
	}
	to, boards := h.advance(7, msglog.Stream{Audience: msglog.AudiencePrivate, Name: "nobody"}, nil, nil)
	if len(to) != 0 || len(boards) != 1 || h.position != 7 {
		t.Errorf("to %d, boards %d, position %d", len(to), len(boards), h.position)
	}
	if h.advance(3, msglog.Stream{Audience: msglog.AudienceEveryone, Name: ""}, nil, nil); h.position != 7 {
		t.Errorf("the position went back to %d", h.position)
	}
	h.leave(d)
	if len(h.all(false, true)) != 0 {
		t.Error("it is still there")
	}
}
