package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

func entry(seq uint64) *msglog.Entry {
	return &msglog.Entry{Seq: seq, Audience: msglog.AudienceEveryone, Text: fmt.Sprint("text ", seq)}
}

// add adds an entry as the fan-out does.
func add(f *Feed, e *msglog.Entry) { f.Add(e, msglog.EncodeEntry(e)) }

func seqs(items []*Item) (list []uint64) {
	for _, i := range items {
		list = append(list, i.Seq)
	}
	return list
}

func TestFeed_GivesWhatCameAfterAPosition(t *testing.T) {
	var f Feed
	f.Start(7)
	add(&f, entry(8)) // nobody follows
	position, stop := f.Follow()
	if position != 8 {
		t.Fatalf("begins after %d, want 8", position)
	}
	if _, _, ok := f.After(7, 10); ok {
		t.Error("it has what came before anybody followed")
	}
	for seq := uint64(9); seq <= 12; seq++ {
		add(&f, entry(seq))
	}
	items, reached, ok := f.After(position, 3)
	if !ok || reached != 11 || !slices.Equal(seqs(items), []uint64{9, 10, 11}) {
		t.Errorf("%v, reached %d, %v", seqs(items), reached, ok)
	}
	if items, reached, ok = f.After(reached, 3); !ok || reached != 12 || len(items) != 1 {
		t.Errorf("then %v, reached %d, %v", seqs(items), reached, ok)
	}
	if items, reached, ok = f.After(12, 3); !ok || reached != 12 || len(items) != 0 {
		t.Errorf("at the end %v, reached %d, %v", seqs(items), reached, ok)
	}
	before := f.ring.bytes
	stop()
	stop()
	if f.ring.bytes >= before {
		t.Error("entries are kept for nobody")
	}
	if position, _ = f.Follow(); position != 12 {
		t.Errorf("the next follower begins after %d, want 12", position)
	}
	if _, _, ok := f.After(11, 10); ok {
		t.Error("it has the entry of what was added while nobody followed")
	}
}

// What is kept is bounded by what it takes, whether anybody follows or not.
func TestFeed_IsBounded(t *testing.T) {
	for name, last := range map[string]uint64{"in number": 2*maxItems + 7, "in bytes": 2000} {
		text := strings.Repeat("x", 20_000_000/int(last)) //nolint:gosec // a few thousand
		for _, followed := range []bool{false, true} {
			var f Feed
			if followed {
				_, stop := f.Follow()
				defer stop()
			}
			for seq := uint64(1); seq <= last; seq++ {
				e := entry(seq)
				e.Text = text
				add(&f, e)
			}
			if f.ring.n > maxItems || f.ring.bytes > maxBytes || len(f.ring.slots) > maxItems+1 {
				t.Errorf("%s, followed %v: %d items, %d bytes, %d slots", name, followed, f.ring.n, f.ring.bytes, len(f.ring.slots))
			}
			if f.ring.n < maxItems-1 && f.ring.bytes < maxBytes*9/10 {
				t.Errorf("%s, followed %v: only %d items, %d bytes", name, followed, f.ring.n, f.ring.bytes)
			}
			if _, _, ok := f.Read(everything(0, last+1), nil); ok {
				t.Errorf("%s: it claims to have what it dropped", name)
			}
			if frames, reached, ok := f.Read(everything(last-1, last+1), nil); !ok || reached != last || len(frames) != 1 {
				t.Errorf("%s: the newest is %v, %d, %v", name, frames, reached, ok)
			}
			for f.ring.n > 0 {
				f.ring.removeOldest()
			}
			if f.ring.bytes != 0 {
				t.Errorf("%s: %d bytes are counted for nothing", name, f.ring.bytes)
			}
		}
	}
}

// everything is the span of all that the tests' entries belong to.
func everything(after, before uint64) Span {
	return Span{Streams: []msglog.Stream{{Audience: msglog.AudienceEveryone}, {Audience: msglog.AudienceWithdrawn}}, After: after, Before: before}
}

func TestFeed_AWithdrawnMessageIsReadByNobody(t *testing.T) {
	var f Feed
	_, stop := f.Follow()
	defer stop()
	add(&f, entry(1))
	add(&f, &msglog.Entry{Seq: 2, Audience: msglog.AudienceWithdrawn, Withdraws: 1})
	items, reached, ok := f.After(0, 10)
	if !ok || reached != 2 || !slices.Equal(seqs(items), []uint64{2}) {
		t.Errorf("%v, reached %d, %v", seqs(items), reached, ok)
	}
	frames, reached, ok := f.Read(everything(0, 3), nil)
	if !ok || reached != 2 || len(frames) != 1 || frames[0].Seq != 2 {
		t.Errorf("%v, reached %d, %v", frames, reached, ok)
	}
	for _, k := range f.ring.slots {
		if bytes.Contains(k.Bytes, []byte("text 1")) || k.item != nil && k.item.Text == "text 1" {
			t.Error("its text is kept")
		}
	}
}

func TestFeed_WakesWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Feed
		_, stop := f.Follow()
		defer stop()
		woken := make(chan error)
		go func() { woken <- f.Wait(t.Context(), 0) }()
		synctest.Wait()
		add(&f, entry(1))
		f.Wake()
		if err := <-woken; err != nil {
			t.Errorf("wait: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { woken <- f.Wait(ctx, 1) }()
		synctest.Wait()
		cancel()
		if err := <-woken; !errors.Is(err, context.Canceled) {
			t.Errorf("a wait whose context ended: %v", err)
		}
		go func() { woken <- f.Wait(t.Context(), 1) }()
		synctest.Wait()
		f.Close()
		if err := <-woken; !errors.Is(err, wire.ErrClosing) {
			t.Errorf("a wait at the end: %v", err)
		}
	})
}

func TestItem_IsEncodedOnce(t *testing.T) {
	i, times := NewItem(entry(1)), 0
	for range 3 {
		i.As("a", func(e *msglog.Entry) []byte { times++; return []byte(e.Text) })
	}
	if got := i.As("b", func(*msglog.Entry) []byte { return []byte("b") }); times != 1 || string(got) != "b" {
		t.Errorf("encoded %d times, then %q", times, got)
	}
}
