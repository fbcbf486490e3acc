package operator

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// Room is the room as a whole: how it stands, its name, its addresses and its topics.
type Room struct {
	server     ServerInfo
	dispatcher *dispatch.Dispatcher
	hub        *hub.Hub
	ledger     *receipts.Ledger
	topics     *topics.Registry
	lobby      *admission.Lobby
	lan        *lan.LAN
	health     *dispatch.Health
	settings   chosen
	samples    *samples
	notice     *atomic.Pointer[Notice]
	revisions  *Revisions
	audit      *AuditLog
}

// State is the room as a whole. It never fails: what keeps the server from running is in Problem.
func (s *Room) State() State {
	chose := s.settings.Get()
	st := State{
		Name: chose.Name, Access: chose.AccessMode(), Version: s.server.Version, Data: s.server.Data,
		Topics: s.topics.All(), Addresses: []lan.Address{},
	}
	problem, started, log := s.server.Status()
	st.Problem = problem
	if log == nil {
		return st
	}
	st.Trouble, st.Notice = s.health.Get(), s.notice.Load()
	counts := s.hub.Counts()
	st.Started, st.Epoch, st.Seq, st.Kept = wire.Time(started).String(), log.Epoch(), log.Last(), log.Len()
	st.Clients, st.Subscribers = counts.Clients, counts.Subscribers
	st.Addresses = s.lan.Addresses()
	st.Address = lan.SelectAddress(st.Addresses, chose.Address)
	st.JoinURL, st.Waiting = chose.JoinURL(st.Address.URL), s.lobby.Size()
	if st.Access == settings.AccessCode {
		st.Code = chose.Code
	}
	st.QR = lan.NewQR(st.JoinURL)
	st.Secure, st.LocalName = s.lan.Secure(st.Address, st.Addresses), s.lan.LocalName()
	return st
}

// Stats is the last ten minutes.
func (s *Room) Stats() Stats { return s.samples.get() }

// SetName changes what the room is called. Errors: too_large, or why the settings could not be kept.
func (s *Room) SetName(ctx context.Context, name string) error {
	clean, err := names.Label(name)
	if err != nil {
		return err
	}
	return s.settings.changeTo(ctx, "name", s.settings.Get().Name, clean, func(v *settings.Values) { v.Name = clean })
}

// SetAddress chooses the address shown: an Address.Host, or "" for the default route's.
func (s *Room) SetAddress(ctx context.Context, host string) error {
	return s.settings.changeTo(ctx, "address", s.settings.Get().Address, host, func(v *settings.Values) { v.Address = host })
}

// TestAddress tries whether an address of this server answers as itself: an Address.Host, "" for the one shown.
func (s *Room) TestAddress(ctx context.Context, host string) (lan.AddressTest, error) {
	return s.lan.TestAddress(ctx, host)
}

// qrMost is how many codes are drawn at once, qrBytes how long the text of one may be.
const (
	maxQRCodes = 100
	maxQRBytes = 512
)

// QRCodes draws texts as QR codes, for cards to print. Errors: too_large.
func (s *Room) QRCodes(texts []string) ([]lan.QR, error) {
	if len(texts) > maxQRCodes {
		return nil, wire.ErrTooLarge.WithMessage("At most 100 QR codes are drawn at once.")
	}
	codes := make([]lan.QR, len(texts))
	for i, text := range texts {
		if len(text) > maxQRBytes {
			return nil, wire.ErrTooLarge.WithMessage("A QR code holds at most 512 bytes.")
		}
		codes[i] = lan.NewQR(text)
	}
	return codes, nil
}

const (
	StatsStep    = 5 * time.Second
	StatsSamples = 120 // ten minutes
)

// samples samples the room for the dashboard's chart.
type samples struct {
	mu          sync.Mutex
	clients     []int
	subscribers []int
	messages    []int
}

func newSamples() *samples {
	return &samples{clients: []int{0}, subscribers: []int{0}, messages: []int{0}}
}

// count adds messages to the current sample.
func (s *samples) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages[len(s.messages)-1] += n
}

// note sets the current sample's counts; next begins another one.
func (s *samples) note(c wire.CountsFrame, next bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.clients) - 1
	s.clients[last], s.subscribers[last] = c.Clients, c.Subscribers
	if next {
		s.clients = push(s.clients, c.Clients)
		s.subscribers = push(s.subscribers, c.Subscribers)
		s.messages = push(s.messages, 0)
	}
}

func push(list []int, v int) []int {
	if len(list) == StatsSamples {
		list = append(list[:0], list[1:]...)
	}
	return append(list, v)
}

func (s *samples) get() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Step: int(StatsStep / time.Second), Clients: slices.Clone(s.clients),
		Subscribers: slices.Clone(s.subscribers), Messages: slices.Clone(s.messages),
	}
}

// sample begins a new sample every step until ctx ends.
func (s *Room) SampleStats(ctx context.Context) {
	tick := time.NewTicker(StatsStep)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.samples.note(s.hub.Counts(), true)
		case <-ctx.Done():
			return
		}
	}
}

// Accepted notes that the log has taken n messages more.
func (s *Room) Accepted(n int) {
	s.samples.count(n)
	s.revisions.Changed()
}
