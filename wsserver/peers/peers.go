package peers

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

const (
	// announceEvery is how often a machine says how it is, and atMostEvery the least time between two changes that it tells.
	announceEvery = time.Second
	atMostEvery   = 100 * time.Millisecond
	// silentAfter: who has said nothing for so long is in no sum, and goneAfter: its run has ended.
	silentAfter = 3 * time.Second
	goneAfter   = 10 * time.Second
	// awayAfter: clients of a machine that is cut off for so long are sent to the others.
	awayAfter = 10 * time.Second
	// endingFor is how long the end of a run is remembered.
	endingFor = time.Minute
)

const subjectAbout = "about"

// About is how one machine is, as it announces that itself.
type About struct {
	Run     string `json:"run"`
	Version string `json:"version"`
	// URL is where people reach it, SecureURL the same over TLS; "": nowhere.
	URL       string `json:"url"`
	SecureURL string `json:"secure_url,omitempty"`
	// Clients and Subscribers are its own connections, Waiting the people in its own lobby.
	Clients     int `json:"clients"`
	Subscribers int `json:"subscribers"`
	Waiting     int `json:"waiting"`
	// The revisions of its own list of clients, lobby and sessions.
	ClientsRev  uint64 `json:"clients_rev"`
	LobbyRev    uint64 `json:"lobby_rev"`
	SessionsRev uint64 `json:"sessions_rev"`
	// Of its engine's Status.
	CutOff  bool   `json:"cut_off,omitempty"`
	Applied uint64 `json:"applied"`
	Behind  uint64 `json:"behind"`
	Digest  string `json:"digest,omitempty"`
	// Hears are the other machines that it hears.
	Hears []string `json:"hears,omitempty"`
	// Leaving: it is stopping, and this is the last that is heard of it.
	Leaving bool `json:"leaving,omitempty"`
}

// Options configure Peers. All are needed.
type Options struct {
	Engine Engine
	Logger *slog.Logger
	// Own returns what is this machine's own in an About: the rest is set from the engine.
	Own func() About
	// Changed is called when what others have announced has changed, or the status; state: in more than counts and lists.
	Changed func(state bool)
	// Moved is called with the addresses of the other machines, and whether this one is cut off from them, when that has changed.
	// It is called from one goroutine.
	Moved func(urls []string, cutOff bool)
	// SendAway is called once where this machine was cut off for awayAfter.
	SendAway func()
	// EndRun has it written that the run of a machine has ended, which says nothing any more. It must not block.
	EndRun func(run string)
}

// Peers are the other machines of a room. A nil one is that of a room with one machine: it knows of nobody. It is safe for
// concurrent use, and everything but Run and Gather returns at once.
type Peers struct {
	o     Options
	wake  chan struct{} // of one: something to tell
	lists lists

	mu     sync.Mutex // guards what follows
	others map[string]*machine
	ending map[string]time.Time // runs that have ended, and are to be written as such, since when
	urls   []string             // of the others, as they were told last
	cutOff bool                 // this machine, as it was told last
	rev    Revisions            // rises with each change of the others' lists
	sent   About                // announced last
	away   bool                 // clients were sent away since it was cut off
	leaves bool                 // this machine is stopping
}

// machine is another machine, by what was heard of it last.
type machine struct {
	About
	heard  time.Time
	silent bool // for longer than silentAfter
}

// Revisions are of the lists of all other machines together. Each rises with every change.
type Revisions struct{ Clients, Lobby, Sessions uint64 }

// New returns the other machines that an engine connects; nil without an engine.
func New(o Options) *Peers {
	if o.Engine == nil {
		return nil
	}
	return &Peers{
		o: o, wake: make(chan struct{}, 1), others: map[string]*machine{}, ending: map[string]time.Time{},
		lists: lists{answers: map[string]func([]byte) any{}, kept: map[string]parts{}},
	}
}

// Wake has what is new of this machine told to the others.
func (p *Peers) Wake() {
	if p == nil {
		return
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Leave tells the others that this machine is stopping: they do not wait until it is silent.
func (p *Peers) Leave() {
	if p == nil {
		return
	}
	p.mu.Lock()
	p.leaves = true
	p.mu.Unlock()
	p.announce(true)
}

// Run tells the others how this machine is, and follows how they are, until ctx ends.
func (p *Peers) Run(ctx context.Context) {
	p.o.Engine.Handle(subjectAbout, p.hear)
	p.o.Engine.Handle(subjectAsk, p.answer)
	p.o.Engine.OnStatus(func() { p.o.Changed(true); p.Wake() })
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	for {
		due := true
		select {
		case <-tick.C:
		case <-p.wake:
			due = false
		case <-ctx.Done():
			return
		}
		p.look(time.Now())
		p.announce(due)
		for _, run := range p.endsHere(time.Now()) {
			p.o.EndRun(run)
		}
		select {
		case <-time.After(atMostEvery):
		case <-ctx.Done():
			return
		}
	}
}

// announce tells the others how this machine is, where that is due or has changed.
func (p *Peers) announce(due bool) {
	now, status := p.o.Own(), p.o.Engine.Status()
	now.Run, now.CutOff, now.Applied, now.Behind, now.Digest = p.o.Engine.Run(), status.CutOff, status.Applied, status.Behind, status.Digest
	now.URL, now.SecureURL = origin(now.URL), origin(now.SecureURL)
	p.mu.Lock()
	now.Hears, now.Leaving = slices.Sorted(maps.Keys(p.living())), p.leaves
	changed := differs(&now, &p.sent)
	p.sent = now
	p.mu.Unlock()
	if !due && !changed {
		return
	}
	data, err := json.Marshal(now)
	if err != nil {
		return // it always encodes
	}
	p.o.Engine.Publish(subjectAbout, data)
}

// differs reports whether an About says something that cannot wait: how far a machine has come can.
func differs(a, b *About) bool {
	return a.Clients != b.Clients || a.Subscribers != b.Subscribers || a.Waiting != b.Waiting || a.CutOff != b.CutOff ||
		a.ClientsRev != b.ClientsRev || a.LobbyRev != b.LobbyRev || a.SessionsRev != b.SessionsRev || a.URL != b.URL || a.SecureURL != b.SecureURL
}

// concern reports whether an About says something that the operator sees of the machines.
func concern(a, b *About) bool {
	return a.Waiting != b.Waiting || a.CutOff != b.CutOff || a.URL != b.URL || a.Version != b.Version || (a.Behind > 0) != (b.Behind > 0)
}

// hear notes what another machine has announced.
func (p *Peers) hear(from string, data []byte) []byte {
	var a About
	if err := json.Unmarshal(data, &a); err != nil || from == p.o.Engine.Node() {
		return nil
	}
	a.URL, a.SecureURL = origin(a.URL), origin(a.SecureURL)
	if a.Leaving {
		p.left(from)
		return nil
	}
	now := time.Now()
	p.mu.Lock()
	m := p.others[from]
	news := m == nil || m.Run != a.Run || m.silent
	if m != nil && m.Run != a.Run {
		p.ending[m.Run] = now
	}
	if m == nil {
		m = &machine{}
		p.others[from] = m
	}
	delete(p.ending, a.Run) // it lives after all
	changed, state := news || differs(&a, &m.About), news || concern(&a, &m.About)
	if news || a.ClientsRev != m.ClientsRev {
		p.rev.Clients++
	}
	if news || a.LobbyRev != m.LobbyRev {
		p.rev.Lobby++
	}
	if news || a.SessionsRev != m.SessionsRev {
		p.rev.Sessions++
	}
	m.About, m.heard, m.silent = a, now, false
	p.mu.Unlock()
	if changed || state {
		p.o.Changed(state)
	}
	if news {
		p.Wake() // the newcomer is told of this machine at once, and clients of it
	}
	return nil
}

// left notes that a machine has stopped: it has written itself that its run has ended.
func (p *Peers) left(node string) {
	p.mu.Lock()
	known := p.others[node] != nil
	p.forget(node)
	p.mu.Unlock()
	if known {
		p.o.Changed(true)
		p.Wake() // its clients go to the others: nobody is sent to it
	}
}

// look notes who has fallen silent, and what follows from how this machine is.
func (p *Peers) look(now time.Time) {
	status := p.o.Engine.Status()
	p.mu.Lock()
	changed := false
	for node, m := range p.others {
		silence := now.Sub(m.heard)
		if silence > silentAfter && !m.silent {
			m.silent, changed = true, true
		}
		if silence > goneAfter && !p.heardOf(node) {
			p.forget(node)
			changed = true
			if !status.CutOff {
				p.ending[m.Run] = now
			}
		}
	}
	urls := p.urls
	if !status.CutOff { // those who are sent away need the others, whether they are heard or not
		urls = p.addresses()
	}
	moved := !slices.Equal(urls, p.urls) || status.CutOff != p.cutOff
	p.urls, p.cutOff = urls, status.CutOff
	away := status.CutOff && now.Sub(status.Since) >= awayAfter && !p.away
	p.away = status.CutOff && (p.away || away)
	p.mu.Unlock()
	if changed {
		p.o.Changed(true)
	}
	if moved {
		p.o.Moved(urls, status.CutOff)
	}
	if away {
		p.o.SendAway()
	}
}

// SentAway reports whether this machine was cut off for so long that its people were sent to the others, and still is.
func (p *Peers) SentAway() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.away
}

// forget forgets a machine that has gone. mu is held.
func (p *Peers) forget(node string) {
	delete(p.others, node)
	p.rev.Clients++
	p.rev.Lobby++
	p.rev.Sessions++
}

// living are the others that are heard. mu is held.
func (p *Peers) living() map[string]*machine {
	living := map[string]*machine{}
	for node, m := range p.others {
		if !m.silent {
			living[node] = m
		}
	}
	return living
}

// heardOf reports whether a machine that lives hears another one. mu is held.
func (p *Peers) heardOf(node string) bool {
	for _, m := range p.living() {
		if slices.Contains(m.Hears, node) {
			return true
		}
	}
	return false
}

// addresses are where the others can be reached, both plain and over TLS, by name. mu is held.
func (p *Peers) addresses() (urls []string) {
	for _, node := range slices.Sorted(maps.Keys(p.others)) {
		m := p.others[node]
		for _, url := range []string{m.URL, m.SecureURL} {
			if url != "" && !m.CutOff && !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	return urls
}

// endsHere are the runs that this machine is to write as ended: the one with the lowest name of those that live does, and the
// others remember them for a while, in case it dies as well.
func (p *Peers) endsHere(now time.Time) (runs []string) {
	cutOff := p.o.Engine.Status().CutOff
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.ending, func(_ string, since time.Time) bool { return now.Sub(since) > endingFor })
	for node := range p.living() {
		if cutOff || node < p.o.Engine.Node() {
			return nil
		}
	}
	runs = slices.Sorted(maps.Keys(p.ending))
	clear(p.ending)
	return runs
}
