package wsserver_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver"
	"belfry/wsserver/operator"
)

func TestNotify_WithoutTopicIsForTheOperatorAlone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d1, d2 := r.dashboard(), r.dashboard()
		ana, phone, ben := r.person("ana", "general"), r.person("ana"), r.person("ben", "general")
		ana.Notify("1", "", "psst")
		m := d1.Expect("message")
		if m.Audience != "private" || m.UserID != "ana" || m.Topic != "" || m.From.UserID != "ana" {
			t.Errorf("the operator is shown %s", m.Text)
		}
		wantMessages(t, d2, "psst")
		wantMessages(t, phone, "psst")
		wantMessages(t, ben)
	})
}

func TestOpenTopic_IsAChat(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		d, ana, ben, out := r.dashboard(), r.person("ana", "kitchen"), r.person("ben", "kitchen"), r.person("eve", "general")
		out.Notify("1", "kitchen", "is there dinner?") // a client outside the topic may write to it and is not sent it
		ana.Notify("1", "kitchen", "soon")
		wantMessages(t, ben, "is there dinner?", "soon")
		wantMessages(t, d, "is there dinner?", "soon")
		wantMessages(t, out)
		page, err := r.History(t.Context(), operator.HistoryQuery{Topic: "kitchen"})
		if err != nil || len(page.Messages) != 2 || page.Messages[0].Audience != "topic" || page.Messages[0].UserID != "" {
			t.Errorf("history %+v, error %v", page, err)
		}
	})
}

func TestAnnounceTopic_OnlyTheOperatorSpeaks(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("news", "announce")
		d, ana, ben := r.dashboard(), r.person("ana", "news"), r.person("ben", "news")
		ana.Notify("1", "news", "a question")
		if m := d.Expect("message"); m.Audience != "private" || m.Topic != "news" || m.UserID != "ana" {
			t.Errorf("the operator is shown %s", m.Text)
		}
		wantMessages(t, ben)
		r.broadcast(operator.Broadcast{Message: "the news", Topic: "news"})
		wantMessages(t, ben, "the news")
		wantMessages(t, ana, "the news")
	})
}

func TestOperator_WritesToEveryoneATopicOrOnePerson(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("kitchen", "open")
		d, ana, ben, stranger := r.dashboard(), r.person("ana", "kitchen"), r.person("ben"), r.client()
		r.broadcast(operator.Broadcast{Message: "all", Title: " A \n title ", Priority: 5, MessageID: "op1", ReplyTo: 9})
		r.broadcast(operator.Broadcast{Message: "cooks", Topic: "kitchen"})
		r.broadcast(operator.Broadcast{Message: "you", UserID: "ben"})
		m := d.Expect("message")
		if m.Audience != "everyone" || !m.From.Operator || m.From.Name != "Operator" || m.From.UserID != "" ||
			m.Title != "A title" || m.Priority != 5 || m.ID != "op1" || m.ReplyTo != 9 || m.Seq != 1 {
			t.Errorf("the dashboard is shown %s", m.Text)
		}
		if m := d.Expect("message"); m.Audience != "topic" || m.Topic != "kitchen" || m.Priority != 3 {
			t.Errorf("the dashboard is shown %s", m.Text)
		}
		if m := d.Expect("message"); m.Audience != "private" || m.UserID != "ben" || m.Topic != "" {
			t.Errorf("the dashboard is shown %s", m.Text)
		}
		wantMessages(t, ana, "all", "cooks")
		wantMessages(t, ben, "all", "you")
		wantMessages(t, stranger) // said neither hello nor subscribe
	})
}

func TestOperator_MayWriteToAPersonAboutATopic(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.topic("news", "announce")
		ana, ben := r.person("ana", "news"), r.person("ben", "news")
		r.broadcast(operator.Broadcast{Message: "an answer", Topic: "news", UserID: "ana"})
		if m := ana.Expect("message"); m.Audience != "private" || m.Topic != "news" || m.UserID != "ana" {
			t.Errorf("ana is shown %s", m.Text)
		}
		wantMessages(t, ben)
	})
}

func TestBroadcast_RefusesWhatItCannotSend(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		r.broadcast(operator.Broadcast{Message: "first", MessageID: "1"})
		long := string(make([]byte, wsserver.MaxMessage+1))
		for _, row := range []struct {
			b    operator.Broadcast
			code string
		}{
			{operator.Broadcast{}, "bad_frame"},
			{operator.Broadcast{Message: long}, "too_large"},
			{operator.Broadcast{Message: "x", Title: long[:201]}, "too_large"},
			{operator.Broadcast{Message: "x", MessageID: long[:65]}, "too_large"},
			{operator.Broadcast{Message: "x", Priority: 6}, "bad_frame"},
			{operator.Broadcast{Message: "x", Priority: -1}, "bad_frame"},
			{operator.Broadcast{Message: "\xff"}, "bad_frame"},
			{operator.Broadcast{Message: "x", Topic: "nowhere"}, "unknown_topic"},
			{operator.Broadcast{Message: "x", UserID: "nobody"}, "unknown_user"},
			{operator.Broadcast{Message: "other", MessageID: "1"}, "id_conflict"},
		} {
			_, err := r.Broadcast(t.Context(), row.b)
			wantCode(t, err, row.code)
		}
		if s := r.State(); s.Seq != 1 {
			t.Errorf("seq %d, want only the first message", s.Seq)
		}
	})
}

func TestBroadcast_SameMessageIDIsSentOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		b := operator.Broadcast{Message: "once", MessageID: "random"}
		first := r.broadcast(b)
		if again := r.broadcast(b); again != first {
			t.Errorf("answers %+v, then %+v", first, again)
		}
		wantMessages(t, c, "once")
	})
}

func TestCreateTopic_IsSentToClientsThatSaidHello(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		greeted, old := r.person("ana"), r.client()
		old.Subscribe()
		got, err := r.CreateTopic(context.Background(), "küche_2.1-a", "  The   kitchen ", "")
		if err != nil || got.Kind != "open" || got.Title != "The kitchen" {
			t.Errorf("created %+v, error %v", got, err)
		}
		if f := greeted.Expect("topics"); len(f.Topics) != 2 || f.Topics[1].Topic != "küche_2.1-a" {
			t.Errorf("told %s", f.Text)
		}
		synctest.Wait()
		for _, f := range old.Drain() {
			if f.Type != "counts" {
				t.Errorf("the oldest clients are told %s", f.Text)
			}
		}
		old.Subscribe("küche_2.1-a")
	})
}

func TestCreateTopic_RefusesBadOnes(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		long := string(make([]byte, 65))
		for _, row := range []struct{ topic, title, kind, code string }{
			{"general", "", "", "topic_exists"},
			{"", "", "", "bad_frame"},
			{"a b", "", "", "bad_frame"},
			{"-a", "", "", "bad_frame"},
			{"a/b", "", "", "bad_frame"},
			{"a\n", "", "", "bad_frame"},
			{"\xff", "", "", "bad_frame"},
			{long, "", "", "too_large"},
			{"a", long, "", "too_large"},
			{"a", "", "secret", "bad_frame"},
		} {
			_, err := r.CreateTopic(context.Background(), row.topic, row.title, row.kind)
			wantCode(t, err, row.code)
		}
		if n := len(r.State().Topics); n != 1 {
			t.Errorf("%d topics, want general alone", n)
		}
	})
}

func TestDisconnect_EndsEveryConnectionOfThatPerson(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		phone, laptop, ben := r.person("ana", "general"), r.person("ana", "general"), r.person("ben")
		if err := r.Disconnect(context.Background(), "ana", " Too\x07 loud.\nPlease\tleave. "); err != nil {
			t.Fatal(err)
		}
		if s := r.State(); s.Clients != 1 || s.Subscribers != 0 {
			t.Errorf("counts %d, %d right after; want 1, 0", s.Clients, s.Subscribers)
		}
		f := phone.ExpectError("removed")
		if f.Message != "Too  loud.\nPlease leave." || f.Action != "" {
			t.Errorf("the reason reads %s", f.Text)
		}
		wantClose(t, phone, 4001, "removed")
		laptop.ExpectError("removed")
		wantClose(t, laptop, 4001, "removed")
		ben.ExpectCounts(0, 1)
		wantCode(t, r.Disconnect(context.Background(), "ana", ""), "unknown_user")
		wantCode(t, r.Disconnect(context.Background(), "ben", strings.Repeat("x", 501)), "too_large")
		if err := r.Disconnect(context.Background(), "ben", ""); err != nil {
			t.Fatal(err)
		}
		if f := ben.ExpectError("removed"); f.Message == "" {
			t.Error("without a reason there is no sentence")
		}
	})
}
