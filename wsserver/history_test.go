package wsserver_test

import (
	"slices"
	"testing"

	"belfry/wsserver/operator"
)

// A dashboard that was away reads on from its position, and is sent withdrawals made meanwhile too.
func TestHistory_Withdrawn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, text := range []string{"one", "two", "three"} {
			if _, err := r.Broadcast(t.Context(), operator.Broadcast{Message: text}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.Withdraw(t.Context(), 2); err != nil {
			t.Fatal(err)
		}
		page, err := r.History(t.Context(), operator.HistoryQuery{After: 1})
		if err != nil || len(page.Messages) != 1 || page.Messages[0].Seq != 3 || !slices.Equal(page.Withdrawn, []uint64{2}) || page.To != 4 {
			t.Errorf("after 1: %+v, error %v", page, err)
		}
		page, err = r.History(t.Context(), operator.HistoryQuery{})
		if err != nil || len(page.Messages) != 2 || page.Withdrawn != nil || page.To != 0 {
			t.Errorf("the newest: %+v, error %v", page, err)
		}
	})
}
