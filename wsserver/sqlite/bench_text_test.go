package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file makes up what a busy site writes: some 30,000 words whose frequencies follow Zipf's law, as in any
// language, 500 people of whom a few write most, 20 topics, announcements and private messages.

const (
	benchWords  = 30_000
	benchPeople = 500
	benchTopics = 20
)

// common are the most frequent words, in order.
var common = strings.Fields(`the to and of a in is for on at it be with we you this that please can from are will have not no yes ok by or as
	was all an if now do up out but so has line press gate door one two who when need team here done shift there time today back get
	they he she what just north south first check still only after before water power light order truck pallet machine start stop
	thanks open closed meeting office break safety hall room call station report maintenance torque wrench cabinet forklift
	battery charger label printer belt sensor alarm drill compressor operator customer delivery inspection temperature`)

var syllables = strings.Fields("ba be bi bo bu ca ce co da de di do fa fe fi fo ga ge go ha he hi ho in is ka ke ki la le li lo ma me mi mo mu na ne " +
	"ni no pa pe pi po ra re ri ro ru sa se si so st ta te ti to tr un va ve vi wa we wi zo ar er or an en on al el")

// writer makes messages up, the same ones each time.
type writer struct {
	random                *rand.Rand
	words                 []string
	word, person, subject *rand.Zipf
}

func newWriter() *writer {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same each time
	w := &writer{random: r, words: append([]string{}, common...)}
	seen := map[string]bool{}
	for len(w.words) < benchWords {
		var b strings.Builder
		for range 2 + r.IntN(4) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		if !seen[b.String()] {
			seen[b.String()] = true
			w.words = append(w.words, b.String())
		}
	}
	w.word = rand.NewZipf(r, 1.05, 4, benchWords-1)
	w.person = rand.NewZipf(r, 1.2, 8, benchPeople-1)
	w.subject = rand.NewZipf(r, 1.3, 2, benchTopics-1)
	return w
}

func (w *writer) text() string {
	var b strings.Builder
	for range 4 + w.random.IntN(13) {
		b.WriteString(w.words[w.word.Uint64()])
		b.WriteByte(' ')
	}
	fmt.Fprintf(&b, "%d", w.random.IntN(100_000)) // the number of an order, a pallet, a door
	return b.String()
}

func personID(n uint64) string  { return fmt.Sprintf("user%d", n) }
func topicName(n uint64) string { return fmt.Sprintf("line-%d", n) }

// entry is one message: nine of ten chat, the rest private, a few announcements.
func (w *writer) entry() *msglog.Entry {
	n := w.person.Uint64()
	e := &msglog.Entry{
		Audience: msglog.AudienceTopic, Topic: topicName(w.subject.Uint64()), Text: w.text(),
		From: wire.Sender{UserID: personID(n), Name: w.words[(n*37+113)%benchWords] + " " + w.words[(n*53+211)%benchWords]},
	}
	switch kind := w.random.IntN(100); {
	case kind < 2:
		e.From = wire.Sender{Operator: true, Name: "Operator"}
	case kind < 10:
		e.Audience, e.UserID, e.Topic = msglog.AudiencePrivate, e.From.UserID, ""
	}
	return e
}
