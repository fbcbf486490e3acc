package feed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// logs opens each kind of log.
func logs(t *testing.T) map[string]msglog.Log {
	t.Helper()
	kept, err := sqlite.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	return map[string]msglog.Log{"memory": msglog.NewMemory(), "small memory": msglog.NewBoundedMemory(150, 1<<20), "SQLite": kept}
}

var streams = []msglog.Stream{
	{Audience: msglog.AudienceWithdrawn},
	{Audience: msglog.AudienceEveryone},
	{Audience: msglog.AudienceTopic, Name: "kitchen"},
	{Audience: msglog.AudienceTopic, Name: "hall"},
	{Audience: msglog.AudiencePrivate, Name: "ana"},
	{Audience: msglog.AudiencePrivate, Name: "ben"},
}

// appendTo commits an entry and then adds it to the feed, as the dispatcher does.
func appendTo(t *testing.T, log msglog.Log, f *Feed, e *msglog.Entry) uint64 {
	t.Helper()
	if _, err := log.Append(context.Background(), msglog.OfEntries(e)); err != nil {
		t.Fatal(err)
	}
	add(f, e)
	return e.Seq
}

// something is a message or a withdrawal.
func something(rnd *rand.Rand, last uint64) *msglog.Entry {
	e := &msglog.Entry{Text: fmt.Sprint("text ", last), From: wire.Sender{Operator: true, Name: "Operator"}}
	switch s := streams[rnd.IntN(len(streams))]; s.Audience {
	case msglog.AudienceWithdrawn:
		if e.Withdraws = rnd.Uint64N(last + 1); e.Withdraws > 0 {
			e.Audience, e.Text = s.Audience, ""
			return e
		}
		e.Audience = msglog.AudienceEveryone
	default:
		e.Audience = s.Audience
		if s.Audience == msglog.AudienceTopic {
			e.Topic = s.Name
		} else {
			e.UserID = s.Name
		}
	}
	if rnd.IntN(4) == 0 {
		e.Ack = "OK"
	}
	return e
}

// someStreams is what somebody follows.
func someStreams(rnd *rand.Rand) (list []msglog.Stream) {
	for _, s := range streams {
		if rnd.IntN(2) == 0 {
			list = append(list, s)
		}
	}
	return append(list, streams[1])
}

// Whatever happens to the log, the feed gives the same entries as the log, and counts them in the same way; also after a
// restart, once it was filled.
func TestFeed_GivesWhatTheLogGives(t *testing.T) {
	for name, log := range logs(t) {
		t.Run(name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same at each run
			f := &Feed{}
			for i := range 600 {
				appendTo(t, log, f, something(rnd, log.Last()))
				switch rnd.IntN(60) {
				case 0:
					if _, err := log.Prune(t.Context(), msglog.Age{}, 0); err != nil && i > 0 {
						t.Fatal(err)
					}
				case 1:
					f.Prune(log)
				case 2: // a restart
					f = &Feed{}
					f.Start(log.Last())
				}
				if i%3 == 0 {
					compare(t, rnd, log, f)
				}
			}
		})
	}
}

// compare reads a random span of both.
func compare(t *testing.T, rnd *rand.Rand, log msglog.Log, f *Feed) {
	t.Helper()
	after := rnd.Uint64N(log.Last())
	before := after + 1 + rnd.Uint64N(log.Last()-after+1)
	s := NewSpan(log, someStreams(rnd), after, before)
	if after < f.Begins() {
		if err := f.Fill(t.Context(), log); err != nil {
			t.Fatal(err)
		}
	}
	q := msglog.Query{Streams: s.Streams, After: after, Before: before, Forward: true}
	want, _, err := log.Page(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var got []Frame
	for s.After+1 < before {
		var ok bool
		if got, s.After, ok = f.Read(s, got); !ok {
			t.Fatalf("it lacks what is after %d; it begins at %d", s.After, f.Begins())
		}
	}
	if !slices.EqualFunc(got, want, func(f Frame, e *msglog.Entry) bool {
		w := FrameOf(e)
		return f.Seq == w.Seq && f.Stream == w.Stream && f.Ack == w.Ack && slices.Equal(f.Bytes, w.Bytes)
	}) {
		t.Fatalf("between %d and %d of %v: %d frames, want %d", after, before, s.Streams, len(got), len(want))
	}
	s.After = after
	q.Forward, q.Limit = false, 1+rnd.IntN(20)
	seqs, err := log.Seqs(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	n, oldest, _ := f.Count(s, q.Limit)
	if n != len(seqs) || n > 0 && oldest != seqs[0] {
		t.Fatalf("counted %d from %d on, want %v", n, oldest, seqs)
	}
}

// slowLog lets something happen after a page was read.
type slowLog struct {
	msglog.Log
	pages int
	read  func()
}

func (l *slowLog) Page(ctx context.Context, q msglog.Query) ([]*msglog.Entry, bool, error) {
	entries, more, err := l.Log.Page(ctx, q)
	l.pages++
	l.read()
	return entries, more, err
}

// While the feed is filled others are added; what is withdrawn meanwhile does not come back, and the log is read once for all
// who ask.
func TestFill_WhileOthersAreAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := msglog.NewMemory()
		var before, f Feed
		for range 20 {
			appendTo(t, memory, &before, &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "old"})
		}
		f.Start(memory.Last())
		proceed := make(chan struct{})
		log := &slowLog{Log: memory, read: func() { <-proceed }}
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if err := f.Fill(t.Context(), log); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		appendTo(t, memory, &f, &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "new"})
		appendTo(t, memory, &f, &msglog.Entry{Audience: msglog.AudienceWithdrawn, Withdraws: 7})
		impatient, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Fill(impatient, log); err == nil {
			t.Error("waits longer than it should")
		}
		close(proceed)
		group.Wait()
		if f.CanFill() || log.pages != 1 {
			t.Errorf("filled %v, by %d pages", !f.CanFill(), log.pages)
		}
		frames, reached, ok := f.Read(everything(0, 23), nil)
		if !ok || reached != 22 || len(frames) != 21 || slices.ContainsFunc(frames, func(f Frame) bool { return f.Seq == 7 }) {
			t.Errorf("%d frames, reached %d, %v", len(frames), reached, ok)
		}
	})
}

// Where newer entries have taken the room meanwhile, nothing is put before them: there would be a gap.
func TestFill_LeavesNoGap(t *testing.T) {
	memory := msglog.NewMemory()
	var before, f Feed
	for range 20 {
		appendTo(t, memory, &before, &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "old"})
	}
	f.Start(memory.Last())
	log := &slowLog{Log: memory, read: func() {
		for range maxItems + 1 {
			appendTo(t, memory, &f, &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "new"})
		}
	}}
	if err := f.Fill(t.Context(), log); err != nil || f.Begins() != 21 || f.ring.n != maxItems {
		t.Errorf("it begins at %d and has %d, error %v", f.Begins(), f.ring.n, err)
	}
}

// A Fill takes the newest that fit, and no more.
func TestFill_IsBounded(t *testing.T) {
	memory := msglog.NewMemory()
	var before, f Feed
	for range maxItems + 500 {
		appendTo(t, memory, &before, &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "old"})
	}
	f.Start(memory.Last())
	for range 30 {
		appendTo(t, memory, &f, &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "new"})
	}
	if err := f.Fill(t.Context(), memory); err != nil || f.Begins() != 530 || f.ring.n != maxItems {
		t.Errorf("it begins at %d and has %d, error %v", f.Begins(), f.ring.n, err)
	}
	if _, reached, ok := f.Read(everything(530, 540), nil); !ok || reached != 539 {
		t.Errorf("reached %d, %v", reached, ok)
	}
}

// What a recovery of 140 messages costs of the feed, and of the log.
func BenchmarkRead(b *testing.B) {
	kept, err := sqlite.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	const last, missed = 5000, 140
	var f Feed
	for range last {
		e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: string(make([]byte, 128)), From: wire.Sender{Operator: true, Name: "Operator"}}
		if _, err := kept.Append(b.Context(), msglog.OfEntries(e)); err != nil {
			b.Fatal(err)
		}
		add(&f, e)
	}
	b.Run("feed", func(b *testing.B) {
		b.ReportAllocs()
		var frames []Frame
		for b.Loop() {
			for s := NewSpan(kept, streams[:4], last-missed, last+1); s.After < last; {
				frames, s.After, _ = f.Read(s, frames[:0])
			}
		}
	})
	b.Run("log", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			entries, _, err := kept.Page(b.Context(), msglog.Query{Streams: streams[:4], After: last - missed, Before: last + 1, Forward: true})
			if err != nil || len(entries) != missed {
				b.Fatal(err, len(entries))
			}
			for _, e := range entries {
				_ = FrameOf(e)
			}
		}
	})
}
