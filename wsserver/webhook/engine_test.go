package webhook

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
)

// An event is sent once it is durable, and what follows waits behind it.
func TestEngine_WaitsForTheCommit(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, _ string) {
		b.Joined("ana", time.Now())
		b.says("one") // its commit has the record, which is not known to be kept yet
		if got := b.to.take(); len(got) > 0 {
			t.Errorf("sent %s before the commit", kinds(got))
		}
		b.Left("ana", time.Now())
		b.MarkDirty([]msglog.Record{{Kind: recordEvent, Key: "1"}}) // that commit has failed
		b.commit()
		if got := kinds(b.to.take()); got != "joined message left" {
			t.Errorf("sent %s", got)
		}
		records, done := b.Acknowledging(1, "ana", time.Now())
		if got := b.to.take(); len(got) > 0 || len(records) != 1 {
			t.Errorf("sent %s, %d records", kinds(got), len(records))
		}
		done(true)
		_, failed := b.Acknowledging(1, "ben", time.Now())
		b.says("two")
		if got := kinds(b.to.take()); got != "acknowledged" {
			t.Errorf("sent %s", got)
		}
		failed(false)
		if got := kinds(b.to.take()); got != "message" {
			t.Errorf("after an acknowledgement that was not kept: %s", got)
		}
	})
}

// Another engine on the same log and folder goes on where this one was, in the same order and under the same ids.
func TestEngine_GoesOnAfterACrash(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, _ string) {
		b.says("arrives")
		b.Joined("ana", time.Now())
		b.commit()
		before := b.to.take()
		b.commit() // the cursor
		b.to.answers(refusing(500))
		b.says("one")
		b.Left("ana", time.Now())
		b.Complete(1, Counts{Sent: 3, Received: 3})
		b.says("two")
		b.Joined("ben", time.Now())
		b.commit()
		tried := b.to.take()
		dir := strings.TrimSuffix(b.path, "/"+fileName)
		b.stop()
		b.to.answers(nil)
		next := newBench(t, dir, b.log, b.to)
		got := b.to.take()
		if s := kinds(got); kinds(before) != "message joined" || s != "message left complete message joined" || got[0].id != tried[0].id {
			t.Errorf("before the crash %s, then tried %s, after it %s", kinds(before), kinds(tried), s)
		}
		if !strings.Contains(got[2].body, `"sent":3,"received":3,"read":0,"acked":0`) || strings.Contains(got[0].body, `"sent"`) {
			t.Errorf("sent %s", got[2].body)
		}
		// Without a commit since, all of it is sent again.
		next.stop()
		again := newBench(t, dir, b.log, b.to)
		if twice := b.to.take(); !slices.EqualFunc(got, twice, func(a, b arrival) bool { return a.id == b.id && a.body == b.body }) {
			t.Errorf("sent again: %v", twice)
		}
		again.commit()
		again.stop()
		newBench(t, dir, b.log, b.to)
		if got := b.to.take(); len(got) > 0 {
			t.Errorf("sent once more: %v", kinds(got))
		}
		left := 0
		_ = b.log.Records(context.Background(), recordEvent, func(string, []byte) error { left++; return nil })
		if left > 0 {
			t.Errorf("%d events are left in the log", left)
		}
	})
}

// While a webhook fails it is tried again and again, later and later, with one request at a time, and costs no commit.
func TestEngine_TriesAgain(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		b.commit()
		b.to.answers(refusing(503))
		b.says("one")
		b.says("two")
		time.Sleep(time.Hour)
		got := b.to.take()
		for i, a := range got[1:] {
			wait := a.at.Sub(got[i].at)
			if most := min(minWait<<min(i+1, 16), maxWait); wait < minWait || wait > most || a.id != got[0].id {
				t.Errorf("try %d of %s came after %v, at most %v", i+2, a.id, wait, most)
			}
		}
		if len(got) < 10 || b.Dirty() || b.to.most != 1 {
			t.Errorf("%d tries, to be written %v, %d at once", len(got), b.Dirty(), b.to.most)
		}
		i := b.info()
		if all, want := TotalsOf(b.Engine), (Totals{Failed: uint64(len(got)), Waiting: 2, Failing: 1}); all != want {
			t.Errorf("in all %+v, want %+v", all, want)
		}
		if i.State != Failing || i.Waiting != 2 || i.Error != "It answered 503 Service Unavailable." || i.NextTry == "" {
			t.Errorf("%+v", i)
		}
		if !slices.Equal(b.happened, []string{"webhook_failing"}) {
			t.Errorf("happened %v", b.happened)
		}
		b.to.answers(nil)
		if _, err := b.Retry(id); err != nil {
			t.Error(err)
		}
		if got := kinds(b.to.take()); got != "message message" {
			t.Errorf("sent %s", got)
		}
		if i := b.info(); i.State != Working || i.Waiting != 0 || i.Error != "" || i.NextTry != "" || i.Sent7d != 2 {
			t.Errorf("%+v", i)
		}
		if all, want := TotalsOf(b.Engine), (Totals{Sent: 2, Failed: uint64(len(got))}); all != want {
			t.Errorf("in all %+v, want %+v", all, want)
		}
	})
}

func TestEngine_HonoursRetryAfter(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, _ string) {
		b.to.answers(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "300")
			w.WriteHeader(http.StatusTooManyRequests)
		})
		b.says("one")
		time.Sleep(299 * time.Second)
		if got := b.to.take(); len(got) != 1 {
			t.Errorf("%d tries", len(got))
		}
		time.Sleep(2 * time.Second)
		if got := b.to.take(); len(got) != 1 {
			t.Errorf("%d tries", len(got))
		}
	})
}

// A day of failures, over a restart too, or a receiver that is gone for good, pauses a webhook. What happens then waits.
func TestEngine_PausesWhatFails(t *testing.T) {
	withBench(t, Types, func(t *testing.T, b *bench, id string) {
		b.to.answers(refusing(500))
		b.says("one")
		time.Sleep(20 * time.Hour)
		b.commit()
		dir := strings.TrimSuffix(b.path, "/"+fileName)
		b.stop()
		b = newBench(t, dir, b.log, b.to)
		time.Sleep(3 * time.Hour)
		if i := b.info(); i.State != Failing {
			t.Errorf("after 23 hours %+v", i)
		}
		time.Sleep(2 * time.Hour)
		i := b.info()
		if i.State != Paused || i.PausedBy != ByFailures || !slices.Contains(b.happened, "webhook_paused") {
			t.Errorf("after 25 hours %+v, happened %v", i, b.happened)
		}
		if said, since := b.Notice(); !strings.Contains(said, "The webhook to h is paused: It answered 500") || since == "" {
			t.Errorf("the operator is told %q since %q", said, since)
		}
		if was, err := b.LookedAt(); !was || err != nil {
			t.Error(was, err)
		}
		if said, _ := b.Notice(); said != "" {
			t.Errorf("the operator is told again %q", said)
		}
		b.to.take()
		b.says("two")
		time.Sleep(time.Hour)
		if _, err := b.Retry(id); err == nil || len(b.to.take()) > 0 {
			t.Errorf("a paused one tries again: %v", err)
		}
		b.to.answers(nil)
		if i, err := b.Pause(id, false); err != nil || i.PausedBy != "" {
			t.Errorf("%+v, error %v", i, err)
		}
		if got := kinds(b.to.take()); got != "message message" {
			t.Errorf("sent %s", got)
		}
		b.to.answers(refusing(410))
		b.says("three")
		synctest.Wait()
		if i := b.info(); i.PausedBy != ByFailures || i.Error != "It answered 410 Gone." {
			t.Errorf("after 410 %+v", i)
		}
	})
}
