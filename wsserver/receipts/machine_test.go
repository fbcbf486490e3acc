package receipts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// machine is a server as a Ledger sees it: a view of a log, and a loop that writes what has changed.
type machine struct {
	t       *testing.T
	n       int
	l       *Ledger
	view    *wstest.View
	news    []string
	running sync.WaitGroup

	mu       sync.Mutex // guards what follows
	position uint64     // up to where messages were fanned out
	ended    bool
	devices  map[string]*Device
	bases    map[string]uint64
	failed   error // of what was applied
}

// inMachines runs a test in a bubble with so many machines.
func inMachines(t *testing.T, n int, test func(t *testing.T, list []*machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		order := wstest.NewSharedLog()
		list := make([]*machine, n)
		for i := range list {
			list[i] = startMachine(t, i, 0, order.View(msglog.NewMemory()))
		}
		test(t, list)
		for _, m := range list {
			m.stop()
			_ = m.view.Close()
		}
	})
}

func startMachine(t *testing.T, n, start int, view *wstest.View) *machine {
	m := &machine{t: t, n: n, l: NewLedger(), view: view, devices: map[string]*Device{}, bases: map[string]uint64{}}
	m.l.most = 3
	m.l.SetRun(fmt.Sprint("run", n, ".", start), fmt.Sprint("node", n))
	m.l.SetNews(News{
		Acknowledging: func(uint64, string, time.Time) ([]msglog.Record, func(bool)) { return nil, func(bool) {} },
		Presence:      func() bool { return true },
		Joined:        func(userID string, _ time.Time) { m.news = append(m.news, "joined "+userID) },
		Left:          func(userID string, _ time.Time) { m.news = append(m.news, "left "+userID) },
		Complete: func(r Receipts) bool {
			m.news = append(m.news, fmt.Sprint("complete ", r.Seq))
			return true
		},
	})
	if err := m.l.Load(t.Context(), view); err != nil || m.l.Damaged() > 0 {
		t.Fatal(err, m.l.Damaged())
	}
	m.position = view.Last()
	view.Follow(m.follow)
	m.running.Go(m.run)
	return m
}

func (m *machine) follow(g msglog.Committed) {
	err := m.l.Applied(g)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed = errors.Join(m.failed, err)
	for i, r := range g.Results {
		if e := g.Changes[i].Entry; e != nil && r.Err == nil && !r.Duplicate {
			if m.position = r.Seq; e.Announces() {
				m.l.Broadcast(e, m.n+1)
			}
		}
	}
}

// run writes what has changed each half second.
func (m *machine) run() {
	for !m.isEnded() {
		time.Sleep(FlushEvery)
		m.l.TellLeft()
		m.flush()
	}
}

func (m *machine) isEnded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

func (m *machine) stop() {
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	m.running.Wait()
}

func (m *machine) at() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.position
}

func (m *machine) flush() {
	for more := true; more && m.l.Dirty(); {
		var records, local []msglog.Record
		var moreLocal bool
		if records, more = m.l.Flush(); len(records) > 0 {
			if _, err := m.view.Append(context.Background(), msglog.OfRecords(records...)); err != nil {
				m.l.MarkDirty(records)
				return
			}
		}
		if local, moreLocal = m.l.FlushLocal(); len(local) > 0 {
			if err := m.view.KeepLocal(context.Background(), local); err != nil {
				m.t.Error(err)
			}
		}
		more = more || moreLocal
	}
}

// Keep is that of a Keeper.
func (m *machine) Keep(records ...msglog.Record) error {
	results, err := m.view.Append(context.Background(), msglog.OfRecords(records...))
	if err != nil {
		return err
	}
	return results[0].Err
}

// say is a message of the operator's at this machine; 0 if it is cut off.
func (m *machine) say(e *msglog.Entry) uint64 {
	e.From = wire.Sender{Operator: true}
	results, err := m.view.Append(context.Background(), msglog.OfEntries(e))
	if err != nil {
		return 0
	}
	return results[0].Seq
}

func (m *machine) sayAll(text string) uint64 {
	return m.say(&msglog.Entry{Audience: msglog.AudienceEveryone, Text: text})
}

// come connects a device of a person's, which then receives everything.
func (m *machine) come(userID string, topics ...string) {
	position := m.at()
	if m.devices[userID] == nil {
		m.devices[userID] = new(Device)
	}
	m.l.Connect(m.devices[userID], userID, "N "+userID, position, topics)
	for _, topic := range append([]string{""}, topics...) {
		m.bases[userID+" "+topic] = m.l.BeginRange(userID, topic, position, false)
	}
}

func (m *machine) leave(userID string) {
	if d := m.devices[userID]; d != nil {
		m.l.Disconnect(d, m.at())
		delete(m.devices, userID)
	}
}

func (m *machine) receive(userID, topic string, seq uint64, read bool) {
	if base, ok := m.bases[userID+" "+topic]; ok && m.devices[userID] != nil {
		m.l.Advance(userID, topic, base, min(seq, m.at()), read)
	}
}

// settle waits until everything that was done is everywhere.
func settle() {
	time.Sleep(5 * time.Second)
	synctest.Wait()
}

// dump says all that a ledger knows, but for what is of this server alone.
func dump(l *Ledger) map[string]string {
	all := map[string]string{}
	l.core.mu.Lock()
	for userID, m := range l.core.members {
		if !m.ordered {
			continue
		}
		row := m.clone()
		row.Upto = 0
		b, _ := json.Marshal(row)
		all["member "+userID] = string(b)
		for topic, c := range m.cursors {
			if len(c.received)+len(c.read) > 0 {
				all["cursor "+userID+" "+topic] = fmt.Sprint(c.received, c.read, c.coarse)
			}
		}
	}
	for seq, b := range l.core.broadcasts {
		all[fmt.Sprint("broadcast ", seq)] = fmt.Sprint(b.counts, b.complete, l.core.told[seq], l.closed[seq], l.guestsOf(seq), l.core.acks[seq])
	}
	for key, n := range l.core.openMemberships {
		if n != 0 {
			all["open "+key] = fmt.Sprint(n)
		}
	}
	all["names"] = fmt.Sprint(l.reserved)
	seqs := slices.Collect(maps.Keys(l.core.broadcasts))
	l.core.mu.Unlock()
	for _, seq := range seqs {
		r, _ := l.Receipts(seq, true)
		all[fmt.Sprint("receipts ", seq)] = fmt.Sprint(r)
	}
	all["away"] = fmt.Sprint(l.Away(0).People, l.Away(0).Members, l.Here())
	return all
}

// wantSame compares the ledgers of machines, and their counts with what counting person by person gives.
func wantSame(t *testing.T, list []*machine) {
	t.Helper()
	first := dump(list[0].l)
	for i, m := range list {
		if m.failed != nil {
			t.Errorf("machine %d: %v", i, m.failed)
		}
		wantDump(t, fmt.Sprint("machine ", i), dump(m.l), first)
		m.wantNothingAhead()
		m.wantCounts()
	}
}

func wantDump(t *testing.T, name string, got, want map[string]string) {
	t.Helper()
	for _, key := range slices.Sorted(maps.Keys(joinedKeys(got, want))) {
		if got[key] != want[key] {
			t.Errorf("%s: %q is\n%s, want\n%s", name, key, got[key], want[key])
		}
	}
}

func joinedKeys(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for _, m := range []map[string]string{a, b} {
		for key := range m {
			all[key] = true
		}
	}
	return all
}

func (m *machine) wantNothingAhead() {
	m.t.Helper()
	m.l.core.mu.Lock()
	defer m.l.core.mu.Unlock()
	for userID, p := range m.l.core.members {
		if p.ahead != nil {
			m.t.Errorf("machine %d: %s is ahead by %+v", m.n, userID, p.ahead.Ahead())
		}
		if p.online > 0 && !p.isPresent() {
			m.t.Errorf("machine %d: %s is here and not present: %+v", m.n, userID, p.person)
		}
		for topic, c := range p.cursors {
			if c.ahead != nil {
				m.t.Errorf("machine %d: %s is ahead in %q by %+v", m.n, userID, topic, c.ahead.Ahead())
			}
		}
	}
}

func (m *machine) wantCounts() {
	m.t.Helper()
	m.l.core.mu.Lock()
	defer m.l.core.mu.Unlock()
	c := m.l.core
	for seq, b := range c.broadcasts {
		var want counts
		for userID, p := range c.members {
			if b.audience != "" {
				want.add(c.contribution(seq, b, userID, p), 1)
			}
		}
		if b.counts != want {
			m.t.Errorf("machine %d: message %d has the counts %+v, want %+v", m.n, seq, b.counts, want)
		}
	}
	open := map[string]int{}
	for _, p := range c.members {
		for key, list := range p.In {
			if list.isOpen() && !isPresence(key) {
				open[key]++
			}
		}
	}
	for key, n := range c.openMemberships {
		if key != present && n != open[key] {
			m.t.Errorf("machine %d: %d belong to %q, want %d", m.n, n, key, open[key])
		}
	}
}
