package wsserver_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

const (
	joinedKitchen = `{"type":"joined","topics":["kitchen"]}`
	partedKitchen = `{"type":"parted","topics":["kitchen"]}`
)

func (r *room) addMembers(userIDs ...string) operator.MembersAnswer {
	r.t.Helper()
	answer, err := r.AddMembers(r.t.Context(), operator.MembersQuery{Topic: "kitchen", UserIDs: userIDs})
	if err != nil {
		r.t.Fatal(err)
	}
	return answer
}

func (r *room) removeMembers(userIDs ...string) operator.MembersAnswer {
	r.t.Helper()
	answer, err := r.RemoveMembers(r.t.Context(), operator.MembersQuery{Topic: "kitchen", UserIDs: userIDs})
	if err != nil {
		r.t.Fatal(err)
	}
	return answer
}

// away connects as a person, and leaves again without a word.
func (r *room) away(userID string, topics ...string) {
	r.t.Helper()
	c := r.person(userID, topics...)
	c.Close()
	synctest.Wait()
}

func (r *room) inKitchen(text string) operator.Receipt {
	r.t.Helper()
	return r.broadcast(operator.Broadcast{Message: text, Topic: "kitchen"})
}

func (r *room) sentTo(seq uint64) int {
	r.t.Helper()
	answer, err := r.Receipts(r.t.Context(), []uint64{seq}, false)
	if err != nil || len(answer.Receipts) != 1 {
		r.t.Fatalf("receipts %+v, %v", answer, err)
	}
	return answer.Receipts[0].Sent
}

func TestMembers_AreInATopicAtOnceOnEachDevice(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", wire.TopicOpen)
		phone, laptop, ben := r.person("ana"), r.person("ana"), r.person("ben", "kitchen")
		r.inKitchen("before")
		answer := r.addMembers("ana", "ben", "ana", "nobody")
		if !slices.Equal(answer.Added, []string{"ana", "ben"}) || len(answer.Refused) != 1 || answer.Refused[0].UserID != "nobody" || answer.Refused[0].Code != "unknown_user" {
			t.Errorf("got %+v", answer)
		}
		seq := r.inKitchen("after").Seq
		synctest.Wait()
		for what, c := range map[string]*wstest.Client{"phone": phone, "laptop": laptop} {
			if got := texts(c, "joined"); !slices.Equal(got, []string{joinedKitchen}) {
				t.Errorf("%s was sent %q", what, got)
			}
		}
		if got := texts(ben, "joined"); len(got) > 0 {
			t.Errorf("ben, who is in it, was sent %q", got)
		}
		phone.Send(map[string]any{"action": "read", "seq": seq, "topic": "kitchen"})
		synctest.Wait()
		r2, err := r.Receipts(t.Context(), []uint64{seq}, false)
		if err != nil || r2.Receipts[0].Sent != 2 || r2.Receipts[0].Read != 1 {
			t.Errorf("receipts %+v, %v", r2, err)
		}
		if answer := r.removeMembers("ana"); !slices.Equal(answer.Removed, []string{"ana"}) {
			t.Errorf("got %+v", answer)
		}
		if seq := r.inKitchen("without her").Seq; r.sentTo(seq) != 1 {
			t.Errorf("sent to %d", r.sentTo(seq))
		}
		for what, c := range map[string]*wstest.Client{"phone": phone, "laptop": laptop} {
			if got := texts(c, "parted"); !slices.Equal(got, []string{partedKitchen}) {
				t.Errorf("%s was sent %q", what, got)
			}
		}
		if r.noted("members_added") != 1 || r.noted("members_removed") != 1 {
			t.Error("the audit list lacks it")
		}
	})
}

// Messages come live on a device that the operator has subscribed, and only those after.
func TestMembers_AreSentWhatIsWrittenFromThen(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", wire.TopicOpen)
		ana := r.person("ana")
		r.inKitchen("before")
		r.addMembers("ana")
		r.inKitchen("after")
		r.removeMembers("ana")
		r.inKitchen("without her")
		wantMessages(t, ana, "after")
	})
}

func TestMembers_WhoIsAwayIsInItAtTheNextHello(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", wire.TopicOpen)
		r.away("ana")
		r.addMembers("ana")
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 1 || !slices.Equal(away[0].Topics, []string{"kitchen"}) {
			t.Errorf("away are %+v", away)
		}
		if n := r.sentTo(r.inKitchen("for her").Seq); n != 1 {
			t.Errorf("sent to %d", n)
		}
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) { // after a restart
		ana := r.client()
		ana.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0})
		ana.Expect("welcome")
		ana.Expect("topics")
		ana.Expect("joined")
		if _, f := ana.Recovery(); len(f.Topics) != 1 || f.Topics[0].Topic != "kitchen" {
			t.Errorf("recovered %s", f.Text)
		}
		r.inKitchen("live")
		wantMessages(t, ana, "live")
		if got := texts(r.person("ana", "kitchen"), "joined"); len(got) > 0 {
			t.Errorf("a device that knows was sent %q", got)
		}
	}, withLog(log))
}

// What the operator did while a device was away holds against what that device remembers, until the person says otherwise.
func TestMembers_WhoWasRemovedWhileAwayStaysOut(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", wire.TopicOpen)
		r.away("ana", "kitchen")
		r.removeMembers("ana")
		ana := r.person("ana", "kitchen")
		if got := texts(ana, "parted"); !slices.Equal(got, []string{partedKitchen}) {
			t.Errorf("sent %q", got)
		}
		if n := r.sentTo(r.inKitchen("not hers").Seq); n != 0 {
			t.Errorf("sent to %d", n)
		}
		ana.Subscribe("kitchen")
		if n := r.sentTo(r.inKitchen("hers").Seq); n != 1 {
			t.Errorf("sent to %d", n)
		}
		if got := texts(r.person("ana", "kitchen"), "parted"); len(got) > 0 {
			t.Errorf("the next device was sent %q", got)
		}
	})
}

// A page joins again what it remembers once that is open again: it must be told while the topic is archived.
func TestMembers_WhoIsRemovedFromAnArchivedTopicIsTold(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", wire.TopicOpen)
		r.away("ana", "kitchen")
		if _, err := r.ArchiveTopic(t.Context(), "kitchen", true); err != nil {
			t.Fatal(err)
		}
		here := r.person("ana", "kitchen")
		r.removeMembers("ana")
		for what, device := range map[string]*wstest.Client{"here": here, "away until then": r.person("ana", "kitchen")} {
			if got := texts(device, "parted"); !slices.Equal(got, []string{partedKitchen}) {
				t.Errorf("%s: sent %q", what, got)
			}
		}
	})
}

func TestMembers_MayLeaveAgain(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", wire.TopicOpen)
		ana := r.person("ana")
		r.addMembers("ana")
		ana.Send(map[string]any{"action": "unsubscribe", "topics": []string{"kitchen"}})
		synctest.Wait()
		if got := texts(r.person("ana"), "joined"); len(got) > 0 {
			t.Errorf("the next device was sent %q", got)
		}
		if n := r.sentTo(r.inKitchen("not hers").Seq); n != 0 {
			t.Errorf("sent to %d", n)
		}
	})
}

func TestMembers_AreRefusedWithAReason(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.set(settings.Change{MaxTopics: new(1)})
		r.topic("kitchen", wire.TopicOpen)
		r.topic("hall", wire.TopicOpen)
		full := r.person("full", "hall")
		r.away("away", "hall")
		r.person("blocked")
		if err := r.Block(t.Context(), "blocked", "", ""); err != nil {
			t.Fatal(err)
		}
		r.person("freed")
		if err := r.Free(t.Context(), "freed"); err != nil {
			t.Fatal(err)
		}
		answer := r.addMembers("full", "away", "blocked", "freed", "")
		var codes []string
		for _, who := range answer.Refused {
			codes = append(codes, who.Code)
			if who.Message == "" {
				t.Errorf("%s: no sentence", who.UserID)
			}
		}
		if want := []string{"too_large", "too_large", "unknown_user", "unknown_user", "unknown_user"}; !slices.Equal(codes, want) || len(answer.Added) > 0 {
			t.Errorf("got %q, added %q", codes, answer.Added)
		}
		if got := texts(full, "joined"); len(got) > 0 {
			t.Errorf("sent %q", got)
		}
		if _, err := r.ArchiveTopic(t.Context(), "hall", true); err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{"nowhere", "hall"} {
			_, err := r.AddMembers(t.Context(), operator.MembersQuery{Topic: topic, UserIDs: []string{"full"}})
			wantCode(t, err, "unknown_topic")
		}
		many := make([]string, 1001)
		for i := range many {
			many[i] = fmt.Sprint("user", i)
		}
		_, err := r.AddMembers(t.Context(), operator.MembersQuery{Topic: "kitchen", UserIDs: many})
		wantCode(t, err, "too_large")
	})
}

func TestSeen_IsToldToThePerson(t *testing.T) {
	log := msglog.NewMemory()
	inRoom(t, func(t *testing.T, r *room) {
		ana, d := r.person("ana"), r.dashboard()
		unproved := r.client()
		unproved.Send(map[string]any{"action": "subscribe", "user_id": "cid"})
		first := ana.Notify("1", "", "I need help")
		second := ana.Notify("2", "", "at bay 3")
		for _, seq := range []uint64{second, first, second, 99} {
			r.verb(d, "seen", map[string]any{"user_id": "ana", "seq": seq})
		}
		if got := texts(ana, "seen"); !slices.Equal(got, []string{fmt.Sprintf(`{"type":"seen","seq":%d}`, second)}) {
			t.Errorf("sent %q", got)
		}
		if e := d.Ask("seen", map[string]any{"user_id": "nobody", "seq": 1}, nil); e == nil || e.Code != "unknown_user" {
			t.Errorf("of nobody: %v", e)
		}
		if e := d.Ask("seen", map[string]any{"user_id": "ana", "seq": 1, "epoch": "another"}, nil); e == nil || e.Code != "not_allowed" {
			t.Errorf("of another log: %v", e)
		}
		time.Sleep(time.Second) // the next commit
	}, withLog(log))
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.client()
		ana.Send(map[string]any{"action": "hello", "user_id": "ana", "token": tokenOf("ana"), "since": 0})
		synctest.Wait()
		var order []string
		for _, f := range ana.Drain() {
			if f.Type == "welcome" || f.Type == "recovered" || f.Type == "seen" {
				order = append(order, f.Type)
			}
		}
		if want := []string{"welcome", "recovered", "seen"}; !slices.Equal(order, want) {
			t.Errorf("sent %q, want %q", order, want)
		}
		if got := texts(r.person("ben"), "seen"); len(got) > 0 {
			t.Errorf("ben was sent %q", got)
		}
	}, withLog(log))
}
