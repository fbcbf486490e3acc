package wsserver_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// Promise 3: a client that never reads delays nobody, is paused with a small queue, and is ended after ten seconds.
func TestSlowClient_HurtsOnlyItself(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		slow := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		slow.SendText(`{"action":"subscribe"}`)
		c := r.person("ana", "general")
		c.ExpectCounts(2, 2)
		text := strings.Repeat("x", 60<<10)
		for range 2 * wsserver.MaxQueued / len(text) {
			start := time.Now()
			r.say(text)
			c.Expect("message")
			if wait := time.Since(start); wait != 0 {
				t.Fatalf("somebody else's message took %v", wait)
			}
		}
		time.Sleep(wsserver.WriteTimeout + time.Second)
		if s := r.State(); s.Clients != 1 || s.Subscribers != 1 {
			t.Errorf("the slow one is still counted: %d, %d", s.Clients, s.Subscribers)
		}
		synctest.Wait() // its socket has been closed
		if err := slow.Conn().WriteMessage(websocket.TextMessage, []byte("{}")); err == nil {
			t.Error("the socket of the slow one is still open")
		}
	})
}

// A socket that took nothing for ten seconds is closed.
func TestSlowClient_WithoutProgressIsClosed(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		slow := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		slow.SendText(`{"action":"subscribe"}`)
		synctest.Wait()
		r.say(strings.Repeat("x", 60<<10))
		time.Sleep(wsserver.WriteTimeout - time.Second)
		if r.State().Clients != 1 {
			t.Error("given up before its time")
		}
		time.Sleep(2 * time.Second)
		if r.State().Clients != 0 {
			t.Error("still counted after the time of one write")
		}
	})
}

// A slow client is sent every message from the log once and in order, and is live again at the end.
func TestSlowClient_CatchesUpFromTheLog(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		slow := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		slow.SendText(`{"action":"subscribe"}`)
		quick := r.person("ana", "general")
		quick.ExpectCounts(2, 2)
		text := strings.Repeat("x", 10<<10)
		const before, meanwhile, after = 200, 100, 10
		say := func(n int) {
			for i := range n {
				if i%3 == 0 {
					r.broadcast(operator.Broadcast{Message: text, Topic: "general"})
				} else {
					r.say(text)
				}
			}
		}
		say(before)
		go func() {
			for range meanwhile {
				r.say(text)
				time.Sleep(20 * time.Millisecond)
			}
			say(after)
		}()
		readEverySeq(t, slow.Conn(), before+meanwhile+after, func(seq uint64) {
			if seq%5 == 0 {
				time.Sleep(10 * time.Millisecond)
			}
		})
		synctest.Wait()
		wantEverySeq(t, quick.Drain(), 1, before+meanwhile+after)
	})
}

// readEverySeq reads frames until the last message, and checks that each seq up to it arrives once and in order.
func readEverySeq(t *testing.T, c *websocket.Conn, last uint64, each func(seq uint64)) {
	t.Helper()
	for next := uint64(1); next <= last; {
		_, b, err := c.ReadMessage()
		if err != nil {
			t.Fatalf("ended after seq %d: %v", next-1, err)
		}
		var f wstest.Frame
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		if f.Type != "message" {
			continue
		}
		if f.Seq != next {
			t.Fatalf("seq %d where %d comes next", f.Seq, next)
		}
		next++
		if each != nil {
			each(f.Seq)
		}
	}
}

// A client whose position in the log was pruned meanwhile is ended: it connects again and is answered that messages are
// gone.
func TestSlowClient_BehindThePrunedLogIsEnded(t *testing.T) {
	log := msglog.NewBoundedMemory(20, 64<<20)
	inRoom(t, func(t *testing.T, r *room) {
		slow := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		slow.SendText(`{"action":"subscribe"}`)
		synctest.Wait()
		for range 100 {
			r.say(strings.Repeat("x", 20<<10))
		}
		var err error
		for err == nil {
			_, _, err = slow.Conn().ReadMessage()
		}
		if !websocket.IsCloseError(err, 4002) {
			t.Errorf("ended with %v, want 4002", err)
		}
	}, withLog(log))
}

func TestRate_BeyondItIsRefusedAndNotKept(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		notify := func(i int) {
			c.Send(map[string]any{"action": "notify", "id": fmt.Sprint(i), "message": fmt.Sprint(i)})
		}
		for i := range 3 * wsserver.ClientBurst { // 3 a second in bursts of five seconds' worth
			c.Notify(fmt.Sprint(i), "", "x")
		}
		notify(100)
		f := c.Expect("error")
		if f.Code != "rate_limited" || f.ID != "100" || f.RetryMS < 1 || f.RetryMS > 334 {
			t.Fatalf("refused with %s", f.Text)
		}
		if seq := r.State().Seq; seq != 15 {
			t.Errorf("seq %d: the refused one was kept", seq)
		}
		time.Sleep(time.Duration(f.RetryMS) * time.Millisecond) // retry_ms is enough
		if seq := c.Notify("100", "", "100"); seq != 16 {
			t.Errorf("tried again: seq %d, want 16", seq)
		}
	}, func(c *wsserver.Config) { c.ClientRate = 3 })
}

func TestRate_IsEachConnectionsOwnAndMayBeAFraction(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana"), r.person("ben")
		ana.Notify("1", "", "x")
		ana.Notify("2", "", "x")
		ana.SendText(`{"action":"notify","message":"x"}`)
		if f := ana.Expect("error"); f.Code != "rate_limited" || f.RetryMS != 2000 {
			t.Errorf("refused with %s", f.Text)
		}
		ben.Notify("1", "", "x")
	}, func(c *wsserver.Config) { c.ClientRate = 0.5 })
}

func TestRate_ZeroLimitsNothing(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		start := time.Now()
		for i := range 500 {
			c.Send(map[string]any{"action": "notify", "message": fmt.Sprint(i)})
		}
		synctest.Wait()
		if seq := r.State().Seq; seq != 500 || time.Since(start) != 0 {
			t.Errorf("seq %d after %v, want 500 at once", seq, time.Since(start))
		}
	}, func(c *wsserver.Config) { c.ClientRate = 0 })
}

// Reading frames of any kind is throttled beyond the rate: the sender's own socket fills.
func TestFlood_IsThrottled(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		flooder, c := r.client(), r.person("ana")
		const seconds = 5
		start := time.Now()
		for range wsserver.FramesBurst + seconds*wsserver.FramesPerSecond {
			flooder.SendText(`{"action":"subscribe"}`)
		}
		if f := c.Notify("1", "", "still quick"); f != 1 {
			t.Errorf("seq %d", f)
		}
		flooder.Drain()
		flooder.SendText(`{"action":"dance"}`)
		for flooder.Expect("error").Code != "unknown_action" {
		}
		if took := time.Since(start); took < (seconds-1)*time.Second || took > (seconds+2)*time.Second {
			t.Errorf("took %v, want about %d s", took, seconds)
		}
	}, func(c *wsserver.Config) { c.ClientRate = 5 })
}

// Bytes of incomplete messages count too: empty continuations of a message that never ends.
func TestFlood_OfFragmentsIsThrottled(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		raw := wstest.DialMute(t, r.listen.Dial, "/ws/client").Conn().NetConn()
		write := func(s string, n int) {
			for range n {
				if _, err := raw.Write([]byte(s)); err != nil {
					t.Fatal(err)
				}
			}
		}
		const empty = "\x00\x80\x00\x00\x00\x00"
		write("\x01\x80\x00\x00\x00\x00", 1)
		start := time.Now()
		write(strings.Repeat(empty, 10_000), (wsserver.BytesBurst+2*wsserver.BytesPerSecond)/60_000)
		if took := time.Since(start); took < time.Second || took > 4*time.Second {
			t.Errorf("took %v, want about two seconds", took)
		}
	}, func(c *wsserver.Config) { c.ClientRate = 5 })
}

func TestFlood_OfPingsEndsAPeerThatReadsNoAnswers(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		data := []byte(strings.Repeat("p", 125))
		var err error
		for n := 0; err == nil && n < 20*wsserver.MaxQueued/len(data); n++ {
			err = c.Conn().WriteControl(websocket.PingMessage, data, time.Now().Add(time.Minute))
		}
		if err == nil {
			t.Error("the connection lives on")
		}
		time.Sleep(2 * time.Second) // its reader may be pausing
		if r.State().Clients != 0 {
			t.Error("still counted")
		}
	}, func(c *wsserver.Config) { c.ClientRate = 5 })
}

// An idle client needs little memory: ten thousand phones must fit.
func TestIdleClient_CostsLittle(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		memory := func() uint64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.HeapAlloc + m.StackInuse
		}
		before := memory()
		const n = 200
		for range n {
			wstest.DialMute(t, r.listen.Dial, "/ws/client")
		}
		waitIdle()
		// The client's side and the network in memory are in this figure too; only growth without bound would show.
		if each := (memory() - before) / n; each > 100<<10 {
			t.Errorf("%d kB each", each>>10)
		}
	}, func(c *wsserver.Config) { c.MaxPerAddress = 0 })
}

// A history of control characters, which grow as JSON, must not exceed what may be queued for a dashboard.
func TestDashboard_IsSentItsLargeAnswers(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		c := r.person("ana")
		for range 4 {
			c.Send(map[string]any{"action": "notify", "message": "a" + strings.Repeat("\x01", wsserver.MaxMessage-1)})
		}
		synctest.Wait()
		d.Drain()
		var page operator.HistoryPage
		if e := d.Ask("history", nil, &page); e != nil || len(page.Messages) != 4 {
			t.Errorf("history: %d messages, error %v", len(page.Messages), e)
		}
	})
}
