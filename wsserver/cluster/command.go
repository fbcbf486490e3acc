package cluster

import (
	"encoding/binary"
	"errors"

	"belfry/wsserver/internal/packed"
	"belfry/wsserver/msglog"
)

// This file is how groups stand in the stream. What earlier versions have written is read for ever; a later version writes a
// higher number where this one would read something else, and this one then stops.

// commandVersion is the newest that this program reads, and the one that it writes.
const commandVersion = 1

// maxPart is how many bytes of a group one message of the stream holds at most. It is half of what NATS allows.
const maxPart = 512 << 10

var (
	errNewer   = errors.New("it is from a newer version of Belfry")
	errDamaged = errors.New("it cannot be read")
)

// frame is one message of the stream: a group, or part Part of its Parts, from 1.
type frame struct {
	run         string
	number      uint64
	part, parts int
	payload     []byte
}

// Bits that say what of a change, and of a record, follows.
const (
	hasEntry, hasPrune                   = 1, 2
	hasValue, hasIf, hasNone, hasNumbers = 1, 2, 4, 8
	byOperator, byProgram                = 1, 2
)

// framesOf are the messages of a group.
func framesOf(run string, number uint64, payload []byte) (list [][]byte) {
	parts := max(1, (len(payload)+maxPart-1)/maxPart)
	for part := 1; part <= parts; part++ {
		b := append([]byte{commandVersion}, 0)[:1]
		b = text(b, run)
		b = binary.AppendUvarint(b, number)
		b = binary.AppendUvarint(b, uint64(part))
		b = binary.AppendUvarint(b, uint64(parts))
		n := min(len(payload), maxPart)
		list = append(list, append(b, payload[:n]...))
		payload = payload[n:]
	}
	return list
}

func readFrame(b []byte) (f frame, err error) {
	if len(b) > 0 && b[0] > commandVersion {
		return f, errNewer
	}
	n := packed.NumbersOf(b, errDamaged)
	n.Byte()
	f.run, f.number = n.Text(), n.Uvarint()
	f.part, f.parts = int(n.Uvarint()), int(n.Uvarint()) //nolint:gosec // compared below
	n.Refuse(f.part < 1 || f.part > f.parts || f.number == 0)
	f.payload = n.Rest()
	return f, n.Err()
}

func text(b []byte, s string) []byte { return append(binary.AppendUvarint(b, uint64(len(s))), s...) }

// encode writes a group.
func encode(changes []msglog.Change) []byte {
	b := binary.AppendUvarint(nil, uint64(len(changes)))
	for i := range changes {
		c := &changes[i]
		var bits byte
		if c.Entry != nil {
			bits |= hasEntry
		}
		if c.Prune != (msglog.Prune{}) {
			bits |= hasPrune
		}
		b = append(b, bits)
		if c.Entry != nil {
			b = encodeEntry(b, c.Entry)
		}
		if bits&hasPrune != 0 {
			b = binary.AppendUvarint(binary.AppendUvarint(b, c.Prune.Messages), c.Prune.Withdrawals)
		}
		b = binary.AppendUvarint(b, uint64(len(c.Records)))
		for j := range c.Records {
			b = encodeRecord(b, &c.Records[j])
		}
	}
	return b
}

func encodeEntry(b []byte, e *msglog.Entry) []byte {
	var bits byte
	if e.From.Operator {
		bits |= byOperator
	}
	if e.From.Program {
		bits |= byProgram
	}
	b = append(b, bits)
	for _, s := range []string{e.From.UserID, e.From.Name, e.Program, e.ID, e.Audience, e.Topic, e.UserID, e.Text, e.Title, e.Ack, e.Click} {
		b = text(b, s)
	}
	b = binary.AppendVarint(b, int64(e.Priority))
	b = binary.AppendUvarint(binary.AppendUvarint(b, e.ReplyTo), e.Withdraws)
	b = binary.AppendUvarint(b, uint64(len(e.Tags)))
	for _, s := range e.Tags {
		b = text(b, s)
	}
	return b
}

func encodeRecord(b []byte, r *msglog.Record) []byte {
	var bits byte
	if r.Value != nil {
		bits |= hasValue
	}
	switch {
	case r.If != nil && *r.If != nil:
		bits |= hasIf
	case r.If != nil:
		bits |= hasNone
	}
	if r.Numbers > 0 {
		bits |= hasNumbers
	}
	b = text(text(append(b, bits), r.Kind), r.Key)
	if bits&hasValue != 0 {
		b = text(b, string(r.Value))
	}
	if bits&hasIf != 0 {
		b = text(b, string(*r.If))
	}
	if bits&hasNumbers != 0 {
		b = binary.AppendUvarint(b, r.Numbers)
	}
	return b
}

// decode reads a group.
func decode(b []byte) ([]msglog.Change, error) {
	n := packed.NumbersOf(b, errDamaged)
	changes := make([]msglog.Change, n.Count())
	for i := range changes {
		c := &changes[i]
		bits := n.Byte()
		if bits&^(hasEntry|hasPrune) != 0 {
			return nil, errNewer
		}
		if bits&hasEntry != 0 {
			c.Entry = decodeEntry(n)
		}
		if bits&hasPrune != 0 {
			c.Prune = msglog.Prune{Messages: n.Uvarint(), Withdrawals: n.Uvarint()}
		}
		if count := n.Count(); count > 0 {
			c.Records = make([]msglog.Record, count)
		}
		for j := range c.Records {
			if err := decodeRecord(n, &c.Records[j]); err != nil {
				return nil, err
			}
		}
	}
	n.Refuse(n.More())
	return changes, n.Err()
}

func decodeEntry(n *packed.Numbers) *msglog.Entry {
	e := &msglog.Entry{}
	bits := n.Byte()
	e.From.Operator, e.From.Program = bits&byOperator != 0, bits&byProgram != 0
	for _, s := range []*string{&e.From.UserID, &e.From.Name, &e.Program, &e.ID, &e.Audience, &e.Topic, &e.UserID, &e.Text, &e.Title, &e.Ack, &e.Click} {
		*s = n.Text()
	}
	e.Priority = int(n.Varint())
	e.ReplyTo, e.Withdraws = n.Uvarint(), n.Uvarint()
	if count := n.Count(); count > 0 {
		e.Tags = make([]string, count)
	}
	for i := range e.Tags {
		e.Tags[i] = n.Text()
	}
	return e
}

func decodeRecord(n *packed.Numbers, r *msglog.Record) error {
	bits := n.Byte()
	if bits&^(hasValue|hasIf|hasNone|hasNumbers) != 0 {
		return errNewer
	}
	r.Kind, r.Key = n.Text(), n.Text()
	if bits&hasValue != 0 {
		r.Value = append([]byte{}, n.Bytes()...)
	}
	switch {
	case bits&hasIf != 0:
		*r = r.Expecting(append([]byte{}, n.Bytes()...))
	case bits&hasNone != 0:
		*r = r.Expecting(nil)
	}
	if bits&hasNumbers != 0 {
		r.Numbers = n.Uvarint()
	}
	return nil
}
