// Package rowsum computes the checksums of what a log keeps: SQLite has none, so that a bit that a disk changed in a text would
// be read as if somebody had written it.
//
// A sum is CRC-32C, which the processor computes, over one unambiguous form of all columns of a row: each number as a varint, each
// text behind its length. It finds every change of up to 32 bits in a row that lie together, and of others all but one in four
// billion. It is no protection from people: whoever can write the file can write the sum.
//
// Equal rows have equal sums on all machines. A column that a later version adds is to be appended only where it is not empty, so
// that the sums of the rows before it stay what they are.
package rowsum

import (
	"encoding/binary"
	"hash/crc32"
	"sync"
)

// Message is the row of a message or a withdrawal, as it is in the file.
type Message struct {
	Seq, Time                             int64 // Time in Unix ms
	Stream, Topic, Sender, SenderName, ID string
	Text, Title, Ack                      string
	Priority, ReplyTo, Of                 int64
	Withdrawn                             bool
	Tags, Click                           string
}

// Sum returns its checksum, from -1<<31 to 1<<31-1: SQLite keeps that in four bytes.
func (m *Message) Sum() int64 {
	return sum(func(b []byte) []byte {
		b = binary.AppendVarint(binary.AppendVarint(append(b, 'm'), m.Seq), m.Time)
		b = text(text(text(text(text(b, m.Stream), m.Topic), m.Sender), m.SenderName), m.ID)
		b = text(text(text(b, m.Text), m.Title), m.Ack)
		b = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(b, m.Priority), m.ReplyTo), m.Of)
		withdrawn := byte(0)
		if m.Withdrawn {
			withdrawn = 1
		}
		return text(text(append(b, withdrawn), m.Tags), m.Click)
	})
}

// Record returns the checksum of a record, as Message.Sum does.
func Record(kind, key string, value []byte) int64 {
	return sum(func(b []byte) []byte {
		b = text(text(append(b, 'r'), kind), key)
		return append(binary.AppendUvarint(b, uint64(len(value))), value...)
	})
}

func text(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

// keptSpace is how large a buffer is that is used again.
const keptSpace = 64 << 10

var (
	table = crc32.MakeTable(crc32.Castagnoli)
	space = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}
)

// sum is the checksum of what form appends to a buffer.
func sum(form func([]byte) []byte) int64 {
	p := space.Get().(*[]byte)
	b := form((*p)[:0])
	s := int64(int32(crc32.Checksum(b, table))) //nolint:gosec // the same 32 bits
	if cap(b) <= keptSpace {
		*p = b
		space.Put(p)
	}
	return s
}
