package wsserver

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// awkward are texts that JSON writes in ways of its own.
var awkward = []string{
	"", "plain", "Grüße", `a "quoted" \ word`, "<b>&</b>", "two\nlines\tand\x00more\x7f", "\u2028\u2029", "bad \xff UTF-8 \xed\xa0\x80", "👩‍👩‍👧", "\xe2",
}

// What is written by hand is what encoding/json would write.
func TestEncode_ByHandIsTheSame(t *testing.T) {
	pick := func() string { return awkward[rand.IntN(len(awkward))] }
	for range 5_000 {
		e := &msglog.Entry{
			Seq: rand.Uint64(), Time: time.UnixMilli(rand.Int64N(1 << 42)), ID: pick(), Audience: pick(), Topic: pick(), UserID: pick(),
			From: wire.Sender{UserID: pick(), Operator: rand.IntN(2) == 0, Name: pick()}, Text: pick(), Title: pick(), Priority: rand.IntN(6),
			Ack: pick(), ReplyTo: rand.Uint64N(3),
		}
		if got, want := msglog.EncodeEntry(e), wire.Encode(e.Message()); !bytes.Equal(got, want) {
			t.Fatalf("by hand %q\nwant    %q", got, want)
		}
		a := msglog.Appended{Seq: e.Seq, Time: e.Time}
		if got, want := msglog.EncodeAccepted(e.ID, a), wire.Encode(wire.AcceptedFrame{Type: "accepted", ID: e.ID, Seq: a.Seq, Time: wire.Time(a.Time)}); !bytes.Equal(got, want) {
			t.Fatalf("by hand %q\nwant    %q", got, want)
		}
		c := wire.CountsFrame{Type: "counts", Subscribers: rand.IntN(20_000), Clients: rand.IntN(20_000)}
		if got, want := wire.EncodeCounts(c), wire.Encode(c); !bytes.Equal(got, want) {
			t.Fatalf("by hand %q\nwant    %q", got, want)
		}
	}
}

// A frame that is read the short way is read as encoding/json reads it.
func FuzzDecodeRequest(f *testing.F) {
	for _, g := range readGoldens(f) {
		f.Add([]byte(g.Frame))
	}
	for _, s := range []string{
		`{"action":"notify","id":"a","message":"x","topic":"t","reply_to":7}`, ` { "action" : "hello" , "topics" : [ "a" , "b" ] } `,
		`{"topics":[],"topics":["a"],"since":0}`, `{"since":01}`, `{"since":-1}`, `{"since":1e3}`, `{"seq":18446744073709551616}`, `{}`, `{"ACTION":"x"}`,
		`{"name":null}`, `{"name":""}`, `{"action":"x"}}`, `{"action":"x",}`, `{"message":"\u0041"}`, "{\"message\":\"\xff\"}", `{"other":{"action":"x"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var quick, slow wire.Request
		if !(&wire.Scanner{B: data}).Request(&quick) {
			return
		}
		if _, err := wire.Decode(data, &slow); err != nil || !reflect.DeepEqual(quick, slow) {
			t.Fatalf("%q is read as %+v, want %+v, error %v", data, quick, slow, err)
		}
	})
}

// The frames that pages send all the time are read the short way.
func TestDecodeRequest_OrdinaryFramesAreReadTheShortWay(t *testing.T) {
	for _, s := range []string{
		`{"action":"subscribe","user_id":"abc123"}`, `{"action":"notify","message":"Grüße"}`,
		`{"action":"notify","id":"k3f9","topic":"general","message":"x","reply_to":1040}`, `{"action":"received","seq":1043,"topic":"kitchen"}`,
		`{"action":"hello","name":"Ana","user_id":"abc123","token":"t","topics":["general"],"since":1042,"epoch":"e"}`,
	} {
		if !(&wire.Scanner{B: []byte(s)}).Request(new(wire.Request)) {
			t.Errorf("%s is not", s)
		}
	}
}
