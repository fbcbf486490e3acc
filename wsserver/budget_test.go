package wsserver_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/wstest"
)

// The queues of all connections together are bounded: beyond that the connections with the oldest backlog are closed.
func TestBudget_ClosesTheOldestBacklogFirst(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		const bound = 16 << 20
		if _, err := r.SetSettings(context.Background(), settings.Change{QueueBytes: new(int64(bound))}); err != nil {
			t.Fatal(err)
		}
		quick := r.person("ana")
		mute := func(name string, n int) {
			for i := range n {
				c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
				c.SendText(fmt.Sprintf(`{"action":"hello","user_id":"%s-%d"}`, name, i))
			}
			synctest.Wait()
		}
		text := strings.Repeat("x", 60<<10)
		mute("first", 10)
		r.say(text)
		time.Sleep(time.Second)
		mute("later", 80)
		most := int64(0)
		for range 4 {
			r.say(text)
			synctest.Wait()
			most = max(most, r.Queued())
		}
		left := map[string]int{}
		for _, c := range r.Clients(operator.ClientsQuery{}).Clients {
			name, _, _ := strings.Cut(c.UserID, "-")
			left[name]++
		}
		if left["ana"] != 1 || left["first"] != 0 || left["later"] < 40 || left["later"] == 80 {
			t.Errorf("those left: %v", left)
		}
		if most > bound+bound/4 {
			t.Errorf("%d bytes were queued, the bound is %d", most, bound)
		}
		wantMessages(t, quick, text, text, text, text, text)
		time.Sleep(time.Minute)
		if n := r.Queued(); n != 0 {
			t.Errorf("%d bytes are counted with all queues empty", n)
		}
	})
}

// Incomplete messages count too: the connections with the oldest incomplete message are closed first.
func TestBudget_CountsIncompleteMessages(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		const bound = 16 << 20
		if _, err := r.SetSettings(context.Background(), settings.Change{QueueBytes: new(int64(bound))}); err != nil {
			t.Fatal(err)
		}
		ana := r.person("ana")
		const head, size = "\x81\xff\x00\x00\x00\x00\x00\x07\xff\xff\x00\x00\x00\x00", 500 << 10
		var holders []*wstest.Client
		for range 60 {
			c := wstest.Dial(t, r.listen.Dial, "/ws/client", nil)
			holders = append(holders, c)
			go func() { _, _ = c.Conn().NetConn().Write([]byte(head + strings.Repeat("x", size))) }() // without its end
			synctest.Wait()
			time.Sleep(10 * time.Millisecond)
			if n := r.Queued(); n > bound+bound/4 {
				t.Fatalf("%d bytes are held, the bound is %d", n, bound)
			}
		}
		ana.Notify("1", "general", strings.Repeat("x", 60<<10))
		synctest.Wait()
		time.Sleep(5 * time.Second) // ended connections linger
		ended := 0
		for _, c := range holders {
			if c.Closed() {
				wantClose(t, c, 4002, "too slow")
				ended++
			}
		}
		if ended < 20 || !holders[0].Closed() || holders[59].Closed() {
			t.Errorf("%d of 60 were ended, the first %v, the last %v", ended, holders[0].Closed(), holders[59].Closed())
		}
		time.Sleep(time.Minute)
		if n := r.Queued(); n != 0 {
			t.Errorf("%d bytes are counted when nobody writes", n)
		}
	})
}
