package wsserver_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// most is the longest time that a vanished phone may be counted.
const most = 30 * time.Second

func TestLiveness_ASilentClientIsGoneWithin30Seconds(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		wstest.DialMute(t, r.listen.Dial, "/ws/client") // its socket stays open, and nothing answers
		c.ExpectCounts(1, 2)
		time.Sleep(most)
		c.ExpectCounts(1, 1)
	})
}

func TestLiveness_AClientThatOnlyAnswersPingsStays(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana", "general")
		time.Sleep(time.Hour)
		if c.Closed() || r.State().Clients != 1 {
			t.Fatal("gone after an hour of answering pings")
		}
		if n, want := c.Pings(), int(time.Hour/wsserver.PingPeriod); n < want-1 || n > want+1 {
			t.Errorf("%d pings in an hour, want %d", n, want)
		}
		info := r.Clients(operator.ClientsQuery{}).Clients[0]
		if info.RTTMS < 0 || info.LastHeard <= info.Since {
			t.Errorf("listed as %+v", info)
		}
	})
}

func TestLiveness_AClientThatTalksWithoutAnsweringPingsStays(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		for range 20 {
			time.Sleep(wsserver.IdleTimeout - time.Second)
			c.SendText(`{"action":"unsubscribe"}`)
		}
		if r.State().Clients != 1 {
			t.Error("gone although it talks")
		}
		if info := r.Clients(operator.ClientsQuery{}).Clients[0]; info.RTTMS != -1 {
			t.Errorf("round trip %v without one", info.RTTMS)
		}
	})
}

// A frame that never ends is no sign of life.
func TestLiveness_AFrameThatNeverEndsIsNoSignOfLife(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		raw := c.Conn().NetConn()
		header := []byte{0x81, 0xfe, 0x40, 0x00, 0, 0, 0, 0} // text of 16 KiB, masked with zeros
		if _, err := raw.Write(header); err != nil {
			t.Fatal(err)
		}
		for range int(most / time.Second) {
			time.Sleep(time.Second)
			_, _ = raw.Write([]byte(" ")) // fails once it is over
		}
		if r.State().Clients != 0 {
			t.Error("still counted after 30 s of one frame")
		}
	})
}

func TestLiveness_AClosedTabLeavesAtOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		for name, end := range map[string]func(*wstest.Client){"close": (*wstest.Client).Close, "cut": (*wstest.Client).Cut} {
			tab := r.person("ben", "general")
			c.ExpectCounts(1, 2)
			time.Sleep(time.Second)
			end(tab)
			synctest.Wait()
			if s := r.State(); s.Clients != 1 || s.Subscribers != 0 {
				t.Errorf("%s: %d clients, %d subscribers", name, s.Clients, s.Subscribers)
			}
			c.ExpectCounts(0, 1)
		}
	})
}

func TestClose_IsAnsweredInKind(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client()
		if err := c.Conn().WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4999, "bye"), time.Time{}); err != nil {
			t.Fatal(err)
		}
		wantClose(t, c, 4999, "")
	})
}

// A removed client that does not close is closed: it is not counted, and keeps no socket.
func TestDisconnect_ClosesAClientThatTakesNoNotice(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := wstest.DialMute(t, r.listen.Dial, "/ws/client")
		c.SendText(`{"action":"hello","user_id":"ana"}`)
		synctest.Wait()
		if err := r.Disconnect(context.Background(), "ana", "out"); err != nil {
			t.Fatal(err)
		}
		for range 10 { // talks on for twice its time
			time.Sleep(2 * wsserver.LingerTimeout / 10)
			if err := c.Conn().WriteMessage(websocket.TextMessage, []byte(`{"action":"notify","message":"no"}`)); err != nil {
				break
			}
		}
		synctest.Wait()
		if err := c.Conn().WriteMessage(websocket.TextMessage, []byte(`{}`)); err == nil {
			t.Error("the connection is still open")
		}
		if s := r.State(); s.Seq != 0 {
			t.Errorf("what it said afterwards was kept: seq %d", s.Seq)
		}
	})
}
