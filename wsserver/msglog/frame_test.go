package msglog

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"belfry/wsserver/wire"
)

// awkward are texts that JSON writes in ways of its own.
var awkward = []string{
	"", "plain", "Grüße", `a "quoted" \ word`, "<b>&</b>", "two\nlines\tand\x00more\x7f", "\u2028\u2029", "bad \xff UTF-8 \xed\xa0\x80", "👩‍👩‍👧", "\xe2",
}

// The encoder written by hand writes the same as encoding/json.
func TestEncode_ByHandIsTheSame(t *testing.T) {
	pick := func() string { return awkward[rand.IntN(len(awkward))] }
	for range 5_000 {
		e := &Entry{
			Seq: rand.Uint64(), Time: time.UnixMilli(rand.Int64N(1 << 42)), ID: pick(), Audience: pick(), Topic: pick(), UserID: pick(),
			From: wire.Sender{UserID: pick(), Operator: rand.IntN(2) == 0, Program: rand.IntN(2) == 0, Name: pick()}, Text: pick(), Title: pick(), Priority: rand.IntN(6),
			Ack: pick(), ReplyTo: rand.Uint64N(3), Click: pick(),
		}
		for range rand.IntN(3) {
			e.Tags = append(e.Tags, pick())
		}
		if got, want := EncodeEntry(e), wire.Encode(e.Message()); !bytes.Equal(got, want) {
			t.Fatalf("by hand %q\nwant    %q", got, want)
		}
		a := Appended{Seq: e.Seq, Time: e.Time}
		if got, want := EncodeAccepted(e.ID, a), wire.Encode(wire.AcceptedFrame{Type: "accepted", ID: e.ID, Seq: a.Seq, Time: wire.Time(a.Time)}); !bytes.Equal(got, want) {
			t.Fatalf("by hand %q\nwant    %q", got, want)
		}
	}
}
