package wsserver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"

	"belfry/wsserver/operator"
)

// blanks are texts of which nothing can be seen.
var blanks = []string{" ", "\n\t", "\u00a0", "\u200b", "\u2800", "\u3164", "\u115f", "\ufe0f", "\u00ad", "\U000e0041", "\u0301", "\x01"}

func TestNotify_RefusesBlankTexts(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.client() // of the oldest kind: it has said nothing yet
		for _, blank := range append(blanks, "") {
			c.Send(map[string]any{"action": "notify", "id": "1", "message": blank})
			if f := c.ExpectError("bad_frame"); f.Action != "notify" || f.ID != "1" || f.Message == "" {
				t.Errorf("%q: %s", blank, f.Text)
			}
		}
		c.Notify("2", "", "👍")
		synctest.Wait()
		if m := r.messages(t); len(m) != 1 || m[0].Message != "👍" {
			t.Errorf("kept %+v", m)
		}
	})
}

func TestVerbs_RefuseBlankTexts(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		seq := r.broadcast(operator.Broadcast{Message: "asked", Ack: "Understood"}).Seq
		ctx := context.Background()
		for _, blank := range blanks {
			_, message := r.Broadcast(ctx, operator.Broadcast{Message: blank})
			_, title := r.Broadcast(ctx, operator.Broadcast{Message: "x", Title: blank})
			_, ack := r.Broadcast(ctx, operator.Broadcast{Message: "x", Ack: blank})
			_, topic := r.CreateTopic(ctx, "kitchen", blank, "")
			_, rename := r.RenameTopic(ctx, "general", blank)
			_, entry := r.AddEntry(ctx, blank)
			_, again := r.WriteAgain(ctx, seq, "ack", blank, "")
			for what, err := range map[string]error{
				"a message": message, "a title": title, "a button": ack, "a topic's title": topic, "a topic's new title": rename,
				"a name on the list": entry, "a message again": again, "the room's name": r.SetName(ctx, blank),
			} {
				if err == nil {
					t.Errorf("%s may be %q", what, blank)
					continue
				}
				wantCode(t, err, "bad_frame")
			}
		}
		if _, err := r.CreateTopic(ctx, "\u3164", "Kitchen", ""); err == nil {
			t.Error("a topic's name may be blank")
		}
		if s := r.State(); s.Seq != seq || len(s.Topics) != 1 || s.Name != "" {
			t.Errorf("something was done: %+v", s)
		}
	})
}

// A person who is to be put out is put out, whatever stands in the field for the reason.
func TestDisconnect_ABlankReasonIsNone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i, blank := range blanks {
			id := fmt.Sprintf("ana%d", i)
			c := r.person(id)
			if err := r.Disconnect(t.Context(), id, blank); err != nil {
				t.Fatalf("%q: %v", blank, err)
			}
			c.ExpectError("removed")
		}
	})
}
