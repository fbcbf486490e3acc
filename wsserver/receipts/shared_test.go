package receipts

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// What happens at random, at three machines at once, with groups that are late or come twice, machines that are cut off, and
// one that is killed: in the end all have the same, also the one that reads again what is on its disk.
func TestShared_WhateverHappensAllHaveTheSame(t *testing.T) {
	for seed := range uint64(100) {
		inMachines(t, 3, func(t *testing.T, list []*machine) {
			var running sync.WaitGroup
			var killing sync.Mutex // guards list
			for i := range list {
				running.Go(func() { happenings(list, i, seed, &killing) })
			}
			done := make(chan struct{})
			var weather sync.WaitGroup
			weather.Go(func() { changeWeather(list, &killing, seed, done) })
			running.Wait()
			close(done)
			weather.Wait()
			settle()
			settle()
			wantSame(t, list)
			for i, m := range list {
				list[i] = m.restart(1000)
			}
			settle()
			wantSame(t, list)
		})
		if t.Failed() {
			t.Fatal("seed ", seed)
		}
	}
}

// changeWeather cuts machines off, and has groups be late or come twice, until done.
func changeWeather(list []*machine, killing *sync.Mutex, seed uint64, done chan struct{}) {
	random := rand.New(rand.NewPCG(seed, 99)) //nolint:gosec // the same each time
	for {
		killing.Lock()
		v := list[random.IntN(len(list))].view
		killing.Unlock()
		v.SetDelay(time.Duration(random.IntN(900)) * time.Millisecond)
		v.SetTwice(random.IntN(2) == 0)
		v.SetCut(random.IntN(3) == 0)
		select {
		case <-time.After(time.Duration(random.IntN(2000)) * time.Millisecond):
		case <-done:
			for _, m := range list {
				m.view.SetCut(false)
				m.view.SetDelay(0)
			}
			return
		}
	}
}

// restart ends a machine without a word, and starts it again on what it has on its disk.
func (m *machine) restart(start int) *machine {
	m.mu.Lock()
	m.ended = true
	m.mu.Unlock()
	view := m.view.Reopen(m.view.Applier)
	m.running.Wait()
	return startMachine(m.t, m.n, start, view)
}

// happenings does things at one machine.
func happenings(list []*machine, i int, seed uint64, killing *sync.Mutex) {
	random := rand.New(rand.NewPCG(seed, uint64(i))) //nolint:gosec // the same each time
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	kill := 30 + random.IntN(60)
	m := list[i] // nobody else replaces it
	for n := range 150 {
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		user, topic := pick("ana", "ben", "eve", fmt.Sprint("guest-", i)), pick("kitchen", "hall")
		position := m.at()
		switch random.IntN(20) {
		case 0, 1, 2:
			e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "x", Ack: pick("", "OK")}
			if random.IntN(2) == 0 {
				e.Audience, e.Topic = msglog.AudienceTopic, topic
			} else if random.IntN(4) == 0 {
				e.Audience, e.UserID, e.ReplyTo = msglog.AudiencePrivate, user, position
			}
			m.say(e)
		case 3, 4, 5:
			m.come(user, "kitchen", "hall")
		case 6, 7:
			m.leave(user)
		case 8:
			m.l.Leave(user, []string{topic}, position)
		case 9:
			m.l.Join(user, []string{topic}, position)
		case 10:
			if m.l.Assign(user, topic, position); random.IntN(2) == 0 {
				m.l.Unassign(user, []string{topic})
			}
		case 11:
			m.l.Remove(user, topic, position)
			m.l.NoteSeen(user, position)
			m.l.NoteSettled(user, position)
		case 12:
			m.l.ExpireAway(time.Second, position)
		case 13:
			for _, userID := range m.l.Quiet(Ages{Now: time.Now(), Away: time.Second}) {
				m.l.Forget(userID, Ages{Now: time.Now(), Away: time.Second})
			}
		case 14:
			if seq := position - min(position, uint64(random.IntN(5))); random.IntN(2) == 0 {
				_, _ = m.l.Ack(m, seq, user) // it may be cut off
			} else if random.IntN(2) == 0 {
				_, _, _ = m.l.Close(m, seq)
			} else {
				_, _, _ = m.l.Reopen(m, seq)
			}
		case 15:
			switch random.IntN(5) {
			case 0:
				m.say(&msglog.Entry{Audience: msglog.AudienceWithdrawn, Withdraws: position})
			case 1:
				m.l.Prune(position - min(position, 10))
			case 2:
				m.l.EndMemberships(user, position)
			case 3:
				m.l.LeaveAllBut(user, []string{topic}, position)
			case 4:
				m.l.EndRun(fmt.Sprint("run", random.IntN(3), ".0"), position)
			}
		case 16:
			m.l.Merge()
		default:
			m.receive(user, pick("", topic), position, random.IntN(2) == 0)
		}
		if n == kill && i == 1 {
			again := m.restart(n)
			killing.Lock()
			list[i], m = again, again
			killing.Unlock()
		}
	}
}

// A log of one server that becomes one of several, and one of one again, keeps what is known; numbers go on behind those that
// there were.
func TestShared_FromOneServerAndBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := msglog.NewMemory()
		alone := &machine{t: t, l: NewLedger(), devices: map[string]*Device{}, bases: map[string]uint64{}}
		if err := alone.l.Load(t.Context(), own); err != nil {
			t.Fatal(err)
		}
		keep := func(records []msglog.Record) {
			if _, err := own.Append(t.Context(), msglog.OfRecords(records...)); err != nil {
				t.Fatal(err)
			}
		}
		alone.come("ana", "kitchen")
		alone.come("ben")
		e := &msglog.Entry{Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}, Text: "x"}
		if _, err := own.Append(t.Context(), msglog.OfEntries(e)); err != nil {
			t.Fatal(err)
		}
		alone.l.Broadcast(e, 2)
		alone.position = 1
		alone.receive("ana", "", 1, true)
		keep(drain(alone.l))
		alone.l.Merge()
		keep(drain(alone.l))
		alone.receive("ben", "", 1, false)
		keep(drain(alone.l)) // and it is killed: both are still here, as it seems

		several := startMachine(t, 1, 1, wstest.NewSharedLog().View(own))
		settle()
		wantSame(t, []*machine{several})
		r, _ := several.l.Receipts(1, true)
		if r.Sent != 2 || r.Received != 2 || r.Read != 1 || r.Guests != 2 || !r.Who[0].Connected || several.l.Here() != 0 || len(several.l.Away(0).People) != 2 {
			t.Errorf("receipts %+v, %d here, away %+v", r, several.l.Here(), several.l.Away(0))
		}
		several.come("ana")
		settle()
		second := several.sayAll("y")
		several.receive("ana", "", second, false)
		settle()
		several.stop()
		want := dump(several.l)

		again := NewLedger()
		if err := again.Load(t.Context(), own); err != nil {
			t.Fatal(err)
		}
		r, _ = again.Receipts(second, true)
		if r.Received != 1 || r.Who[0].UserID != "ana" || !r.Who[0].Connected || r.Who[1].Connected || again.Here() != 0 {
			t.Errorf("receipts %+v, %d here; with the others it was %q", r, again.Here(), want)
		}
		for userID, m := range again.core.members {
			for key := range m.In {
				if isRunPresence(key) {
					t.Errorf("%s has the presence %q", userID, key)
				}
			}
		}
		_ = several.view.Close()
	})
}

// A server that others thought to have ended says who is connected to it when it is back; one that has ended has nobody.
func TestShared_RunsThatEnd(t *testing.T) {
	inMachines(t, 2, func(t *testing.T, list []*machine) {
		a, b := list[0], list[1]
		a.come("ana")
		b.come("ana")
		b.come("ben", "kitchen")
		b.come("guest-1", "kitchen")
		settle()
		b.view.SetCut(true)
		a.l.EndRun("run1.0", a.at())
		settle()
		if n := a.l.Here(); n != 1 {
			t.Errorf("%d are here, want Ana", n)
		}
		first := a.sayAll("x")
		settle()
		r, _ := a.l.Receipts(first, true)
		if got := fmt.Sprint(r.Who); r.Sent != 2 || !r.Who[0].Connected || r.Who[1].Connected {
			t.Errorf("sent to %s", got)
		}
		b.view.SetCut(false)
		settle()
		wantSame(t, list)
		second := a.say(&msglog.Entry{Audience: msglog.AudienceTopic, Topic: "kitchen", Text: "x"})
		settle()
		if r, _ := a.l.Receipts(second, true); r.Sent != 2 || a.l.Here() != 3 {
			t.Errorf("sent to %+v, %d here", r.Who, a.l.Here())
		}
		list[1] = b.restart(1)
		settle()
		wantSame(t, list)
		if n := a.l.Here(); n != 1 {
			t.Errorf("%d are here after a restart", n)
		}
	})
}

// What happens is told once, by one of the servers.
func TestShared_NewsAreToldOnce(t *testing.T) {
	inMachines(t, 2, func(t *testing.T, list []*machine) {
		told := func(want ...string) {
			t.Helper()
			settle()
			var all []string
			for _, m := range list {
				m.l.core.mu.Lock()
				all = append(all, m.news...)
				m.news = nil
				m.l.core.mu.Unlock()
			}
			if slices.Sort(all); !slices.Equal(all, want) {
				t.Errorf("told %q, want %q", all, want)
			}
		}
		for _, m := range list {
			m.view.SetDelay(100 * time.Millisecond)
			m.come("ana")
		}
		told("joined ana")
		list[1].come("ben")
		told("joined ben")
		seq := list[0].sayAll("x")
		settle()
		list[0].receive("ana", "", seq, true)
		list[1].receive("ana", "", seq, true)
		list[1].receive("ben", "", seq, false)
		told(fmt.Sprint("complete ", seq))
		asks := list[1].say(&msglog.Entry{Audience: msglog.AudienceEveryone, Text: "x", Ack: "OK"})
		settle()
		for i, userID := range []string{"ben", "ana"} {
			if _, err := list[i].l.Ack(list[i], asks, userID); err != nil {
				t.Error(err)
			}
		}
		told(fmt.Sprint("complete ", asks))
		for _, m := range list {
			m.leave("ana")
		}
		time.Sleep(2 * leaveGrace)
		told("left ana")
	})
}

// A person who is forgotten at one server, or whose membership runs out, while they come back to another one, stays.
func TestShared_ForgottenWhileTheyComeBack(t *testing.T) {
	inMachines(t, 2, func(t *testing.T, list []*machine) {
		a, b := list[0], list[1]
		for _, topics := range [][]string{nil, {"kitchen"}} {
			a.come("ana", topics...)
			settle()
			a.leave("ana")
			settle()
			b.view.SetDelay(time.Second)
			if len(topics) == 0 {
				a.l.EndMemberships("ana", a.at())
				settle()
				for _, userID := range a.l.Quiet(Ages{Now: time.Now()}) {
					a.l.Forget(userID, Ages{Now: time.Now()})
				}
			} else {
				a.l.ExpireAway(0, a.at())
			}
			b.come("ana", topics...)
			settle()
			wantSame(t, list)
			for _, m := range list {
				if !m.l.Belongs("ana") || m.l.Here() != 1 {
					t.Errorf("machine %d: belongs %v, %d here", m.n, m.l.Belongs("ana"), m.l.Here())
				}
			}
			b.leave("ana")
			settle()
		}
		a.l.EndMemberships("ana", a.at())
		settle()
		for _, m := range list {
			for _, userID := range m.l.Quiet(Ages{Now: time.Now()}) {
				m.l.Forget(userID, Ages{Now: time.Now()})
			}
		}
		settle()
		wantSame(t, list)
		if a.l.Known("ana") || b.l.Known("ana") {
			t.Error("she is not forgotten")
		}
	})
}
