package receipts

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts/delta"
	"belfry/wsserver/wire"
)

// Whatever happens, and after whichever commit a crash comes: what is read again is what was there, and every receipt is
// one that was given.
func TestDeltas_ReadAgainAfterAnyCommit(t *testing.T) {
	for seed := range uint64(40) {
		w := newDeltaWorld(t, seed)
		for range 250 {
			w.happen()
			if w.random.IntN(6) == 0 {
				w.flush()
			}
			if t.Failed() {
				t.Fatal("seed", seed)
			}
		}
		w.l.Merge()
		for w.l.Dirty() {
			w.flush()
		}
		if err := w.log.Records(context.Background(), recordDelta, func(key string, _ []byte) error {
			return fmt.Errorf("the batch %s is left", key)
		}); err != nil {
			t.Error(err)
		}
	}
}

// deltaWorld is a room in which things happen at random, with a plain model of the receipts.
type deltaWorld struct {
	t       *testing.T
	random  *rand.Rand
	l       *Ledger
	log     *msglog.Memory
	devices map[string]*Device
	bases   map[string]uint64
	given   map[string]map[uint64]bool // by kind, person and topic
	edited  bool                       // something was withdrawn, or removed by retention
}

func newDeltaWorld(t *testing.T, seed uint64) *deltaWorld {
	w := &deltaWorld{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), l: NewLedger(), log: msglog.NewMemory(), //nolint:gosec // the same each time
		devices: map[string]*Device{}, bases: map[string]uint64{}, given: map[string]map[uint64]bool{},
	}
	w.l.most = 1 + w.random.IntN(4)
	return w
}

func (w *deltaWorld) happen() {
	l, pick := w.l, func(list ...string) string { return list[w.random.IntN(len(list))] }
	user, topic := pick("ana", "ben", "eve", "guest-1"), pick("kitchen", "hall", "")
	position := w.log.Last() - min(w.log.Last(), uint64(w.random.IntN(3)))
	switch w.random.IntN(16) {
	case 0, 1, 2:
		w.say(user, topic)
	case 3, 4:
		w.connect(user, position)
	case 5:
		if d := w.devices[user]; d != nil {
			l.Disconnect(d, position)
			delete(w.devices, user)
		}
	case 6:
		l.Leave(user, []string{topic}, position)
	case 7:
		l.Assign(user, pick("kitchen", "hall"), position)
		l.Unassign(user, []string{pick("kitchen", "hall")})
	case 8:
		l.Remove(user, pick("kitchen", "hall"), position)
		l.NoteSeen(user, position)
		l.NoteSettled(user, position)
	case 9:
		w.forget(user)
	case 10:
		w.edit(position)
	case 11:
		if l.Merge(); w.random.IntN(2) == 0 {
			l.core.journal.seal()
		}
	default:
		w.receive(user, topic, position)
	}
}

func (w *deltaWorld) say(user, topic string) {
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, From: wire.Sender{Operator: true}, Text: "x"}
	switch {
	case topic != "":
		e.Audience, e.Topic = msglog.AudienceTopic, topic
	case w.random.IntN(3) == 0:
		e.Audience, e.UserID = msglog.AudiencePrivate, user
	}
	w.append(e)
	w.l.Broadcast(e, w.random.IntN(2))
}

func (w *deltaWorld) append(e *msglog.Entry) {
	if _, err := w.log.Append(context.Background(), msglog.OfEntries(e)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *deltaWorld) connect(user string, position uint64) {
	if w.devices[user] == nil {
		w.devices[user] = new(Device)
		name := user + fmt.Sprint(w.random.IntN(3))
		if _, err := w.l.ReserveName(w.devices[user], user, &name, false, NameRules{Reserved: func(string) bool { return false }}); err != nil {
			w.t.Fatal(err)
		}
		w.l.Connect(w.devices[user], user, name, position, []string{"kitchen", "hall"})
	}
	for _, topic := range []string{"", "kitchen", "hall"} {
		w.bases[user+" "+topic] = w.l.BeginRange(user, topic, position-min(position, uint64(w.random.IntN(5))), w.random.IntN(2) == 0)
	}
}

func (w *deltaWorld) receive(user, topic string, position uint64) {
	base, ok := w.bases[user+" "+topic]
	if !ok || w.devices[user] == nil {
		return
	}
	read := w.random.IntN(2) == 0
	w.l.Advance(user, topic, base, position, read)
	for seq := base + 1; seq <= position; seq++ {
		w.give("received", user, topic, seq)
		if read {
			w.give("read", user, topic, seq)
		}
	}
}

func (w *deltaWorld) give(kind, user, topic string, seq uint64) {
	key := strings.Join([]string{kind, user, topic}, " ")
	if w.given[key] == nil {
		w.given[key] = map[uint64]bool{}
	}
	w.given[key][seq] = true
}

func (w *deltaWorld) forget(user string) {
	if m := w.l.core.members[user]; m != nil && w.devices[user] == nil && w.random.IntN(3) == 0 {
		w.l.core.mu.Lock()
		w.l.drop(user, m)
		w.l.core.mu.Unlock()
		for key := range w.given {
			if strings.Fields(key)[1] == user {
				delete(w.given, key)
			}
		}
	}
}

// edit withdraws a message, or removes the oldest, now and then.
func (w *deltaWorld) edit(position uint64) {
	switch w.random.IntN(12) {
	case 0:
		w.edited = true
		w.append(&msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: position})
		w.l.Withdraw(position)
	case 1:
		if first := w.l.core.seqs; len(first) > 3 {
			w.edited = true
			for _, seq := range first[:3] {
				w.append(&msglog.Entry{Audience: msglog.AudienceWithdrawn, From: wire.Sender{Operator: true}, Withdraws: seq})
			}
			w.l.Prune(first[3])
		}
	}
}

// flush commits piece after piece. Now and then one fails; after each, all is read again.
func (w *deltaWorld) flush() {
	for more := true; more; {
		var records []msglog.Record
		if records, more = nil, true; w.random.IntN(4) == 0 {
			records = w.l.FlushDeltas(w.random.IntN(2) == 0)
		}
		if records == nil {
			records, more = w.l.Flush()
		}
		if w.random.IntN(8) == 0 {
			w.l.MarkDirty(records)
			return
		}
		if _, err := w.log.Append(context.Background(), msglog.OfRecords(records...)); err != nil {
			w.t.Fatal(err)
		}
		if j := &w.l.core.journal; len(j.sealed)+j.writer.Size() == 0 {
			w.check()
		}
	}
}

func (w *deltaWorld) check() {
	again := NewLedger()
	if err := again.Load(context.Background(), w.log); err != nil || again.Damaged() > 0 {
		w.t.Fatal(err, again.Damaged())
	}
	if got, want := w.people(again), w.people(w.l); !maps.Equal(got, want) {
		for key := range want {
			if got[key] != want[key] {
				w.t.Errorf("%s is read again as\n%s, was\n%s", key, got[key], want[key])
			}
		}
		w.t.Errorf("%d people, want %d", len(got), len(want))
	}
	for userID, m := range again.core.members {
		for topic, c := range m.cursors {
			for kind, covered := range map[string]ranges{"received": c.received, "read": c.read} {
				w.wantGiven(userID, topic, kind, covered)
			}
		}
	}
}

// wantGiven compares a cursor with the model.
func (w *deltaWorld) wantGiven(userID, topic, kind string, covered ranges) {
	given := w.given[strings.Join([]string{kind, userID, topic}, " ")]
	for seq := range w.log.Last() + 1 {
		if covered.has(seq) != given[seq] && userID != "guest-1" {
			w.t.Errorf("%s: %s %q %d is %v", userID, kind, topic, seq, covered.has(seq))
		}
	}
}

// people is all that is known of each person but guests, as it is after a crash.
func (w *deltaWorld) people(l *Ledger) map[string]string {
	all := map[string]string{}
	for userID, m := range l.core.members {
		text := fmt.Sprint(m.Name, m.ReservedName, m.Assigned, m.Removed, m.Here, m.Looked, m.Settled)
		if live := w.l.core.members[userID]; live != nil && live.online == 0 && live.Seen != 0 { // else it is the crash's time
			text += fmt.Sprint(" seen ", m.Seen)
		}
		for _, key := range slices.Sorted(maps.Keys(m.In)) {
			if key != present && !w.edited {
				text += fmt.Sprint(" in ", key, m.In[key])
			}
		}
		for _, topic := range slices.Sorted(maps.Keys(m.cursors)) {
			if c := m.cursors[topic]; len(c.received)+len(c.read) > 0 {
				text += fmt.Sprint(" cursor ", topic, c.received, c.read, c.coarse)
				if !w.edited {
					text += fmt.Sprint(c.timeline)
				}
			}
		}
		if userID != "guest-1" {
			all[userID] = text
		}
	}
	return all
}

// A batch that is damaged is said; all else is read.
func TestDeltas_ADamagedBatchIsSaid(t *testing.T) {
	l, log := NewLedger(), msglog.NewMemory()
	keep := func(records []msglog.Record) {
		if _, err := log.Append(context.Background(), msglog.OfRecords(records...)); err != nil {
			t.Fatal(err)
		}
	}
	l.Connect(new(Device), "ana", "Ana", 0, nil)
	keep(drain(l))
	l.Merge()
	keep(drain(l))
	l.Connect(new(Device), "ben", "Ben", 0, nil)
	damaged := drain(l)
	damaged[0].Value[len(damaged[0].Value)/2] ^= 1
	keep(damaged)
	from := l.BeginRange("ana", "", 0, false)
	l.Advance("ana", "", from, 5, true)
	l.BeginRange("ben", "", 0, false) // his number was in the damaged one
	keep(drain(l))
	again := NewLedger()
	if err := again.Load(context.Background(), log); err != nil {
		t.Fatal(err)
	}
	if again.Damaged() != 2 || !again.Known("ana") || again.Known("ben") {
		t.Errorf("%d damaged; ana known %v, ben %v", again.Damaged(), again.Known("ana"), again.Known("ben"))
	}
	if c := again.core.members["ana"].cursors[""]; c == nil || !c.read.has(5) {
		t.Error("a receipt in another batch is lost")
	}
}

// Without the form of a batch, receipts would be lost silently: the log is not loaded.
func TestDeltas_ANewerBatchIsRefused(t *testing.T) {
	log := msglog.NewMemory()
	if _, err := log.Append(context.Background(), msglog.OfRecords(msglog.Record{Kind: recordDelta, Key: msglog.NumberKey(1), Value: []byte{9, 9}})); err != nil {
		t.Fatal(err)
	}
	if err := NewLedger().Load(context.Background(), log); err != delta.ErrNewer { //nolint:errorlint // it is this one
		t.Errorf("error %v", err)
	}
}
