package wsserver_test

import (
	"testing"
	"time"

	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// While it is not known whether a group is in the order, what waits behind it is refused, which is true, and in the end those who
// wrote it are sent away without an answer. They send it again, to whichever machine, and it is there once.
func TestSeveral_AnOutcomeIsNotKnown(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		ana, ben, other := s[1].person("ana", "general"), s[1].person("ben", "general"), s[0].person("eve", "general")
		time.Sleep(2 * time.Second) // who has come is written
		for _, c := range []*wstest.Client{ana, ben, other} {
			c.Drain()
		}
		s[1].view.SetDelay(30 * time.Second)
		ana.Send(map[string]any{"action": "notify", "topic": "general", "message": "is it there?", "id": "a"})
		time.Sleep(time.Second)
		ben.Send(map[string]any{"action": "notify", "topic": "general", "message": "behind it", "id": "b"})
		time.Sleep(2 * time.Second)
		ben.ExpectError("not_kept")
		wantHeard(t, other, "1 is it there?")
		time.Sleep(8 * time.Second)
		wantClose(t, ana, wire.CloseGoingAway, "retry_ms=")
		again := s[0].person("ana", "general")
		again.Drain()
		again.Send(map[string]any{"action": "notify", "topic": "general", "message": "is it there?", "id": "a"})
		if f := again.Expect("accepted"); f.Seq != 1 {
			t.Errorf("sent again it has seq %d", f.Seq)
		}
	})
}
