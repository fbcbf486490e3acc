package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"math"

	"belfry/wsserver/internal/packed"
	"belfry/wsserver/msglog"
)

// The index has all of these columns, so that no message is read: five million are a gigabyte, and half a million of them may
// have receipts.
const announcedSQL = `SELECT seq, stream, ack, reply_to, priority FROM message INDEXED BY message_announced
	WHERE (sender = 'operator' OR sender >= char(1) AND sender < char(2)) AND stream <> 'w' AND withdrawn = 0
		AND seq > ? AND seq < ? ORDER BY seq`

// Announced calls each for every message that has receipts. One that is withdrawn meanwhile may be among them.
func (l *Log) Announced(ctx context.Context, each func(msglog.Announcement)) error {
	blocks, err := readBlocks(ctx, l.read)
	if err != nil {
		return err
	}
	same := newInterned()
	read := seqRange{after: -1}
	for _, b := range blocks {
		list, err := same.unpack(b.number<<blockBits, b.announced)
		if err != nil {
			continue // it is read with the next ones
		}
		read.before = b.number << blockBits
		if err := readAnnounced(ctx, l, read, same, each); err != nil {
			return err
		}
		for _, a := range list {
			each(a)
		}
		read.after = (b.number+1)<<blockBits - 1
	}
	read.before = math.MaxInt64
	return readAnnounced(ctx, l, read, same, each)
}

// readAnnounced is Announced of a range, from the messages themselves.
func readAnnounced(ctx context.Context, l *Log, r seqRange, same interned, each func(msglog.Announcement)) error {
	if r.empty() {
		return nil
	}
	rows, err := l.often.query(ctx, announcedSQL, r.after, r.before)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	var stream, ack sql.RawBytes
	for rows.Next() {
		var a msglog.Announcement
		if err := rows.Scan(&a.Seq, &stream, &ack, &a.ReplyTo, &a.Priority); err != nil {
			return err
		}
		a.Stream, a.Ack = same.stream(stream), same.ack(ack)
		each(a)
	}
	return rows.Err()
}

// interned has each stream and each text of a button in memory once, however many messages have it.
type interned struct {
	streams map[string]msglog.Stream // by keyOf
	acks    map[string]string
}

func newInterned() interned { return interned{map[string]msglog.Stream{}, map[string]string{}} }

func (i interned) stream(key []byte) msglog.Stream {
	s, ok := i.streams[string(key)]
	if !ok {
		s = streamOf(string(key))
		i.streams[string(key)] = s
	}
	return s
}

func (i interned) ack(text []byte) string {
	s, ok := i.acks[string(text)]
	if !ok {
		s = string(text)
		i.acks[s] = s
	}
	return s
}

// pack appends an announcement to others, the last of which has the seq before; the first one counts from that of its block.
func pack(to []byte, before uint64, a msglog.Announcement) []byte {
	key := keyOf(a.Stream)
	to = binary.AppendUvarint(to, a.Seq-before)
	to = append(binary.AppendUvarint(to, uint64(len(key))), key...)
	to = append(binary.AppendUvarint(to, uint64(len(a.Ack))), a.Ack...)
	to = binary.AppendUvarint(to, a.ReplyTo)
	return binary.AppendVarint(to, int64(a.Priority))
}

var errPacked = errors.New("announcements are cut off")

// unpack reads what pack wrote of a block; first is its first seq.
func (i interned) unpack(first int64, from []byte) (list []msglog.Announcement, err error) {
	n := packed.NumbersOf(from, errPacked)
	for seq := uint64(first); n.More(); {
		seq += n.Uvarint()
		a := msglog.Announcement{Seq: seq, Stream: i.stream(n.Bytes()), Ack: i.ack(n.Bytes()), ReplyTo: n.Uvarint(), Priority: int(n.Varint())}
		if n.Err() == nil {
			list = append(list, a)
		}
	}
	if n.Err() != nil {
		return nil, n.Err()
	}
	return list, nil
}
