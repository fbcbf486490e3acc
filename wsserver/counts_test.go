package wsserver_test

import (
	"context"
	"net"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func TestCounts_ALoneChangeIsToldWithin100Milliseconds(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		waitIdle()
		c.Drain()
		for range 3 {
			start := time.Now()
			other := r.client()
			c.ExpectCounts(0, 2)
			other.Cut()
			c.ExpectCounts(0, 1)
			if took := time.Since(start); took > 200*time.Millisecond {
				t.Errorf("two changes were told after %v", took)
			}
			time.Sleep(time.Second)
		}
	})
}

// A thousand people joining at once must not cost each of them a thousand frames.
func TestCounts_ABurstOfJoinsCostsAHandfulOfFrames(t *testing.T) {
	const joins = 1000
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		waitIdle()
		c.Drain()
		for range joins {
			m := wstest.DialMute(t, r.listen.Dial, "/ws/client")
			m.SendText(`{"action":"subscribe"}`)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		frames := c.Drain()
		last := frames[len(frames)-1]
		if len(frames) > 10 || last.Subscribers != joins || last.Count() != joins+1 {
			t.Errorf("%d frames for %d joins, the last %s", len(frames), joins, last.Text)
		}
	}, func(c *wsserver.Config) { c.MaxPerAddress = 0 })
}

// Between two equal broadcasts of counts a subscribe may have been answered by other counts.
func TestCounts_ThatChangeBackAreToldAgain(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		a, b := r.client(), r.client()
		a.Subscribe()
		waitIdle()
		b.Drain()
		third := r.client() // a round begins, and its pause
		synctest.Wait()
		b.Drain()
		b.SendText(`{"action":"subscribe"}`)
		b.ExpectCounts(2, 3)
		a.SendText(`{"action":"unsubscribe"}`)
		b.ExpectCounts(1, 3)
		third.ExpectCounts(1, 3)
	})
}

func TestEvents_AreToldAtMostTenTimesASecond(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		events := r.Events(ctx)
		if e := <-events; e.Type != "event" || e.Seq != 0 || e.StateRev == 0 {
			t.Errorf("first event %+v, want one at once", e)
		}
		c := r.person("ana")
		stop := time.After(2 * time.Second)
		busy := time.NewTicker(5 * time.Millisecond)
		defer busy.Stop()
		n := 0
		var last operator.Event
		for over := false; !over; {
			select {
			case <-busy.C:
				r.say("x")
				c.Drain()
			case last = <-events:
				n++
			case <-stop:
				over = true
			}
		}
		if n < 10 || n > 21 || last.Clients != 1 {
			t.Errorf("%d events in two seconds, the last %+v", n, last)
		}
	})
}

func TestEvents_NameWhatToPull(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		events := r.Events(t.Context())
		before := <-events
		after := func(do func()) operator.Event {
			do()
			synctest.Wait()
			e := <-events
			for {
				time.Sleep(time.Second)
				select {
				case e = <-events:
				default:
					return e
				}
			}
		}
		e := after(func() { r.say("x") })
		if e.Seq != 1 || e.ClientsRev != before.ClientsRev || e.StateRev != before.StateRev {
			t.Errorf("after a message %+v, before %+v", e, before)
		}
		before, e = e, after(func() { r.person("ana", "general") })
		if e.ClientsRev <= before.ClientsRev || e.Clients != 1 || e.Subscribers != 1 {
			t.Errorf("after a join %+v, before %+v", e, before)
		}
		before, e = e, after(func() { r.topic("kitchen", "open") })
		if e.StateRev <= before.StateRev {
			t.Errorf("after a new topic %+v, before %+v", e, before)
		}
	})
}

func TestClients_ListsChangesSinceARevision(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, ben := r.person("ana", "general"), r.person("ben")
		all := r.Clients(operator.ClientsQuery{})
		if !all.Full || len(all.Clients) != 2 || all.Gone == nil {
			t.Fatalf("the whole list: %+v", all)
		}
		if same := r.Clients(operator.ClientsQuery{Since: all.Rev}); same.Full || len(same.Clients)+len(same.Gone) != 0 || same.Rev != all.Rev {
			t.Errorf("nothing changed: %+v", same)
		}
		gone := r.Clients(operator.ClientsQuery{Conns: []uint64{all.Clients[1].Conn}}).Clients
		if len(gone) != 1 || gone[0].UserID != "ben" {
			t.Errorf("one asked for: %+v", gone)
		}
		ben.Close()
		ana.Hello("ana", "Ana")
		r.person("eve")
		delta := r.Clients(operator.ClientsQuery{Since: all.Rev})
		var who []string
		for _, c := range delta.Clients {
			who = append(who, c.UserID+"/"+c.Name)
		}
		slices.Sort(who)
		if delta.Full || !slices.Equal(who, []string{"ana/Ana", "eve/eve"}) || !slices.Equal(delta.Gone, []uint64{gone[0].Conn}) {
			t.Errorf("changed %v, gone %v, full %v", who, delta.Gone, delta.Full)
		}
		if ahead := r.Clients(operator.ClientsQuery{Since: delta.Rev + 1}); !ahead.Full || len(ahead.Clients) != 2 {
			t.Errorf("a revision of another run: %+v", ahead)
		}
	})
}

func TestClients_DescribeEachConnection(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		dial := func(ctx context.Context) (net.Conn, error) { return r.listen.DialFrom(ctx, "192.168.1.7") }
		c := wstest.Dial(t, dial, "/ws/client", map[string][]string{"User-Agent": {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36"}})
		time.Sleep(5 * time.Second)
		c.Hello("ana", "Ana", "kitchen", "general")
		c.Notify("1", "", "x")
		c.Notify("1", "", "x") // a repeated id counts once
		got := r.Clients(operator.ClientsQuery{}).Clients[0]
		want := operator.ClientInfo{
			Conn: 1, UserID: "ana", Name: "Ana", Address: "192.168.1.7", Browser: "Android, Chrome",
			Since: "2000-01-01T00:00:00.000Z", Topics: got.Topics, Messages: 1, LastHeard: "2000-01-01T00:00:05.000Z", RTTMS: got.RTTMS,
		}
		if !slices.Equal(got.Topics, []string{"general", "kitchen"}) {
			t.Errorf("topics %v", got.Topics)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("listed as %+v, want %+v", got, want)
		}
	})
}

func TestStats_KeepTenMinutes(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		if s := r.Stats(); s.Step != 5 || len(s.Clients) != 1 || len(s.Messages) != 1 || len(s.Subscribers) != 1 {
			t.Errorf("at first %+v", s)
		}
		r.person("ana", "general")
		r.say("x")
		r.say("y")
		time.Sleep(wsserver.StatsStep)
		synctest.Wait()
		s := r.Stats()
		if !slices.Equal(s.Clients, []int{1, 1}) || !slices.Equal(s.Subscribers, []int{1, 1}) || !slices.Equal(s.Messages, []int{2, 0}) {
			t.Errorf("after one step %+v", s)
		}
		time.Sleep(2 * wsserver.StatsSamples * wsserver.StatsStep)
		if s = r.Stats(); len(s.Clients) != wsserver.StatsSamples || slices.Max(s.Messages) != 0 {
			t.Errorf("after twenty minutes: %d samples, messages %v", len(s.Clients), s.Messages)
		}
	})
}
