package wsserver_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// busyLog lets a recovery read only when proceed says so, and counts those that read at once.
type busyLog struct {
	msglog.Log
	proceed chan struct{} // nil: at once

	mu            sync.Mutex
	reading, most int
}

func (l *busyLog) Seqs(ctx context.Context, q msglog.Query) ([]uint64, error) {
	if l.proceed == nil {
		return l.Log.Seqs(ctx, q)
	}
	l.mu.Lock()
	l.reading++
	l.most = max(l.most, l.reading)
	l.mu.Unlock()
	defer func() { l.mu.Lock(); l.reading--; l.mu.Unlock() }()
	select {
	case <-l.proceed:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return l.Log.Seqs(ctx, q)
}

// outOfMemory says something that only the log has when it returns, and returns the position after it: so much has followed,
// in a topic that nobody is in.
func outOfMemory(r *room) (position uint64) {
	r.say("missed")
	r.topic("noise", "open")
	for range 150 {
		position = r.broadcast(operator.Broadcast{Message: strings.Repeat("x", 60<<10), Topic: "noise"}).Seq
	}
	return position
}

// returning connects somebody who asks for a recovery, and returns the number of pongs that they were sent.
func returning(t *testing.T, r *room, name string) (*wstest.Client, *atomic.Int32) {
	t.Helper()
	c := r.client()
	pongs := new(atomic.Int32)
	c.Conn().SetPongHandler(func(string) error { pongs.Add(1); return nil })
	c.SendText(fmt.Sprintf(`{"action":"hello","user_id":%q,"token":%q,"since":0}`, name, tokenOf(name)))
	c.Expect("welcome")
	return c, pongs
}

// However long a recovery waits for its turn at the log, it does not fail. Meanwhile its connection lives, and pings are
// answered; those who wait are served in their order.
func TestRecovery_WaitsForItsTurnAsLongAsItTakes(t *testing.T) {
	log := &busyLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		missed := outOfMemory(r)
		log.proceed = make(chan struct{})
		const people = 12
		var clients []*wstest.Client
		var pongs []*atomic.Int32
		for i := range people {
			c, n := returning(t, r, fmt.Sprint("p", i))
			clients, pongs = append(clients, c), append(pongs, n)
			synctest.Wait()
		}
		for range 30 {
			time.Sleep(10 * time.Second)
			for _, c := range clients {
				if err := c.Conn().WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
					t.Fatal(err)
				}
			}
		}
		synctest.Wait()
		for i, c := range clients {
			if c.Closed() || pongs[i].Load() != 30 {
				t.Fatalf("%d: ended %v, %d of 30 pings answered", i, c.Closed(), pongs[i].Load())
			}
		}
		if log.most == people {
			t.Error("all of them read at once")
		}
		var order []int
		waits := map[int]bool{}
		for i := range people {
			waits[i] = true
		}
		for range people {
			log.proceed <- struct{}{}
			synctest.Wait()
			for i := range people {
				if !waits[i] {
					continue
				}
				if frames := clients[i].Drain(); slices.ContainsFunc(frames, func(f wstest.Frame) bool { return f.Type == "recovered" && f.Complete && f.To == missed }) {
					order = append(order, i)
					delete(waits, i)
				} else if slices.ContainsFunc(frames, func(f wstest.Frame) bool { return f.Type == "error" }) {
					t.Fatalf("%d is told %+v", i, frames)
				}
			}
		}
		if len(order) != people || !slices.IsSorted(order[min(3, len(order)):]) {
			t.Errorf("served in the order %v", order)
		}
	}, withLog(log))
}

// Who leaves while waiting gives up the place, and a stop waits for nobody who waits.
func TestRecovery_WaitingEndsWithTheConnection(t *testing.T) {
	log := &busyLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		outOfMemory(r)
		log.proceed = make(chan struct{})
		var clients []*wstest.Client
		for i := range 8 {
			c, _ := returning(t, r, fmt.Sprint("p", i))
			clients = append(clients, c)
		}
		synctest.Wait()
		for _, c := range clients[:6] {
			c.Cut()
		}
		waitIdle()
		if n := r.State().Clients; n != 2 {
			t.Errorf("%d are counted", n)
		}
		log.proceed <- struct{}{}
		log.proceed <- struct{}{}
		for _, c := range clients[6:] {
			c.Recovery()
		}
		late, _ := returning(t, r, "late")
		synctest.Wait()
		before := time.Now()
		r.stop()
		if took := time.Since(before); took > 4*time.Second {
			t.Errorf("the stop took %v", took)
		}
		late.ExpectClosed()
	}, withLog(log))
}

// A client whose socket is full keeps nobody from being served: not one of many who recover at once, each with more than its
// socket takes.
func TestRecovery_AFullSocketHoldsNoTurn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		var last uint64
		for range 20 {
			last = r.say(strings.Repeat("x", 30<<10)).Seq
		}
		for i := range 40 {
			mute := wstest.DialMute(t, r.listen.Dial, "/ws/client")
			mute.SendText(fmt.Sprintf(`{"action":"hello","user_id":"mute%d","since":0}`, i))
		}
		synctest.Wait()
		before := time.Now()
		missed, f := r.client().Return("ana", tokenOf("ana"), "", 0)
		if len(seqsOf(missed)) != 20 || f.To != last || !f.Complete {
			t.Errorf("%d messages, ended by %s", len(missed), f.Text)
		}
		if waited := time.Since(before); waited != 0 {
			t.Errorf("it waited %v", waited)
		}
	})
}

// A room that restarts is filled from the log once, and then serves whoever comes back without it.
func TestRecovery_AfterARestartReadsTheLogOnce(t *testing.T) {
	log := &countedLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		for range 30 {
			r.say("missed")
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		before := log.pages.Load()
		for i := range 50 {
			who := fmt.Sprint("p", i)
			missed, f := r.client().Return(who, tokenOf(who), "", 10)
			wantRecovered(t, missed, f, seqsFrom(11, 30), 11, 30, true, false)
		}
		if n := log.pages.Load() - before; n != 1 {
			t.Errorf("the log was read %d times", n)
		}
	}, withLog(log))
}

// countedLog counts how often it is read.
type countedLog struct {
	msglog.Log
	pages atomic.Int32
}

func (l *countedLog) Page(ctx context.Context, q msglog.Query) ([]*msglog.Entry, bool, error) {
	l.pages.Add(1)
	return l.Log.Page(ctx, q)
}

func (l *countedLog) Seqs(ctx context.Context, q msglog.Query) ([]uint64, error) {
	l.pages.Add(1)
	return l.Log.Seqs(ctx, q)
}

func seqsFrom(first, last uint64) (list []uint64) {
	for seq := first; seq <= last; seq++ {
		list = append(list, seq)
	}
	return list
}
