package sqlite

import (
	"context"
	"database/sql"
	"math"
	"time"

	"belfry/wsserver/msglog"
)

// This file spares the start from looking at every message. What it needs of them is kept in the table block, for as many
// seqs at a time as a block has, once the log has come beyond them. A trigger removes the row of a block in the same
// transaction that changes or removes one of its messages. Where there is none the start reads the messages, and a goroutine
// makes the row.

// blockBits: a block has this power of two of seqs. The triggers of migration 7 have it too.
const blockBits = 14

// blockRest is how long after it was opened a log makes the rows that lack: the start itself may be reading the same messages.
const blockRest = 10 * time.Second

// block is a row of that table.
type block struct {
	number    int64 // seq >> blockBits
	kept      int   // messages that can be read
	announced []byte
}

// empty reports whether there is no seq in the range.
func (r seqRange) empty() bool { return r.before <= r.after+1 }

// readBlocks returns those that have a row, in rising order.
func readBlocks(ctx context.Context, db *sql.DB) (list []block, err error) {
	rows, err := db.QueryContext(ctx, "SELECT number, kept, announced FROM block ORDER BY number")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var b block
		if err := rows.Scan(&b.number, &b.kept, &b.announced); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, rows.Err()
}

const keptSQL = "SELECT count(*) FROM message INDEXED BY message_kept WHERE " + kept + " AND seq > ? AND seq < ?"

// countKept counts the messages that can be read. It is for the start; last is the newest seq ever given. Blocks that the log
// has not come beyond are of a file that has lost its end: their seqs will be given again.
func (l *Log) countKept(ctx context.Context, last uint64) (count int, err error) {
	if _, err := l.write.ExecContext(ctx, "DELETE FROM block WHERE number >= ?", clamp(last+1)>>blockBits); err != nil {
		return 0, err
	}
	blocks, err := readBlocks(ctx, l.write)
	if err != nil {
		return 0, err
	}
	read := seqRange{after: -1}
	for _, b := range append(blocks, block{number: math.MaxInt64 >> blockBits}) {
		read.before = b.number << blockBits
		if !read.empty() {
			var n int
			if err := l.write.QueryRowContext(ctx, keptSQL, read.after, read.before).Scan(&n); err != nil {
				return 0, err
			}
			count += n
		}
		count += b.kept
		read.after = (b.number+1)<<blockBits - 1
	}
	return count, nil
}

// blockMaker makes the rows of blocks.
type blockMaker struct {
	wake  chan struct{} // the log has come beyond another block
	stop  context.CancelFunc
	ended chan struct{}
}

// makeBlocks begins to make them, until stop is called.
func (l *Log) makeBlocks() {
	ctx, stop := context.WithCancel(context.Background())
	l.blocks = &blockMaker{make(chan struct{}, 1), stop, make(chan struct{})}
	go func() { // ended and waited for by Close
		defer close(l.blocks.ended)
		first := time.NewTimer(blockRest)
		defer first.Stop()
		for {
			select {
			case <-first.C:
			case <-l.blocks.wake:
			case <-ctx.Done():
				return
			}
			// Without a row, the next start takes longer: no more depends on it.
			_ = makeMissing(ctx, l)
		}
	}()
}

// close ends the goroutine and waits for it.
func (m *blockMaker) close() {
	m.stop()
	<-m.ended
}

// reached has blocks made where the log has come beyond one.
func (m *blockMaker) reached(before, now uint64) {
	if (before+1)>>blockBits == (now+1)>>blockBits {
		return
	}
	select {
	case m.wake <- struct{}{}:
	default: // it is woken already
	}
}

// makeMissing makes the rows of all blocks that the log has come beyond, but for what retention has reached: its next step
// would remove that row.
func makeMissing(ctx context.Context, l *Log) error {
	have, err := readBlocks(ctx, l.read)
	if err != nil {
		return err
	}
	l.mu.RLock()
	next, end := clamp(l.gone)>>blockBits, clamp(l.last+1)>>blockBits
	if l.gone > 0 {
		next++
	}
	l.mu.RUnlock()
	for _, b := range append(have, block{number: end}) {
		for ; next < b.number; next++ {
			if err := l.makeBlock(ctx, next); err != nil {
				return err
			}
		}
		next = max(next, b.number+1)
	}
	return nil
}

// makeBlock makes one row, unless a message was changed or removed meanwhile.
func (l *Log) makeBlock(ctx context.Context, number int64) error {
	changes := l.changes.Load()
	r := seqRange{number<<blockBits - 1, (number + 1) << blockBits}
	b := block{number: number}
	if err := l.often.queryRow(ctx, keptSQL, r.after, r.before).Scan(&b.kept); err != nil {
		return err
	}
	before := uint64(number << blockBits)
	err := readAnnounced(ctx, l, r, newInterned(), func(a msglog.Announcement) {
		b.announced, before = pack(b.announced, before, a), a.Seq
	})
	if err != nil {
		return err
	}
	l.appending.Lock()
	defer l.appending.Unlock()
	if l.appending.ended || l.changes.Load() != changes {
		return nil
	}
	_, err = l.write.ExecContext(ctx, "INSERT OR REPLACE INTO block VALUES (?, ?, coalesce(?, x''))", b.number, b.kept, b.announced)
	return err
}
