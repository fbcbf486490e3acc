package wsserver_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

var background = context.Background()

func TestMute_ReadsButDoesNotWrite(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c, d := r.person("ana", "general"), r.dashboard()
		rev := r.Clients(operator.ClientsQuery{}).Rev
		if e := d.Ask("mute", map[string]any{"user_id": "ana"}, nil); e != nil {
			t.Fatal(e.Text)
		}
		for _, topic := range []string{"", "general"} {
			c.Send(map[string]any{"action": "notify", "id": "1", "message": "hello", "topic": topic})
			if e := c.ExpectError("not_allowed"); e.ID != "1" || e.Message == "" {
				t.Errorf("refused with %s", e.Text)
			}
		}
		r.say("read this")
		c.Expect("message")
		changed := r.Clients(operator.ClientsQuery{Since: rev}).Clients
		if len(changed) != 1 || !changed[0].Muted {
			t.Errorf("the operator is shown %+v", changed)
		}
		again := r.client() // another device of hers, or the same one reconnected
		again.HelloAs("ana", tokenOf("ana"))
		again.Send(map[string]any{"action": "notify", "id": "2", "message": "hello"})
		again.ExpectError("not_allowed")
		if e := d.Ask("unmute", map[string]any{"user_id": "ana"}, nil); e != nil {
			t.Fatal(e.Text)
		}
		c.Notify("3", "", "thank you")
		wantCode(t, r.Unmute(background, "ana"), "not_allowed")
		wantCode(t, r.Mute(background, "nobody"), "unknown_user")
	})
}

// Who is muted is told, on each device and again after each welcome, and told when it ends.
func TestMute_IsTold(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop, ben := r.person("ana"), r.person("ana"), r.person("ben")
		if err := r.Mute(background, "ana"); err != nil {
			t.Fatal(err)
		}
		const muted, unmuted = `{"type":"muted","muted":true}`, `{"type":"muted","muted":false}`
		again := r.person("ana")
		if err := r.Unmute(background, "ana"); err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]*wstest.Client{"phone": phone, "laptop": laptop, "the next device": again} {
			if got := texts(c, "muted"); len(got) != 2 || got[0] != muted || got[1] != unmuted {
				t.Errorf("%s was sent %q", what, got)
			}
		}
		for what, c := range map[string]*wstest.Client{"ben": ben, "who comes later": r.person("ana")} {
			if got := texts(c, "muted"); len(got) > 0 {
				t.Errorf("%s was sent %q", what, got)
			}
		}
	})
}

func TestMute_OutlivesARestart(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		if err := r.Mute(background, "ana"); err != nil {
			t.Fatal(err)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		c.Send(map[string]any{"action": "notify", "id": "1", "message": "hello"})
		c.ExpectError("not_allowed")
	}, withLog(log))
}

func TestMute_AGuestWhileItIsThere(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		id := r.Clients(operator.ClientsQuery{}).Clients[0].UserID
		if err := r.Mute(background, id); err != nil {
			t.Fatal(err)
		}
		c.Send(map[string]any{"action": "notify", "id": "1", "message": "hello"})
		c.ExpectError("not_allowed")
		other := r.client()
		if err := r.Mute(background, r.Clients(operator.ClientsQuery{}).Clients[1].UserID); err != nil {
			t.Fatal(err)
		}
		other.HelloAs("ana", tokenOf("ana")) // a claim does not end the mute
		other.Send(map[string]any{"action": "notify", "id": "1", "message": "hello"})
		other.ExpectError("not_allowed")
		c.Close()
		other.Close()
		synctest.Wait()
		if list := r.Blocked().Muted; len(list) != 1 || list[0].UserID != "ana" {
			t.Errorf("kept are %+v", list)
		}
	})
}

// A mute is the connection's, whoever it becomes: no user_id that it says next, and no claim of another's, ends it.
func TestMute_IsNotShakenOff(t *testing.T) {
	claimedByAnother := func(r *room, _ *wstest.Client) {
		r.client().HelloAs("muted", tokenOf("muted"))
	}
	for name, become := range map[string]func(*room, *wstest.Client){
		"another user_id": func(_ *room, c *wstest.Client) { c.Send(subscribe("fresh-1")) },
		"and another": func(_ *room, c *wstest.Client) {
			c.Send(subscribe("fresh-1"))
			c.Send(subscribe("fresh-2"))
		},
		"a hello":            func(_ *room, c *wstest.Client) { c.Hello("fresh-3", "") },
		"a hello, then more": func(_ *room, c *wstest.Client) { c.Hello("fresh-3", ""); c.Hello("fresh-3", "Bo") },
		"a hello of no one":  func(_ *room, c *wstest.Client) { c.SendText(`{"action":"hello"}`) },
		"a claim":            func(_ *room, c *wstest.Client) { c.HelloAs("fresh-4", tokenOf("fresh-4")) },
		"a demotion":         claimedByAnother,
		"and a hello": func(r *room, c *wstest.Client) {
			claimedByAnother(r, c)
			waitIdle()
			c.Drain()
			c.HelloAs("fresh-5", tokenOf("fresh-5"))
		},
	} {
		for _, guest := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				inRoom(t, func(t *testing.T, r *room) {
					c := r.client()
					if !guest {
						c.Send(subscribe("muted"))
						waitIdle()
					}
					if err := r.Mute(background, r.Clients(operator.ClientsQuery{}).Clients[0].UserID); err != nil {
						t.Fatal(err)
					}
					become(r, c)
					waitIdle()
					c.Drain()
					c.Send(map[string]any{"action": "notify", "id": "1", "message": "hello", "topic": "general"})
					c.ExpectError("not_allowed")
					for _, i := range r.Clients(operator.ClientsQuery{}).Clients {
						if i.Conn == 1 {
							if !i.Muted {
								t.Errorf("%s is not shown as muted", i.UserID)
							}
							if err := r.Unmute(background, i.UserID); err != nil {
								t.Fatal(err)
							}
						}
					}
					c.Notify("2", "general", "thank you")
				})
			})
		}
	}
}

// Nobody has another muted by saying their user_id.
func TestMute_IsNotPutOnOthers(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c, victim := r.client(), r.client()
		victim.Send(subscribe("victim"))
		waitIdle()
		if err := r.Mute(background, r.Clients(operator.ClientsQuery{}).Clients[0].UserID); err != nil {
			t.Fatal(err)
		}
		c.Send(subscribe("victim"))
		waitIdle()
		victim.Notify("1", "general", "I may write")
	})
}

func TestBlock_APersonIsOutUntilItIsLifted(t *testing.T) {
	log := msglog.NewMemory()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, withLog(log))
		one, two, other := r.person("ana"), r.person("ana", "general"), r.person("bo")
		if err := r.Block(background, "ana", "", "Not  in this room.\n"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []*wstest.Client{one, two} {
			if e := c.ExpectError("not_allowed"); e.Message != "Not  in this room." {
				t.Errorf("told %s", e.Text)
			}
			wantClose(t, c, 4003, "")
		}
		if other.Closed() || r.Clients(operator.ClientsQuery{}).Away != nil && len(r.Clients(operator.ClientsQuery{}).Away) != 0 {
			t.Error("somebody else has ended, or she still belongs to the room")
		}
		back := func(r *room, frame map[string]any) {
			t.Helper()
			c := r.client()
			c.Send(frame)
			if e := c.ExpectError("not_allowed"); e.Action != frame["action"] {
				t.Errorf("told %s", e.Text)
			}
			wantClose(t, c, 4003, "")
		}
		back(r, map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		back(r, map[string]any{"action": "hello", "user_id": "ana"})
		back(r, map[string]any{"action": "subscribe", "user_id": "ana"})
		r.stop()
		r = newRoom(t, withLog(log))
		back(r, map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana")})
		list := r.Blocked().People
		if len(list) != 1 || list[0].UserID != "ana" || list[0].Name != "ana" || list[0].Reason != "Not  in this room." || list[0].Since == "" {
			t.Errorf("listed as %+v", list)
		}
		if err := r.Unblock(background, "ana", ""); err != nil {
			t.Fatal(err)
		}
		r.person("ana")
	})
}

func TestBlock_AnAddressIsRefusedBeforeTheUpgrade(t *testing.T) {
	log := msglog.NewMemory()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, withLog(log))
		here := func(ip string) *wstest.Client {
			c := wstest.Dial(t, from(r, ip), "/ws/client", nil)
			c.Expect("counts")
			return c
		}
		bad, good, near := here("10.0.0.7"), here("10.0.0.8"), here("10.0.1.9")
		block := func(address string) {
			t.Helper()
			if err := r.Block(background, "", address, ""); err != nil {
				t.Fatal(err)
			}
		}
		block("10.0.0.7")
		bad.ExpectError("not_allowed")
		wantClose(t, bad, 4003, "")
		block("10.0.1.0/24")
		near.ExpectError("not_allowed")
		wantClose(t, near, 4003, "")
		block("2001:db8::7")
		if good.Closed() {
			t.Error("somebody else has ended")
		}
		refusedAt := func(ip string) bool {
			t.Helper()
			_, answer, err := wstest.TryDial(t, from(r, ip), "/ws/client", nil)
			plain, text := do(t, from(r, ip), request(t, "GET", "/ws/client")) // as the page asks
			if err == nil {
				return false
			}
			code, _ := refused(t, text)
			return answer.StatusCode == http.StatusForbidden && plain.StatusCode == http.StatusForbidden && code == "not_allowed"
		}
		for range 2 {
			for ip, want := range map[string]bool{
				"10.0.0.7": true, "::ffff:10.0.0.7": true, "10.0.0.8": false, "10.0.1.1": true, "10.0.2.1": false, "2001:db8::7": true,
			} {
				if refusedAt(ip) != want {
					t.Errorf("%s: refused %v", ip, !want)
				}
			}
			if answer, _ := do(t, from(r, "10.0.0.7"), request(t, "POST", "/session", "Authorization", "Bearer "+key)); answer.StatusCode != 204 {
				t.Errorf("the operator from there: %d", answer.StatusCode)
			}
			r.stop()
			r = newRoom(t, withLog(log))
		}
		for _, address := range []string{"10.0.0.7", "10.0.1.0/24"} {
			if err := r.Unblock(background, "", address); err != nil {
				t.Fatal(err)
			}
		}
		here("10.0.0.7")
		here("10.0.1.9")
		if list := r.Blocked().Addresses; len(list) != 1 || list[0].Address != "2001:db8::7" {
			t.Errorf("left: %+v", list)
		}
	})
}

func TestBlock_SaysWhatItCannot(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.client()
		id := r.Clients(operator.ClientsQuery{}).Clients[0].UserID
		wantCode(t, r.Block(background, id, "", ""), "not_allowed")
		wantCode(t, r.Block(background, "nobody", "", ""), "unknown_user")
		wantCode(t, r.Block(background, "", "nonsense", ""), "bad_frame")
		wantCode(t, r.Block(background, "", "10.0.0.7/99", ""), "bad_frame")
		wantCode(t, r.Block(background, "", "10.0.0.7", strings.Repeat("x", 501)), "too_large")
		wantCode(t, r.Unblock(background, "ana", ""), "not_allowed")
		wantCode(t, r.Unblock(background, "", "10.0.0.7"), "not_allowed")
	})
}

// Two dashboards that block the same person at once are both answered, and unblocking once is enough.
func TestBlock_TwiceIsOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		for range 2 {
			if err := r.Block(background, "ana", "", ""); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if err := r.Unblock(background, "ana", ""); err != nil || len(r.Blocked().People) != 0 {
			t.Errorf("%v, left %+v", err, r.Blocked().People)
		}
	})
}
