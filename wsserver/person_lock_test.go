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

// This file tests two changes of one person that overlap: the commit of one is delayed while the other begins.

// kindLog delays each commit with a record of one kind until it is released.
type kindLog struct {
	msglog.Log
	mu      sync.Mutex
	blocked map[string]chan struct{} // by kind
}

func newKindLog() *kindLog {
	return &kindLog{Log: msglog.NewMemory(), blocked: map[string]chan struct{}{}}
}

// block delays the commits with a record of this kind from now on, with all else that is in the same group, until release is
// called or the test is over: a server could not close before, and a test that fails would wait for ever.
func (l *kindLog) block(t *testing.T, kind string) (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	released := make(chan struct{})
	l.blocked[kind] = released
	release = sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.blocked, kind)
		close(released)
	})
	t.Cleanup(release)
	return release
}

func (l *kindLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	_, records := wstest.Parts(changes)
	for _, r := range records {
		l.mu.Lock()
		released := l.blocked[r.Kind]
		l.mu.Unlock()
		if released != nil {
			<-released
		}
	}
	return l.Log.Append(ctx, changes)
}

// known makes a user_id known and unclaimed.
func (r *room) known(userID string) {
	r.t.Helper()
	c := r.client()
	c.Hello(userID, "")
	c.Cut()
	waitIdle()
}

// begin runs a verb in its own goroutine. over reports whether it has returned; wait waits for that.
func begin(verb func() error) (over func() bool, wait func() error) {
	done := make(chan error, 1)
	go func() { done <- verb() }()
	synctest.Wait()
	return func() bool { return len(done) > 0 }, func() error { return <-done }
}

// A free during a claim frees the claim too: the token is refused, and the connection ends.
func TestPerson_IsFreedAfterAClaimThatHasBegun(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		r.known("ana")
		c := r.client()
		release := log.block(t, "person")
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

// A block during a hello ends the connection.
func TestPerson_IsBlockedAfterAHelloThatHasBegun(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		r.known("ana")
		r.access("code")
		c := r.pending()
		claim, grant := log.block(t, "person"), log.block(t, "let_in")
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

// Of two claims of one user_id with different tokens, one succeeds.
func TestPerson_IsClaimedByOneOfTwo(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		one, two := r.client(), r.client()
		release := log.block(t, "person")
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

// A subscribe under a user_id that is being claimed is not that person for a moment.
func TestPerson_IsNotASubscriberWhileClaimed(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		r.known("ana")
		ana, bare := r.client(), r.client()
		release := log.block(t, "person")
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

// A mute of a guest whose hello is under way applies to the person it becomes, or is refused.
func TestPerson_AMutedGuestStaysMuted(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		guest := r.Clients(operator.ClientsQuery{}).Clients[0].UserID
		release := log.block(t, "person")
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

// A client with a backlog that says hello again catches up first, and the operator's verbs do not wait for its socket.
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

// A client out of the fan-out is sent the messages it missed before its hello is answered, and is in the fan-out after.
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

// Whatever a few people and the operator do at the same time, no connection is left and every person can connect again.
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
		for _, who := range people { // each is admitted or refused once more
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

// frameOf returns a random frame that changes a client's identity or membership.
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
