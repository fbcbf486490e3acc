package wsserver_test

import (
	"context"
	"testing"
	"time"

	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func TestMembership_Ends(t *testing.T) {
	for name, end := range map[string]func(*room, *wstest.Client){
		"ByUnsubscribe": func(_ *room, c *wstest.Client) { c.SendText(`{"action":"unsubscribe"}`) },
		"ByLeave":       func(_ *room, c *wstest.Client) { c.SendText(`{"action":"leave"}`) },
		"ByRemoval":     func(r *room, _ *wstest.Client) { _ = r.Disconnect(context.Background(), "ana", "") },
		"Hours after the last connection": func(_ *room, c *wstest.Client) {
			c.Close()
			time.Sleep(12*time.Hour + time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, func(t *testing.T, r *room) {
				c := r.person("ana", "general")
				first := r.broadcast(operator.Broadcast{Message: "1", Topic: "general"}).Seq
				end(r, c)
				waitIdle()
				wantReceipts(t, r, r.broadcast(operator.Broadcast{Message: "2", Topic: "general"}).Seq, 0, 0, 0, 0)
				wantReceipts(t, r, first, 1, 0, 0, 0) // it was for her then
			})
		})
	}
}

func TestMembership_StaysWithTheOtherDevice(t *testing.T) {
	for _, action := range []string{"unsubscribe", "leave"} {
		inRoom(t, func(t *testing.T, r *room) {
			phone := r.person("ana", "general")
			r.person("ana", "general")
			phone.Send(map[string]any{"action": action})
			waitIdle()
			wantReceipts(t, r, r.broadcast(operator.Broadcast{Message: "x", Topic: "general"}).Seq, 1, 0, 0, 0)
			wantReceipts(t, r, r.say("x").Seq, 1, 0, 0, 0)
		})
	}
}
