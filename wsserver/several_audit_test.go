package wsserver_test

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// wantSameAudit checks that all servers have one audit list, in one order, also one that has just started, and returns it.
func wantSameAudit(t *testing.T, shared *wstest.SharedLog, s []server) []operator.AuditEntry {
	t.Helper()
	time.Sleep(10 * time.Second)
	synctest.Wait()
	late := newRoom(t, onView(shared.View(msglog.NewMemory())))
	defer late.stop()
	list := late.Audit(operator.AuditQuery{}).Entries
	for i := range s {
		if got := s[i].Audit(operator.AuditQuery{}).Entries; !reflect.DeepEqual(got, list) {
			t.Errorf("server %d has\n%s\nin the log are\n%s", i, auditText(got), auditText(list))
		}
	}
	for i := range list {
		if i > 0 && list[i].N >= list[i-1].N {
			t.Errorf("numbered %d after %d", list[i].N, list[i-1].N)
		}
	}
	return list
}

// wrongKey has somebody try a key that is none.
func wrongKey(r *room) {
	do(r.t, from(r, "10.0.0.7"), request(r.t, "POST", "/session", "Authorization", "Bearer wrong"))
}

func auditText(list []operator.AuditEntry) (s string) {
	for _, e := range list {
		s += fmt.Sprintf("%d %s %s %d; ", e.N, e.What, e.Detail+e.Topic, e.Count)
	}
	return s
}

// What is done at several servers at once is in one list, in one order: no entry takes another's place, and of what happens
// again and again each time counts.
func TestSeveral_OneAuditList(t *testing.T) {
	inRoomsOf(t, 3, func(t *testing.T, shared *wstest.SharedLog, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		s[2].view.SetDelay(700 * time.Millisecond)
		s[2].view.SetTwice(true)
		for round := range 5 {
			for i := range s {
				s[i].topic(fmt.Sprintf("t%d-%d", i, round), "open")
				for range 3 {
					wrongKey(s[i].room)
				}
			}
			time.Sleep(time.Duration(round*20) * time.Millisecond)
		}
		topics, wrong := 0, 0
		for _, e := range wantSameAudit(t, shared, s) {
			switch e.What {
			case "topic_created":
				topics++
			case "wrong_key":
				wrong += max(1, e.Count)
			}
		}
		if topics != 15 || wrong != 45 {
			t.Errorf("%d topics are noted, and %d wrong keys, want 15 and 45", topics, wrong)
		}
	})
}

// What was done at a server that is cut off is in the list once it is back.
func TestSeveral_AuditOfWhoWasCutOff(t *testing.T) {
	inRoomsOf(t, 2, func(t *testing.T, shared *wstest.SharedLog, s []server) {
		s[1].view.SetCut(true)
		wrongKey(s[1].room)
		wrongKey(s[1].room)
		s[0].topic("kitchen", "open")
		time.Sleep(20 * time.Second)
		if list := s[1].Audit(operator.AuditQuery{}).Entries; len(list) != 1 || list[0].Count != 2 {
			t.Errorf("cut off: %s", auditText(list))
		}
		s[1].view.SetCut(false)
		if list := wantSameAudit(t, shared, s); len(list) != 2 || list[0].Count != 2 || list[1].Topic != "kitchen" {
			t.Errorf("back: %s", auditText(list))
		}
	})
}

// What is noted while the log cannot be written is written later.
func TestAudit_IsWrittenOnceThereIsRoom(t *testing.T) {
	log := &fullLog{Log: msglog.NewMemory()}
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, withLog(log))
		log.full.Store(true)
		wrongKey(r)
		wrongKey(r)
		time.Sleep(time.Minute)
		log.full.Store(false)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		n := 0
		_ = msglog.Load(t.Context(), log, "audit", func(_ string, e operator.AuditEntry) { n += max(1, e.Count) })
		if n != 2 {
			t.Errorf("%d of 2 are in the log", n)
		}
	})
}
