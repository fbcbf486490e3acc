package operator

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"belfry/wsserver/feed"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

func send(t *testing.T, o *Operator, b Broadcast) uint64 {
	t.Helper()
	r, err := o.Broadcast(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r.Seq
}

func next(t *testing.T, f *feed.Follower) (seqs []uint64) {
	t.Helper()
	items, err := f.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		seqs = append(seqs, i.Seq)
	}
	return seqs
}

// missed reads what came after since.
func missed(t *testing.T, f *feed.Follower, since uint64, epoch string) (seqs []uint64, r wire.RecoveredFrame) {
	t.Helper()
	r, err := f.Missed(t.Context(), since, epoch, func(i *feed.Item) error {
		seqs = append(seqs, i.Seq)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return seqs, r
}

func TestFollow_FirstWhatWasMissedThenWhatComes(t *testing.T) {
	o, stop := newOperator(t)
	defer stop()
	for i := range 3 {
		send(t, o, Broadcast{Message: fmt.Sprint(i)})
	}
	f, err := o.Follow([]msglog.Stream{{Audience: msglog.AudienceEveryone}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	send(t, o, Broadcast{Message: "elsewhere", Topic: wire.GeneralTopic})
	live := send(t, o, Broadcast{Message: "live"})
	seqs, r := missed(t, f, 1, "")
	if !slices.Equal(seqs, []uint64{2, 3}) || r.From != 2 || r.To != 3 || !r.Complete || r.Gone {
		t.Errorf("missed %v, %+v", seqs, r)
	}
	if got := next(t, f); !slices.Equal(got, []uint64{live}) {
		t.Errorf("live %v, want %d alone", got, live)
	}
	if _, err := o.Withdraw(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := next(t, f); len(got) != 1 {
		t.Errorf("the withdrawal: %v", got)
	}
}

func TestFollow_APlaceBeyondTheLogIsGone(t *testing.T) {
	o, stop := newOperator(t)
	defer stop()
	send(t, o, Broadcast{Message: "one"})
	for name, place := range map[string]struct {
		seq   uint64
		epoch string
	}{"beyond the end": {99, ""}, "of another log": {1, "ANOTHER"}} {
		f, err := o.Follow(nil)
		if err != nil {
			t.Fatal(err)
		}
		seqs, r := missed(t, f, place.seq, place.epoch)
		if !slices.Equal(seqs, []uint64{1}) || !r.Gone || r.Complete || r.From != 1 {
			t.Errorf("%s: %v, %+v", name, seqs, r)
		}
		f.Close()
	}
}

// tooMany is more messages than the feed keeps.
const tooMany = 11_000

// behind is a follower that has read none of tooMany messages.
func behind(t *testing.T, o *Operator) *feed.Follower {
	t.Helper()
	f, err := o.Follow(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range tooMany {
		send(t, o, Broadcast{Message: fmt.Sprint(i)})
	}
	return f
}

// A follower that reads nothing is left behind by the feed, and reads the log.
func TestFollow_WhoIsBehindLosesNothing(t *testing.T) {
	o, stop := newOperator(t)
	defer stop()
	f := behind(t, o)
	defer f.Close()
	var got []uint64
	for len(got) < tooMany {
		got = append(got, next(t, f)...)
	}
	for i, seq := range got {
		if seq != uint64(i+1) {
			t.Fatalf("message %d has seq %d", i+1, seq)
		}
	}
}

func TestFollow_WhoIsTooFarBehindIsToldSo(t *testing.T) {
	o, stop := newOperator(t)
	defer stop()
	f := behind(t, o)
	defer f.Close()
	log, _ := o.Messages.openLog()
	if _, err := log.Prune(t.Context(), msglog.Age{}, 1); err != nil {
		t.Fatal(err)
	}
	var e *wire.Error
	if _, err := f.Next(t.Context()); !errors.As(err, &e) || e.Code != "too_slow" {
		t.Errorf("error %v, want too_slow", err)
	}
}

func TestMessage_UnknownOneIsSaidSo(t *testing.T) {
	o, stop := newOperator(t)
	defer stop()
	var e *wire.Error
	if _, err := o.Message(t.Context(), 7); !errors.As(err, &e) || e.Code != "unknown_message" {
		t.Errorf("error %v, want unknown_message", err)
	}
}
