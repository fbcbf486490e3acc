package sqlite_test

import (
	"fmt"
	"sync"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Forgetting how far conversations were removed waits for the group under way, and never begins in the middle of it.
func TestForgetPruned_BesideCommits(t *testing.T) {
	l := open(t, t.TempDir())
	for i := range 50 {
		appendTo(t, l, &msglog.Entry{Audience: msglog.AudiencePrivate, UserID: fmt.Sprint("ana", i), From: wire.Sender{UserID: "ana"}, Text: "x"})
	}
	for more := true; more; {
		var err error
		if more, err = l.Prune(t.Context(), inAnHour(), 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	var running sync.WaitGroup
	running.Go(func() {
		for range 200 {
			if _, err := l.Append(t.Context(), msglog.OfEntries(note("live"), note("another"))); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 50 {
		if err := l.ForgetPruned(t.Context(), func(userID string) bool { return userID == fmt.Sprint("ana", i) }); err != nil {
			t.Error(err)
		}
	}
	running.Wait()
}
