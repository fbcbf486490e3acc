package receipts

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Incremental counts equal a full count, whatever happens, and after a restart.
func TestCounts_AreWhatCountingGives(t *testing.T) {
	for seed := range uint64(60) {
		w := newCountsWorld(seed)
		for range 150 {
			w.happen(t)
		}
		w.check(t, w.ledger, fmt.Sprint("seed ", seed))
		if _, err := w.log.Append(context.Background(), msglog.OfRecords(drain(w.ledger)...)); err != nil {
			t.Fatal(err)
		}
		again := NewLedger()
		if err := again.Load(context.Background(), w.log); err != nil {
			t.Fatal(err)
		}
		w.check(t, again, fmt.Sprint("seed ", seed, " read again"))
		for seq, b := range w.ledger.core.broadcasts {
			if o := again.core.broadcasts[seq]; o == nil || o.counts != b.counts || again.core.origin(seq) != w.ledger.core.origin(seq) {
				t.Errorf("seed %d, message %d: %+v, read again %+v", seed, seq, b, o)
			}
		}
	}
}

// countsWorld is a room in which things happen at random.
type countsWorld struct {
	random *rand.Rand
	ledger *Ledger
	log    *msglog.Memory
	bases  map[string]uint64 // by person and topic
}

func newCountsWorld(seed uint64) *countsWorld {
	return &countsWorld{
		random: rand.New(rand.NewPCG(seed, 0)), ledger: NewLedger(), log: msglog.NewMemory(), //nolint:gosec // the same each time
		bases: map[string]uint64{},
	}
}

func (w *countsWorld) pick(list ...string) string { return list[w.random.IntN(len(list))] }

func (w *countsWorld) happen(t *testing.T) {
	t.Helper()
	l := w.ledger
	user, topic := w.pick("ana", "ben", "eve"), w.pick("kitchen", "hall", "")
	key := topic
	if key == "" {
		key = everyone
	}
	// Coming and going is noted late now and then: others may have spoken meanwhile.
	position := w.log.Last() - min(w.log.Last(), uint64(w.random.IntN(3)))
	switch w.random.IntN(10) {
	case 0, 1, 2:
		w.say(t, user, topic)
	case 3, 4:
		l.Join(user, []string{key}, position)
		w.bases[user+topic] = l.BeginRange(user, topic, position, w.random.IntN(2) == 0)
	case 5:
		l.Leave(user, []string{key}, position)
	case 6, 7:
		if base, ok := w.bases[user+topic]; ok {
			l.Advance(user, topic, base, position, w.random.IntN(2) == 0)
		}
	case 8:
		w.ack(t, user)
	case 9:
		if w.random.IntN(3) == 0 && w.log.Last() > 0 {
			w.append(t, &msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: 1 + w.random.Uint64N(w.log.Last())})
		}
	}
}

func (w *countsWorld) say(t *testing.T, user, topic string) {
	t.Helper()
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}, Text: "x", Ack: w.pick("", "OK")}
	switch {
	case w.random.IntN(3) == 0:
		e.Audience, e.UserID, e.ReplyTo = msglog.AudiencePrivate, user, w.random.Uint64N(w.log.Last()+1)
	case topic != "":
		e.Audience, e.Topic = msglog.AudienceTopic, topic
	}
	w.append(t, e)
}

func (w *countsWorld) append(t *testing.T, e *msglog.Entry) {
	t.Helper()
	if _, err := w.log.Append(context.Background(), msglog.OfEntries(e)); err != nil {
		t.Fatal(err)
	}
	if e.Withdraws > 0 {
		w.ledger.Withdraw(e.Withdraws)
	} else {
		w.ledger.Broadcast(e, 0)
	}
}

func (w *countsWorld) ack(t *testing.T, user string) {
	t.Helper()
	for seq, b := range maps.All(w.ledger.core.broadcasts) { // any
		if m := w.ledger.core.members[user]; m == nil || b.audience != "" && !m.belongedTo(b.audience, seq) || b.audience == "" && b.userID != user {
			continue
		}
		if _, err := w.ledger.Ack(keepIn{w.log}, seq, user); err != nil {
			t.Fatal(err)
		}
		return
	}
}

// keepIn writes records into a log at once.
type keepIn struct{ msglog.Log }

func (k keepIn) Keep(records ...msglog.Record) error {
	_, err := k.Append(context.Background(), msglog.OfRecords(records...))
	return err
}

// check compares each message's count with a full count over all persons.
func (w *countsWorld) check(t *testing.T, l *Ledger, when string) {
	t.Helper()
	for seq, b := range l.core.broadcasts {
		if b.audience == "" {
			continue
		}
		var want counts
		for userID, m := range l.core.members {
			want.add(l.core.contribution(seq, b, userID, m), 1)
		}
		if b.counts != want {
			t.Errorf("%s, message %d: counted %+v, are %+v", when, seq, b.counts, want)
		}
		r, _ := l.Receipts(seq, true)
		got := counts{Sent: len(r.Who)}
		for _, who := range r.Who {
			got.add(counts{Received: oneIfSet(who.Received), Read: oneIfSet(who.Read), Acked: oneIfSet(who.Acked)}, 1)
		}
		if got != want {
			t.Errorf("%s, message %d: names say %+v, are %+v", when, seq, got, want)
		}
	}
}

func oneIfSet(stamp string) int {
	if stamp == "" {
		return 0
	}
	return 1
}
