package feed

import (
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

func seqs(items []*Item) (list []uint64) {
	for _, i := range items {
		list = append(list, i.Seq)
	}
	return list
}

func TestFeed_GivesWhatCameAfterAPosition(t *testing.T) {
	var f Feed
	f.Start(7)
	f.Add(entry(8)) // nobody follows
	position, stop := f.Follow()
	if position != 8 {
		t.Fatalf("begins after %d, want 8", position)
	}
	if _, _, ok := f.After(7, 10); ok {
		t.Error("it has what came before anybody followed")
	}
	for seq := uint64(9); seq <= 12; seq++ {
		f.Add(entry(seq))
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
	stop()
	stop()
	if len(f.items) != 0 {
		t.Errorf("%d items are kept for nobody", len(f.items))
	}
}

func TestFeed_IsBounded(t *testing.T) {
	for name, text := range map[string]string{"in number": "x", "in bytes": strings.Repeat("x", 100_000)} {
		var f Feed
		_, stop := f.Follow()
		for seq := uint64(1); seq <= 2*maxItems; seq++ {
			e := entry(seq)
			e.Text = text
			f.Add(e)
		}
		if len(f.items) > maxItems || f.bytes > maxBytes {
			t.Errorf("%s: %d items, %d bytes", name, len(f.items), f.bytes)
		}
		if _, _, ok := f.After(0, 1); ok {
			t.Errorf("%s: it claims to have what it dropped", name)
		}
		if items, _, ok := f.After(2*maxItems-1, 1); !ok || len(items) != 1 {
			t.Errorf("%s: the newest is %v, %v", name, seqs(items), ok)
		}
		stop()
		if f.bytes != 0 {
			t.Errorf("%s: %d bytes are left", name, f.bytes)
		}
	}
}

func TestFeed_AWithdrawnMessageIsReadByNobody(t *testing.T) {
	var f Feed
	_, stop := f.Follow()
	defer stop()
	f.Add(entry(1))
	f.Add(&msglog.Entry{Seq: 2, Audience: msglog.AudienceWithdrawn, Withdraws: 1})
	items, reached, ok := f.After(0, 10)
	if !ok || reached != 2 || !slices.Equal(seqs(items), []uint64{2}) {
		t.Errorf("%v, reached %d, %v", seqs(items), reached, ok)
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
		f.Add(entry(1))
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
