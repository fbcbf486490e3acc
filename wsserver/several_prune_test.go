package wsserver_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// What one server removes is gone everywhere at the same place of the order: an id that is sent again is new to all of them, or
// to none.
func TestSeveral_RetentionIsOne(t *testing.T) {
	for name, open := range map[string]func(*testing.T) wstest.Applier{
		"in memory": func(*testing.T) wstest.Applier { return msglog.NewMemory() },
		"on disk": func(t *testing.T) wstest.Applier {
			l, err := sqlite.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			return l
		},
	} {
		t.Run(name, func(t *testing.T) { retentionIsOne(t, open) })
	}
}

func retentionIsOne(t *testing.T, open func(*testing.T) wstest.Applier) {
	dirs := []wstest.Applier{open(t), open(t)}
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		one, two := shared.View(dirs[0]), shared.View(dirs[1])
		for _, v := range []*wstest.View{one, two} {
			v.Follow(func(msglog.Committed) {})
			defer func() { _ = v.Close() }() // the test is over
		}
		say := func(v *wstest.View, id string) msglog.Appended {
			t.Helper()
			e := &msglog.Entry{ID: id, Audience: msglog.AudienceEveryone, Text: "text", From: wire.Sender{UserID: "ana", Name: "Ana"}}
			r, err := v.Append(t.Context(), msglog.OfEntries(e))
			if err != nil {
				t.Fatal(err)
			}
			return r[0]
		}
		time.Sleep(time.Until(msglog.Began.AddDate(1, 0, 0))) // a bubble's clock begins before the first Belfry
		for n := range 10 {
			say(one, fmt.Sprint(n))
			time.Sleep(time.Hour)
		}
		two.SetDelay(time.Minute) // it has the messages when the other one removes them
		if more, err := one.Prune(t.Context(), msglog.Age{Now: time.Now(), Before: time.Now().Add(-5 * time.Hour)}, 1<<40); more || err != nil {
			t.Fatalf("more %v, error %v", more, err)
		}
		if got := say(two, "0"); got.Duplicate || got.Seq != 11 {
			t.Errorf("one that is gone, sent again: %+v", got)
		}
		if got := say(one, "9"); !got.Duplicate || got.Seq != 10 {
			t.Errorf("one that is kept, sent again: %+v", got)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for _, v := range []*wstest.View{one, two} {
			if v.Len() != 6 || v.Last() != 11 || v.Pruned(nil) != 5 {
				t.Errorf("%d are kept up to %d, pruned to %d", v.Len(), v.Last(), v.Pruned(nil))
			}
		}
	})
}
