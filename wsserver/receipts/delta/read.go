package delta

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"belfry/wsserver/internal/packed"
)

// ErrDamaged is of a batch, or of another value, that cannot be read, or only in part.
var ErrDamaged = errors.New("receipts are damaged")

// ErrNewer is of a batch that a newer version wrote.
var ErrNewer = errors.New("a newer version wrote receipts")

// Reader reads batches, which must come in the order of their numbers. Its zero value is ready.
type Reader struct {
	generation      uint64
	first           uint64
	persons, topics map[uint64]string

	in      *packed.Numbers
	to      uint64
	at      int64
	unknown bool // a delta was about a person or a topic whose number is unknown
}

// Generation returns that of the batch that was read last.
func (r *Reader) Generation() uint64 { return r.generation }

// First returns the number of the first delta of the batch that was read last, as its writer counts.
func (r *Reader) First() uint64 { return r.first }

// Read reads one batch and calls each for its deltas. It returns the number after that of its last. After an error those
// that could not be understood are left out.
func (r *Reader) Read(batch []byte, each func(number uint64, d *Delta)) (next uint64, err error) {
	if len(batch) > 0 && batch[0] > sharedVersion {
		return 0, ErrNewer
	}
	n := len(batch) - crc32.Size
	if n < 1 || batch[0] < version || crc32.ChecksumIEEE(batch[:n]) != binary.LittleEndian.Uint32(batch[n:]) {
		return 0, ErrDamaged
	}
	r.in, r.unknown = packed.NumbersOf(batch[1:n], ErrDamaged), false
	if generation := r.in.Uvarint(); generation != r.generation || r.persons == nil {
		r.generation, r.persons, r.topics = generation, map[uint64]string{}, map[uint64]string{}
	}
	next, r.to, r.at = r.in.Uvarint(), r.in.Uvarint(), r.in.Varint()
	r.first = next
	for r.in.More() {
		if d, ok := r.delta(); ok {
			each(next, d)
		}
		next++
	}
	r.in.Refuse(r.unknown)
	return next, r.in.Err()
}

// delta reads one. ok is false if it is not understood, or has only given a number.
func (r *Reader) delta() (d *Delta, ok bool) {
	first := r.in.Byte()
	d = &Delta{Kind: Kind(first & kindMask), Received: first&received != 0, Read: first&read != 0}
	has := fields[d.Kind]
	known := has != 0
	if r.in.Refuse(!known); !known {
		return nil, false
	}
	var personNumber, topicNumber uint64
	if has&ofPerson != 0 {
		personNumber = r.in.Uvarint()
	}
	if has&ofTopic != 0 {
		topicNumber = r.in.Uvarint()
	}
	if r.rest(d, has); r.in.Err() != nil {
		return nil, false
	}
	switch d.Kind {
	case person:
		r.persons[personNumber] = d.Text
		return nil, false
	case topic:
		r.topics[topicNumber] = d.Text
		return nil, false
	}
	return d, r.name(d, has, personNumber, topicNumber)
}

// rest reads the fields after the numbers.
func (r *Reader) rest(d *Delta, has field) {
	if has&to != 0 {
		r.to += uint64(r.in.Varint()) //nolint:gosec // it wraps, as it was written
		d.To = r.to
	}
	if has&span != 0 {
		less := r.in.Uvarint()
		r.in.Refuse(less > d.To)
		d.From = d.To - less
	}
	if has&at != 0 {
		r.at += r.in.Varint()
		d.At = r.at
	}
	if has&text != 0 {
		d.Text = r.in.Text()
	}
	if has&list != 0 {
		for range r.in.Count() {
			d.List = append(d.List, r.in.Text())
		}
	}
}

// name puts names in the place of numbers; false if one is unknown.
func (r *Reader) name(d *Delta, has field, personNumber, topicNumber uint64) (known bool) {
	known = true
	if has&ofPerson != 0 {
		d.UserID, known = r.persons[personNumber]
	}
	if known && has&ofTopic != 0 {
		d.Topic, known = r.topics[topicNumber]
	}
	r.unknown = r.unknown || !known
	return known
}
