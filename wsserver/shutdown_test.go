package wsserver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

func TestClose_TellsEverybodyWhenToComeBack(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c, d := r.person("ana", "general"), r.dashboard()
		start := time.Now()
		r.stop()
		for _, w := range []*wstest.Client{c, d} {
			wantClose(t, w, websocket.CloseGoingAway, fmt.Sprintf("retry_ms=%d", wsserver.ComeBack.Milliseconds()))
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %v with clients that answer", took)
		}
	})
}

// Clients that do not read or answer delay nothing: Close returns within five seconds.
func TestClose_WaitsForNobodyBeyondFiveSeconds(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		for range 5 {
			wstest.DialMute(t, r.listen.Dial, "/ws/client")
		}
		half, err := r.listen.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = half.Close() }()
		if _, err := half.Write([]byte("GET /ws/client HTTP/1.1\r\nHost: 127.0.0.1\r\n")); err != nil {
			t.Fatal(err)
		}
		for range 12 {
			r.say(strings.Repeat("x", 60<<10)) // fills the backlog of the mute clients
			synctest.Wait()
		}
		start := time.Now()
		r.stop()
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("took %v", took)
		}
		wantClose(t, c, websocket.CloseGoingAway, "retry_ms=")
	})
}

// A client that goes on sending after the close frame must not delay Close either.
func TestClose_ClosesAClientThatGoesOnTalking(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		var talking sync.WaitGroup
		defer talking.Wait()
		talking.Go(func() {
			for c.Conn().WriteMessage(websocket.TextMessage, []byte(`{"action":"subscribe"}`)) == nil {
				time.Sleep(100 * time.Millisecond)
			}
		})
		synctest.Wait()
		start := time.Now()
		r.stop()
		if took := time.Since(start); took > wsserver.LingerTimeout+time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// A dashboard asks while the last group is still being committed: nobody waits for anybody.
func TestClose_WhileDashboardsAsk(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c, d := r.client(), r.dashboard()
		c.SendText(`{"action":"notify","message":"committed for 50 ms"}`)
		synctest.Wait()
		start := time.Now()
		go func() {
			time.Sleep(10 * time.Millisecond)
			d.SendText(`{"action":"state","id":"1"}`)
			d.SendText(`{"action":"broadcast","message":"late","id":"2"}`)
		}()
		r.stop()
		if took := time.Since(start); took > time.Second {
			t.Errorf("took %v", took)
		}
		wantClose(t, d, websocket.CloseGoingAway, "retry_ms=")
		if s := r.State(); s.Started != "" {
			t.Errorf("a stopped server says it runs: %+v", s)
		}
	}, func(c *wsserver.Config) {
		c.OpenLog = func(string) (msglog.Log, error) { return &slowLog{Log: msglog.NewMemory()}, nil }
	})
}

func TestClose_CommitsWhatWasAccepted(t *testing.T) {
	log := &slowLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		for i := range 20 {
			c.Send(map[string]any{"action": "notify", "id": fmt.Sprint(i), "message": "x", "topic": "general"})
		}
		synctest.Wait() // all are posted, the first group is still being committed
		r.stop()
		wantClose(t, c, websocket.CloseGoingAway, "retry_ms=")
		accepted, messages := 0, 0
		for _, f := range c.Drain() {
			switch f.Type {
			case "accepted":
				accepted++
			case "message":
				messages++
			}
		}
		if accepted != 20 || messages != 20 || log.Last() != 20 {
			t.Errorf("%d accepted, %d shown, %d in the log; want 20 each", accepted, messages, log.Last())
		}
	}, func(c *wsserver.Config) {
		c.ClientRate = 0
		c.OpenLog = func(string) (msglog.Log, error) { return log, nil }
	})
}

func TestClose_RefusesNewWork(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("before")
		r.stop()
		_, err := r.Broadcast(context.Background(), operator.Broadcast{Message: "after"})
		wantCode(t, err, "closing")
		_, err = r.History(context.Background(), operator.HistoryQuery{})
		wantCode(t, err, "closing")
		if _, err := r.listen.Dial(t.Context()); err == nil {
			t.Error("a stopped server still accepts connections")
		}
		var p *wire.Problem
		if err := r.Start(t.Context()); !errors.As(err, &p) || p.Code != "start_failed" {
			t.Errorf("a second start: %v", err)
		}
	})
}

func TestClose_TwiceAtOnceWaitsForTheSameEnd(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		wstest.DialMute(t, r.listen.Dial, "/ws/client")
		synctest.Wait()
		start := time.Now()
		first := make(chan time.Duration)
		go func() {
			r.stop()
			first <- time.Since(start)
		}()
		synctest.Wait()
		r.stop()
		if second, took := time.Since(start), <-first; second < took {
			t.Errorf("the second Close returned after %v, the first after %v", second, took)
		}
	})
}

func TestClose_BeforeStart(t *testing.T) {
	s := wsserver.New(wsserver.Config{})
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if err := s.Start(context.Background()); err == nil {
		t.Error("a closed server starts")
	}
}

// slowLog is slow to append, as a disk may be.
type slowLog struct{ msglog.Log }

func (l *slowLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	entries, _ := wstest.Parts(changes)
	if len(entries) > 0 {
		time.Sleep(50 * time.Millisecond)
	}
	return l.Log.Append(ctx, changes)
}
