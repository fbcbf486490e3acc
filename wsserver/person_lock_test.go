package wsserver_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// This file is what happens to one person at one moment: the commit of the one is held while the other comes.

// kindLog holds each commit with a record of one kind until it is told to go on.
type kindLog struct {
	msglog.Log
	mu   sync.Mutex
	held map[string]chan struct{} // by kind
}

func newKindLog() *kindLog {
	return &kindLog{Log: msglog.NewMemory(), held: map[string]chan struct{}{}}
}

// hold holds the commits of a kind from now on, until release is called.
func (l *kindLog) hold(kind string) (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := make(chan struct{})
	l.held[kind] = told
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, kind)
		close(told)
	}
}

func (l *kindLog) Append(ctx context.Context, entries []*msglog.Entry, records []msglog.Record) ([]msglog.Appended, error) {
	for _, r := range records {
		l.mu.Lock()
		told := l.held[r.Kind]
		l.mu.Unlock()
		if told != nil {
			<-told
		}
	}
	return l.Log.Append(ctx, entries, records)
}

// known makes a user_id one that the room knows and that nobody has claimed.
func (r *room) known(userID string) {
	r.t.Helper()
	c := r.client()
	c.Hello(userID, "")
	c.Cut()
	waitIdle()
}

// begin runs a verb, and reports in time whether it is over: it has until the next call of wait.
func begin(verb func() error) (over func() bool, wait func() error) {
	done := make(chan error, 1)
	go func() { done <- verb() }()
	synctest.Wait()
	return func() bool { return len(done) > 0 }, func() error { return <-done }
}

// Who is freed while claiming is freed of what they claim: the token counts no more, and the connection ends.
func TestPerson_IsFreedAfterAClaimThatHasBegun(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		r.known("ana")
		c := r.client()
		release := log.hold("person")
		c.Send(hello("ana", ""))
		synctest.Wait()
		over, wait := begin(func() error { return r.Free(t.Context(), "ana") })
		if over() {
			t.Error("freed while a claim is under way")
		}
		release()
		if err := wait(); err != nil {
			t.Fatal(err)
		}
		c.Expect("welcome")
		c.Expect("topics")
		c.ExpectError("removed")
		wantRefused(t, r.client(), hello("ana", ""), "identity_taken") // the token is refused for good
	}, withLog(log))
}

// Who is blocked while coming in does not stay.
func TestPerson_IsBlockedAfterAHelloThatHasBegun(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		r.known("ana")
		r.access("code")
		c := r.pending()
		claim, grant := log.hold("person"), log.hold("let_in")
		c.Send(hello("ana", r.accessState().Code))
		synctest.Wait()
		over, wait := begin(func() error { return r.Block(t.Context(), "ana", "", "Out.") })
		claim()
		synctest.Wait() // the hello is between its two commits
		if over() {
			t.Error("blocked while a hello is under way")
		}
		grant()
		if err := wait(); err != nil {
			t.Fatal(err)
		}
		c.Expect("welcome")
		c.Expect("topics")
		if f := c.ExpectError("not_allowed"); f.Message != "Out." {
			t.Errorf("told %s", f.Text)
		}
		c.ExpectClosed()
		if got := r.Clients(operator.ClientsQuery{}).Clients; len(got) != 0 {
			t.Errorf("%+v are connected", got)
		}
	}, withLog(log))
}

// Of two that claim one user_id with tokens of their own, one has it.
func TestPerson_IsClaimedByOneOfTwo(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		one, two := r.client(), r.client()
		release := log.hold("person")
		for i, c := range []*wstest.Client{one, two} {
			c.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf(fmt.Sprint("ana", i))})
			synctest.Wait()
		}
		release()
		one.Expect("welcome")
		two.ExpectError("identity_taken")
		r.client().HelloAs("ana", tokenOf("ana0"))
	}, withLog(log))
}

// Who subscribes under a user_id that somebody is claiming is not that person for a moment.
func TestPerson_IsNotASubscriberWhileClaimed(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		r.known("ana")
		ana, bare := r.client(), r.client()
		release := log.hold("person")
		ana.Send(hello("ana", ""))
		synctest.Wait()
		bare.SendText(`{"action":"subscribe","user_id":"ana"}`)
		synctest.Wait()
		for _, c := range r.Clients(operator.ClientsQuery{}).Clients {
			if c.UserID == "ana" {
				t.Error("a subscribe overtook a claim")
			}
		}
		release()
		ana.Expect("welcome")
		if f := bare.ExpectError("identity_taken"); f.Action != "subscribe" {
			t.Errorf("told %s", f.Text)
		}
		bare.Expect("counts") // as a guest
	}, withLog(log))
}

// A mute that the operator gives a guest who is coming in as somebody is that person's, or is refused: nobody writes on.
func TestPerson_AMutedGuestStaysMuted(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		guest := r.Clients(operator.ClientsQuery{}).Clients[0].UserID
		release := log.hold("person")
		c.Send(hello("ana", ""))
		synctest.Wait()
		_, wait := begin(func() error { return r.Mute(t.Context(), guest) })
		release()
		c.Expect("welcome")
		err := wait()
		if err != nil && wire.AsError(err).Code != "unknown_user" {
			t.Fatal(err)
		}
		if muted := r.Clients(operator.ClientsQuery{}).Clients[0].Muted; muted != (err == nil) {
			t.Errorf("muted: %v, the verb: %v", muted, err)
		}
		if n := len(r.Blocked().Muted); err != nil && n > 0 {
			t.Errorf("%d are muted whom nobody knows", n)
		}
	}, withLog(log))
}

// One that is behind says hello anew: it catches up first, and the operator's verbs do not wait for its socket.
func TestPerson_IsNotLockedWhileASocketIsFull(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		slow := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		slow.Send(hello("ana", ""))
		synctest.Wait()
		for range 30 {
			r.say(strings.Repeat("x", 60<<10))
		}
		slow.Send(map[string]any{"action": "hello", "user_id": "ana", "name": "Ana Maria"})
		synctest.Wait()
		start := time.Now()
		if err := r.Mute(t.Context(), "ana"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 0 {
			t.Errorf("muting waited %v for a socket", took)
		}
	})
}

// One that is out of the fan-out is sent what it missed before its hello is answered, and is in it from then on.
func TestPerson_SaysHelloWhileBehind(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		r.PauseClients()
		r.say("missed")
		c.Send(map[string]any{"action": "hello", "user_id": "ana", "name": "Ana Maria"})
		if f := c.Expect("message"); f.Message != "missed" {
			t.Errorf("sent %s", f.Text)
		}
		c.Expect("welcome")
		c.Expect("topics")
		r.say("live")
		wantMessages(t, c, "live")
		if got := r.Clients(operator.ClientsQuery{}).Clients[0]; got.Name != "Ana Maria" {
			t.Errorf("it is called %q", got.Name)
		}
	})
}

// Whatever a few people and the operator do at the same time, in the end each connection is who it may be.
func TestPerson_AgreesUnderStress(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		people := []string{"ana", "ben"}
		var group sync.WaitGroup
		for i := range 6 {
			group.Go(func() {
				random := rand.New(rand.NewPCG(7, uint64(i)))
				for range 20 {
					c := wstest.Dial(t, r.listen.Dial, "/ws/client", nil)
					for range 1 + random.IntN(3) {
						_ = c.Conn().WriteJSON(frameOf(random, people[random.IntN(2)])) // it may have been ended
					}
					time.Sleep(time.Duration(random.IntN(3)) * time.Millisecond)
					c.Cut()
				}
			})
		}
		group.Go(func() {
			random := rand.New(rand.NewPCG(7, 100))
			for range 60 {
				who := people[random.IntN(2)]
				verbs := []func(){
					func() { _ = r.Free(t.Context(), who) }, func() { _ = r.Block(t.Context(), who, "", "") },
					func() { _ = r.Unblock(t.Context(), who, "") }, func() { _ = r.Mute(t.Context(), who) },
					func() { _ = r.Disconnect(t.Context(), who, "") },
				}
				verbs[random.IntN(len(verbs))]()
				time.Sleep(time.Millisecond)
			}
		})
		group.Wait()
		waitIdle()
		if got := r.Clients(operator.ClientsQuery{}).Clients; len(got) != 0 {
			t.Errorf("%+v are connected", got)
		}
		for _, who := range people { // and each can be had, or is refused, once more
			_ = r.Unblock(t.Context(), who, "")
			c := r.client()
			c.Send(hello(who, ""))
			synctest.Wait()
			if !slices.ContainsFunc(c.Drain(), func(f wstest.Frame) bool { return f.Type == "welcome" || f.Code == "identity_taken" }) {
				t.Errorf("%s has no answer", who)
			}
		}
	})
}

// frameOf is a frame by which a client becomes, or stops being, somebody.
func frameOf(random *rand.Rand, userID string) map[string]any {
	switch random.IntN(5) {
	case 0:
		return map[string]any{"action": "subscribe", "user_id": userID}
	case 1:
		return map[string]any{"action": "hello", "user_id": userID}
	case 2:
		return map[string]any{"action": "hello", "user_id": userID, "token": tokenOf(fmt.Sprint(userID, random.IntN(2)))}
	case 3:
		return map[string]any{"action": "unsubscribe"}
	}
	return map[string]any{"action": "leave"}
}
