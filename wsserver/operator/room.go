package operator

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/clock"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/names"
	"belfry/wsserver/peers"
	"belfry/wsserver/receipts"
	"belfry/wsserver/settings"
	"belfry/wsserver/topics"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// Room are the verbs about the room as a whole: its state, name, addresses and topics.
type Room struct {
	server     ServerInfo
	peers      *peers.Peers
	dispatcher *dispatch.Dispatcher
	hub        *hub.Hub
	ledger     *receipts.Ledger
	topics     *topics.Registry
	clients    *client.Service
	lobby      *admission.Lobby
	lan        *lan.LAN
	health     *dispatch.Health
	settings   chosen
	clock      *clock.Clock
	samples    *samples
	webhooks   *webhook.Engine
	notice     *atomic.Pointer[Notice]
	password   *auth.Password
	signInKey  *auth.Key
	revisions  *Revisions
	audit      *AuditLog
}

// State returns the room as a whole. It never fails: why the server does not run is in Problem.
func (s *Room) State() State {
	chose := s.settings.Get()
	st := State{
		Name: chose.Name, Operator: s.settings.Effective().Operator(), Access: chose.AccessMode(), Version: s.server.Version, Build: s.server.Build, Data: s.server.Data,
		Topics: s.topics.All(), Addresses: []lan.Address{}, Doubts: []Doubt{},
	}
	problem, started, log := s.server.Status()
	st.Problem = problem
	if log == nil {
		return st
	}
	st.Trouble, st.Notice, st.Doubts = cmp.Or(s.cutOff(), s.health.Get()), s.notice.Load(), s.doubts()
	st.Machines = s.peers.Machines()
	if since := s.password.OffSince(); st.Notice == nil && since != "" {
		st.Notice = passwordNotice(since)
	}
	if st.Notice == nil {
		st.Notice = hookNotice(s.webhooks)
	}
	if message, since := s.signInKey.Differs(); st.Notice == nil && since != "" {
		st.Notice = &Notice{Code: "key_differs", Message: message, Since: since}
	}
	counts := s.hub.Counts()
	st.Started, st.Epoch, st.Seq, st.Kept = wire.Time(started).String(), log.Epoch(), log.Last(), log.Len()
	st.Clients, st.Subscribers = counts.Clients, counts.Subscribers
	st.Addresses = s.lan.Addresses()
	st.Address = lan.SelectAddress(st.Addresses, chose.Address)
	st.JoinURL, st.Waiting = chose.JoinURL(st.Address.URL), s.lobby.Size()+s.peers.Others().Waiting
	if st.Access == settings.AccessCode {
		st.Code = chose.Code
	}
	st.QR = lan.NewQR(st.JoinURL)
	st.Secure, st.LocalName = s.lan.Secure(st.Address, st.Addresses), s.lan.LocalName()
	return st
}

// cutOff is the trouble of a machine that is cut off from the others, nil where it is not.
func (s *Room) cutOff() *dispatch.Trouble {
	status := s.peers.Status()
	if !status.CutOff {
		return nil
	}
	return &dispatch.Trouble{Code: "cut_off", Message: wire.ErrCutOff.Message, Since: wire.Time(status.Since).String()}
}

// Counts returns the room's name, "" where it has none, and how many clients there are.
func (s *Room) Counts() (name string, counts wire.CountsFrame) {
	return s.settings.Get().Name, s.hub.Counts()
}

// Stats returns the figures of the last ten minutes.
func (s *Room) Stats() Stats { return s.samples.get() }

// SetName renames the room. Errors: bad_frame, too_large, not_kept.
func (s *Room) SetName(ctx context.Context, name string) error {
	clean, err := names.Label(name)
	if err != nil {
		return err
	}
	return s.settings.changeTo(ctx, "name", s.settings.Get().Name, clean, func(v *settings.Values) { v.Name = clean })
}

// SetAddress selects the address that is shown: an Address.Host, or "" for the default route's. Errors: not_kept.
func (s *Room) SetAddress(ctx context.Context, host string) error {
	return s.settings.changeTo(ctx, "address", s.settings.Get().Address, host, func(v *settings.Values) { v.Address = host })
}

// TestAddress connects to an address of this server and checks that this server answers: an Address.Host, or "" for the
// one shown. It takes seconds where nothing answers.
func (s *Room) TestAddress(ctx context.Context, host string) (lan.AddressTest, error) {
	return s.lan.TestAddress(ctx, host)
}

// Limits of one request for QR codes: how many, and how long each text.
const (
	maxQRCodes = 100
	maxQRBytes = 512
)

// QRCodes encodes texts as QR codes, for printed cards. Errors: too_large.
func (s *Room) QRCodes(texts []string) ([]lan.QR, error) {
	if len(texts) > maxQRCodes {
		return nil, wire.ErrTooLarge.WithMessage("Belfry draws at most 100 QR codes at once.")
	}
	codes := make([]lan.QR, len(texts))
	for i, text := range texts {
		if len(text) > maxQRBytes {
			return nil, wire.ErrTooLarge.WithMessage("A QR code can hold at most 512 bytes.")
		}
		codes[i] = lan.NewQR(text)
	}
	return codes, nil
}

// StatsStep is the time of one sample, StatsSamples how many are kept.
const (
	StatsStep    = 5 * time.Second
	StatsSamples = 120 // ten minutes
)

// samples are the figures of the dashboard's chart. The last of each is still growing.
type samples struct {
	mu          sync.Mutex
	clients     []int
	subscribers []int
	messages    []int
}

func newSamples() *samples {
	return &samples{clients: []int{0}, subscribers: []int{0}, messages: []int{0}}
}

// count adds n messages to the last sample.
func (s *samples) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages[len(s.messages)-1] += n
}

// note sets the last sample's counts; next starts another one.
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

// SampleStats is a loop: it starts a new sample every StatsStep until ctx ends.
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

// Accepted is called when the log has accepted n more messages: it counts them and announces the change.
func (s *Room) Accepted(n int) {
	s.samples.count(n)
	s.revisions.Changed()
}
