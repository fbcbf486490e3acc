package wstest

import (
	"encoding/binary"
	"encoding/json"
	"testing"
)

// Frame is any frame of a server: it has the fields of all of them, and the text itself.
type Frame struct {
	Type        string          `json:"type"`
	Protocol    int             `json:"protocol"`
	UserID      string          `json:"user_id"`
	Epoch       string          `json:"epoch"`
	Seq         uint64          `json:"seq"`
	ID          string          `json:"id"`
	Time        string          `json:"time"`
	Audience    string          `json:"audience"`
	Topic       string          `json:"topic"`
	From        From            `json:"from"`
	Message     string          `json:"message"`
	Title       string          `json:"title"`
	Priority    int             `json:"priority"`
	ReplyTo     uint64          `json:"reply_to"`
	Code        string          `json:"code"`
	Action      string          `json:"action"`
	Field       string          `json:"field"`
	Free        string          `json:"free"`
	RetryMS     int64           `json:"retry_ms"`
	Clients     json.RawMessage `json:"clients"` // a number in counts, a list in a dashboard's result
	Subscribers int             `json:"subscribers"`
	Topics      []Topic         `json:"topics"`
	Limits      map[string]int  `json:"limits"`
	Token       string          `json:"token"`
	Ack         string          `json:"ack"`
	Of          uint64          `json:"of"`
	To          uint64          `json:"to"`
	Complete    bool            `json:"complete"`
	Gone        bool            `json:"gone"`
	Messages    []Frame         `json:"messages"`
	More        bool            `json:"more"`
	Acked       []uint64        `json:"acked"`
	Asks        []uint64        `json:"asks"`
	Text        string          `json:"-"`
}

// From is the sender of a message, or the seq from which a recovery is complete.
type From struct {
	UserID   string `json:"user_id"`
	Operator bool   `json:"operator"`
	Name     string `json:"name"`
	Seq      uint64 `json:"-"`
}

// UnmarshalJSON reads either.
func (f *From) UnmarshalJSON(b []byte) error {
	type plain From
	return readEither(b, (*plain)(f), &f.Seq)
}

// readEither reads JSON into object where it is one, else into the single value that stands in its place.
func readEither(b []byte, object, single any) error {
	if b[0] != '{' {
		return json.Unmarshal(b, single)
	}
	return json.Unmarshal(b, object)
}

// Topic is a topic of a topics frame, or of a recovery, which has its name alone.
type Topic struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Archived bool   `json:"archived"`
}

// UnmarshalJSON reads either.
func (t *Topic) UnmarshalJSON(b []byte) error {
	type plain Topic
	return readEither(b, (*plain)(t), &t.Topic)
}

// Count returns the number of clients in a counts frame.
func (f Frame) Count() int {
	var n int
	_ = json.Unmarshal(f.Clients, &n) // a list counts as 0
	return n
}

// Payload checks the header of one text frame as a server writes it, and returns its payload.
func Payload(t testing.TB, f []byte) []byte {
	t.Helper()
	n, at := int(f[1]), 2
	switch n {
	case 126:
		n, at = int(binary.BigEndian.Uint16(f[2:])), 4
	case 127:
		n, at = int(binary.BigEndian.Uint64(f[2:])), 10
	}
	if f[0] != 0x81 || len(f) != at+n {
		t.Fatalf("header % x of a frame of %d bytes", f[:at], len(f))
	}
	return f[at:]
}
