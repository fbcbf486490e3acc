package wstest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

func logNewest(t *testing.T, l msglog.Log) {
	fill(t, l, 10)
	wantPage(t, l, msglog.Query{Limit: 3}, "8 9 10", true)
	wantPage(t, l, msglog.Query{Limit: 10}, "1 2 3 4 5 6 7 8 9 10", false)
	wantPage(t, l, msglog.Query{Limit: 11}, "1 2 3 4 5 6 7 8 9 10", false)
}

func logBackwards(t *testing.T, l msglog.Log) {
	fill(t, l, 7)
	wantPage(t, l, msglog.Query{Before: 6, Limit: 3}, "3 4 5", true)
	wantPage(t, l, msglog.Query{Before: 3, Limit: 3}, "1 2", false)
	wantPage(t, l, msglog.Query{Before: 1, Limit: 3}, "", false)
}

func logForward(t *testing.T, l msglog.Log) {
	fill(t, l, 7)
	wantPage(t, l, msglog.Query{Forward: true, After: 1, Limit: 3}, "2 3 4", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 4, Limit: 3}, "5 6 7", false)
	wantPage(t, l, msglog.Query{Forward: true, After: 7, Limit: 3}, "", false)
}

func logBetween(t *testing.T, l msglog.Log) {
	fill(t, l, 7)
	wantPage(t, l, msglog.Query{Forward: true, After: 2, Before: 6, Limit: 10}, "3 4 5", false)
	wantPage(t, l, msglog.Query{Forward: true, After: 2, Before: 6, Limit: 2}, "3 4", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 6, Before: 2, Limit: 2}, "", false)
}

func logBeyond(t *testing.T, l msglog.Log) {
	const far = 1<<64 - 1
	fill(t, l, 3)
	wantPage(t, l, msglog.Query{Before: far, Limit: 2}, "2 3", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 100}, "", false)
	wantPage(t, l, msglog.Query{Forward: true, After: far}, "", false)
}

func logSize(t *testing.T, l msglog.Log) {
	before := l.Size()
	const messages, bytes = 100, 1000
	for range messages {
		add(t, l, entry("", "ana", strings.Repeat("x", bytes)))
	}
	now := l.Size()
	if grown := now.Bytes - before.Bytes; grown < messages*bytes || grown > 100*messages*bytes {
		t.Errorf("grew by %d bytes with %d messages of %d", grown, messages, bytes)
	}
	if now.IndexLag > messages || before.IndexLag > 0 {
		t.Errorf("the index lacks %d entries of %d, and before %d of none", now.IndexLag, messages, before.IndexLag)
	}
}

func logBytes(t *testing.T, l msglog.Log) {
	for _, s := range []string{"aaaa", "bbbb", "cccc", "dddd"} {
		add(t, l, entry("", "ana", s))
	}
	wantPage(t, l, msglog.Query{Bytes: 8}, "cccc dddd", true)
	wantPage(t, l, msglog.Query{Bytes: 9}, "cccc dddd", true)
	wantPage(t, l, msglog.Query{Forward: true, After: 1, Bytes: 8}, "bbbb cccc", true)
	wantPage(t, l, msglog.Query{Bytes: 1}, "dddd", true) // at least one, however long
	wantPage(t, l, msglog.Query{Bytes: 16}, "aaaa bbbb cccc dddd", false)
}

func logTopic(t *testing.T, l msglog.Log) {
	for i := range 6 {
		e := entry("", "ana", fmt.Sprint(i))
		if i%2 == 0 {
			e.Topic = "kitchen"
		}
		add(t, l, e)
	}
	wantPage(t, l, msglog.Query{Topic: "kitchen"}, "0 2 4", false)
	wantPage(t, l, msglog.Query{Topic: "kitchen", Limit: 2}, "2 4", true)
	wantPage(t, l, msglog.Query{Topic: "kitchen", Forward: true, After: 1, Limit: 1}, "2", true)
	wantPage(t, l, msglog.Query{Topic: "elsewhere"}, "", false)
}

func logPerson(t *testing.T, l msglog.Log) {
	said := entry("", "ana", "said")
	asked, answered := entry("", "ana", "asked"), entry("", "", "answered")
	for _, e := range []*msglog.Entry{asked, answered} {
		e.Audience, e.Topic, e.UserID = msglog.AudiencePrivate, "", "ana"
	}
	answered.From = wire.Sender{Operator: true, Name: "Operator"}
	everyone := entry("", "", "everyone")
	everyone.From = answered.From
	add(t, l, said, entry("", "ben", "other"), asked, answered, everyone)
	wantPage(t, l, msglog.Query{UserID: "ana"}, "said asked answered", false)
	wantPage(t, l, msglog.Query{UserID: "ana", Topic: "general"}, "said", false)
	wantPage(t, l, msglog.Query{UserID: "nobody"}, "", false)
}

func logEmpty(t *testing.T, l msglog.Log) {
	wantPage(t, l, msglog.Query{}, "", false)
	wantPage(t, l, msglog.Query{Before: 5, Limit: 2}, "", false)
	wantPage(t, l, msglog.Query{Forward: true, After: 5, Limit: 2}, "", false)
	if r := add(t, l); len(r) != 0 {
		t.Errorf("append of nothing: %v", r)
	}
}

// A reader never misses anything: what it has read up to a seq is all there is up to it.
func logReaders(t *testing.T, l msglog.Log) {
	const n = 200
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for last := uint64(1); last < n; {
				entries, _, err := l.Page(context.Background(), msglog.Query{Forward: true, After: last, Limit: 7})
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range entries {
					if last++; e.Seq != last {
						t.Errorf("seq %d where %d comes next", e.Seq, last)
						return
					}
				}
			}
		})
	}
	fill(t, l, n)
	group.Wait()
}

func logStreams(t *testing.T, l msglog.Log) {
	mixed(t, l)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{everyone}}, "e e2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen, anas}}, "k a k2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen, anas, everyone}, Limit: 2}, "e2 k2", true)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{kitchen, everyone}, Forward: true, After: 1, Before: 6, Limit: 2}, "k e2", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{withdrawn}}, "", false)
	wantPage(t, l, msglog.Query{Streams: []msglog.Stream{}}, "", false)
}

func logAnnounced(t *testing.T, l msglog.Log) {
	mixed(t, l)
	asks := to("topic", "hall", "asks")
	asks.Ack, asks.Priority = "Seen", 5
	add(t, l, entry("", "ana", "Ana's"), withdrawal(1), asks)
	again := to("private", "ana", "asks again")
	again.Ack, again.ReplyTo, again.Topic = "Seen", 9, "hall"
	add(t, l, again, fromProgram("k3", "x", "Press 4 is down"))
	wantAnnounced(t, l, []msglog.Announcement{
		{Seq: 2, Stream: kitchen},
		{Seq: 3, Stream: hall},
		{Seq: 4, Stream: anas},
		{Seq: 5, Stream: everyone},
		{Seq: 6, Stream: kitchen},
		{Seq: 9, Stream: hall, Ack: "Seen", Priority: 5},
		{Seq: 10, Stream: anas, Ack: "Seen", ReplyTo: 9},
		{Seq: 11, Stream: everyone},
	})
	prune(t, l, time.Now().Add(time.Hour), plenty)
	wantAnnounced(t, l, nil)
}

// wantAnnounced compares the messages that have receipts.
func wantAnnounced(t *testing.T, l msglog.Log, want []msglog.Announcement) {
	t.Helper()
	var got []msglog.Announcement
	if err := l.Announced(context.Background(), func(a msglog.Announcement) { got = append(got, a) }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("announced are %+v, want %+v", got, want)
	}
}

func logSeqs(t *testing.T, l msglog.Log) {
	mixed(t, l)
	for _, q := range []msglog.Query{
		{},
		{Limit: 2},
		{Before: 4},
		{After: 2, Forward: true, Limit: 3},
		{Streams: []msglog.Stream{kitchen, everyone}, Limit: 3},
		{Streams: []msglog.Stream{}},
		{After: 1 << 63},
	} {
		entries, _, err := l.Page(context.Background(), q)
		var want []uint64
		for _, e := range entries {
			want = append(want, e.Seq)
		}
		if got, err2 := l.Seqs(context.Background(), q); err != nil || err2 != nil || !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v; errors %v, %v", q, got, want, err, err2)
		}
	}
}

func logGet(t *testing.T, l msglog.Log) {
	mixed(t, l)
	add(t, l, withdrawal(2))
	for seq, want := range map[uint64]string{0: "none", 1: "e", 2: "none", 3: "h", 7: "none", 8: "none", 1 << 63: "none"} {
		if got := get(t, l, seq); got != want {
			t.Errorf("get %d: %q, want %q", seq, got, want)
		}
	}
}
