package rowsum

import (
	"strings"
	"testing"
)

// FuzzMessage_NoTwoRowsAreWrittenAlike moves text from one column to the next: the sum tells them apart.
func FuzzMessage_NoTwoRowsAreWrittenAlike(f *testing.F) {
	f.Add("e", "the text", 4)
	f.Add("t:line", "\x00\x01", 0)
	f.Fuzz(func(t *testing.T, stream, all string, at int) {
		if at < 0 || at >= len(all) {
			return
		}
		columns := func(at int) []*Message {
			a, b := all[:at], all[at:]
			return []*Message{
				{Stream: stream, Topic: a, Sender: b},
				{Stream: stream, SenderName: a, ID: b},
				{Stream: stream, Text: a, Title: b},
				{Stream: stream, Title: a, Ack: b},
				{Stream: stream, Tags: a, Click: b},
			}
		}
		here, there := columns(at), columns(at+1)
		for i := range here {
			if here[i].Sum() == there[i].Sum() {
				t.Errorf("%+v and %+v have one sum", here[i], there[i])
			}
		}
		if Record(stream, all[:at], []byte(all[at:])) == Record(stream, all[:at+1], []byte(all[at+1:])) {
			t.Errorf("two records have one sum")
		}
	})
}

// Each bit counts, wherever it is.
func TestSum_OfEachBit(t *testing.T) {
	m := Message{Seq: 1, Time: 1_700_000_000_000, Stream: "e", Sender: "ana", Text: strings.Repeat("lunch is ready ", 5000)}
	was := m.Sum()
	b := []byte(m.Text)
	for at := 0; at < len(b); at += 997 {
		for bit := range 8 {
			b[at] ^= 1 << bit
			m.Text = string(b)
			if m.Sum() == was {
				t.Errorf("bit %d of byte %d is not in the sum", bit, at)
			}
			b[at] ^= 1 << bit
		}
	}
	m.Text = string(b)
	for name, change := range map[string]func(*Message){
		"seq": func(m *Message) { m.Seq++ }, "time": func(m *Message) { m.Time++ }, "priority": func(m *Message) { m.Priority++ },
		"reply_to": func(m *Message) { m.ReplyTo++ }, "of": func(m *Message) { m.Of++ }, "withdrawn": func(m *Message) { m.Withdrawn = true },
	} {
		other := m
		if change(&other); other.Sum() == was {
			t.Error(name, "is not in the sum")
		}
	}
	if n := testing.AllocsPerRun(100, func() { Record("cursor", "ana", b[:300]) }); n > 0 {
		t.Errorf("%v allocations for a sum", n)
	}
	// What is in files must never be computed otherwise.
	m = Message{
		Seq: 7, Time: 1_700_000_000_123, Stream: "p:ana", Topic: "line", Sender: "operator", SenderName: "Front desk", ID: "id", Text: "text", Title: "title",
		Ack: "Understood", Priority: 5, ReplyTo: 3, Withdrawn: true, Tags: "a\x1fb", Click: "https://example.com",
	}
	if m.Sum() != messageSum || Record("topic", "line", []byte("{}")) != recordSum {
		t.Errorf("sums are %d and %d", m.Sum(), Record("topic", "line", []byte("{}")))
	}
}

const messageSum, recordSum = -131382439, -2021376634
