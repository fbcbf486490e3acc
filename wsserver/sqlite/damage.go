package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lib "modernc.org/sqlite/lib"

	"belfry/wsserver/sqlite/rowsum"
	"belfry/wsserver/wire"
)

// This file notices what a disk has changed by itself: a row whose checksum is of something else. Whoever reads a row compares
// them, and a goroutine reads all rows once a day. What is read is given all the same: most of it is as it was, and a message that
// is left out would be lost for whoever reads. A record counts as it reads.

// Damage is something in a log's file that a disk has changed. The zero value is its structure, which SQLite refuses to read.
type Damage struct {
	// Seq of a message, 0 where it is none; Kind and Key of a record.
	Seq  uint64 `json:"seq,omitempty"`
	Kind string `json:"kind,omitempty"`
	Key  string `json:"key,omitempty"`
}

// String names it for people, without what it says.
func (d Damage) String() string {
	switch {
	case d.Seq > 0:
		return fmt.Sprintf("a stored message (number %d)", d.Seq)
	case d.Kind != "":
		return fmt.Sprintf("what is stored beside the messages (a record of the kind %q)", d.Kind)
	}
	return "the structure of the log"
}

// damageMost is how many rows are named. A disk that has changed more is not to be read at all.
const damageMost = 100

// checker knows what was noticed since a log was opened, and has the goroutine that reads all rows. Its exported methods are those
// of the log.
type checker struct {
	log   *Log // nil before begin
	stop  context.CancelFunc
	ended chan struct{}

	n    atomic.Int64 // how long list is
	mu   sync.Mutex   // guards what follows
	list []Damage
}

// NoteDamage notes a row, or the structure, once.
func (c *checker) NoteDamage(one Damage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) == damageMost || slices.Contains(c.list, one) {
		return
	}
	c.list = append(c.list, one)
	c.n.Store(int64(len(c.list)))
	slog.Error("the disk has changed "+one.String(), "seq", one.Seq, "kind", one.Kind, "key", one.Key)
}

// IsDamaged reports whether SQLite calls a file damaged.
func IsDamaged(err error) bool { return isCode(err, lib.SQLITE_CORRUPT) }

// Damaged returns what was noticed since the file was opened, up to 100 rows. It never blocks.
func (c *checker) Damaged() []Damage {
	if c.n.Load() == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

// DamageProblem says what was noticed since the file was opened, nil where nothing was, and how many rows it is. It never blocks.
func (c *checker) DamageProblem() (p *wire.Problem, rows int) {
	list := c.Damaged()
	return damageProblem(list), len(list)
}

func damageProblem(list []Damage) *wire.Problem {
	if len(list) == 0 {
		return nil
	}
	p := &wire.Problem{
		Code: "damaged_log", Message: "The disk has changed " + list[0].String(),
		Hint: "Check the disk. A backup that is older may have it as it was.",
	}
	if n := len(list) - 1; n == 1 {
		p.Message += " and one more"
	} else if n > 1 {
		p.Message += fmt.Sprintf(" and %d more", n)
	}
	p.Message += "."
	return p
}

// checkRecord notes a record that is not what was written.
func (c *checker) checkRecord(kind, key string, value []byte, sum sql.NullInt64) {
	if sum.Valid && sum.Int64 != rowsum.Record(kind, key, value) {
		c.NoteDamage(Damage{Kind: kind, Key: key})
	}
}

// IsWhole reports whether a row is there, and is what was written. It may block for a disk.
func (c *checker) IsWhole(ctx context.Context, d Damage) bool {
	switch {
	case d.Seq > 0:
		_, info, err := scan(c.log.often.queryRow(ctx, "SELECT "+columns+" FROM message WHERE seq = ?", clamp(d.Seq)), c)
		return err == nil && info.sum.Valid && info.sum.Int64 == info.is
	case d.Kind != "":
		var value []byte
		var sum sql.NullInt64
		err := c.log.often.queryRow(ctx, valueSQL, d.Kind, d.Key).Scan(&value, &sum)
		return err == nil && sum.Valid && sum.Int64 == rowsum.Record(d.Kind, d.Key, value)
	}
	return !slices.Contains(c.Damaged(), d)
}

// Times of reading all rows: long enough after the start, and so slowly that a room does not feel it. A step takes about a
// millisecond, and rests so many times as long as it took: while messages come that is 1/200 of a core, else 1/50.
const (
	checkFirst = 30 * time.Second
	checkEvery = 24 * time.Hour
	checkStep  = 200
	checkBytes = 256 << 10 // of texts, with which a step ends too
	checkRest  = 50
	checkBusy  = 200
	restMost   = 500 * time.Millisecond // where a machine has too much to do, a step takes long that costs no more
)

// begin begins to read all rows of a log now and then, until close is called.
func (c *checker) begin(l *Log) {
	ctx, stop := context.WithCancel(context.Background())
	c.log, c.stop, c.ended = l, stop, make(chan struct{})
	go func() { // ended and waited for by Close
		defer close(c.ended)
		for wait := checkFirst; rest(ctx, wait); wait = checkEvery {
			_ = checkAll(ctx, l.read, c, c.restAfter) // what it could not read is noted, or read the next day
		}
	}()
}

// close ends the goroutine, where it has begun, and waits for it.
func (c *checker) close() {
	if c.stop != nil {
		c.stop()
		<-c.ended
	}
}

// restAfter rests after a step of checking, and reports whether to go on.
func (c *checker) restAfter(ctx context.Context, took time.Duration) bool {
	times := checkRest
	if time.Now().UnixNano()-c.log.appended.Load() < int64(logQuiet) {
		times = checkBusy
	}
	return rest(ctx, min(time.Duration(times)*max(took, time.Millisecond), restMost)) // some clocks tell no less than that
}

// rest waits, and reports whether ctx goes on.
func rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// checkAll reads all rows of a file in small steps, and notes what is damaged. rest is called after each with how long it took.
func checkAll(ctx context.Context, db *sql.DB, c *checker, rest func(context.Context, time.Duration) bool) error {
	for _, step := range []func(context.Context, *sql.DB, *checker) (bool, error){checkMessages(), checkRecords()} {
		for more := true; more; {
			began := time.Now()
			var err error
			if more, err = step(ctx, db, c); err != nil {
				if IsDamaged(err) {
					c.NoteDamage(Damage{})
				}
				return err
			}
			if !rest(ctx, time.Since(began)) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// checkMessages returns a function that checks the next messages each time, and reports whether others follow.
func checkMessages() func(context.Context, *sql.DB, *checker) (bool, error) {
	after := int64(-1)
	return func(ctx context.Context, db *sql.DB, c *checker) (more bool, err error) {
		rows, err := db.QueryContext(ctx, "SELECT "+columns+" FROM message WHERE seq > ? ORDER BY seq LIMIT ?", after, checkStep)
		if err != nil {
			return false, err
		}
		defer func() { _ = rows.Close() }() // its error is rows.Err's
		for n, size := 0, 0; rows.Next() && !more; n++ {
			e, _, err := scan(rows, c)
			if err != nil && (e == nil || e.Seq == 0) {
				return false, err
			}
			after, size = int64(e.Seq), size+len(e.Text)
			more = n == checkStep-1 || size > checkBytes
		}
		return more, rows.Err()
	}
}

// checkRecords is checkMessages for records.
func checkRecords() func(context.Context, *sql.DB, *checker) (bool, error) {
	kind, key := "", ""
	return func(ctx context.Context, db *sql.DB, c *checker) (more bool, err error) {
		rows, err := db.QueryContext(ctx, "SELECT kind, key, value, sum FROM record WHERE (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?", kind, key, checkStep)
		if err != nil {
			return false, err
		}
		defer func() { _ = rows.Close() }() // its error is rows.Err's
		var value sql.RawBytes
		var sum sql.NullInt64
		for n, size := 0, 0; rows.Next() && !more; n++ {
			if err := rows.Scan(&kind, &key, &value, &sum); err != nil {
				return false, err
			}
			c.checkRecord(kind, key, value, sum)
			size += len(value)
			more = n == checkStep-1 || size > checkBytes
		}
		return more, rows.Err()
	}
}

// Check reads all rows of a log's file, which nobody writes, and returns what a disk has changed in it, up to 100 rows. It returns
// nothing for a file of a version that kept no checksums. It blocks for the disk. What SQLite cannot read is an error too.
func Check(ctx context.Context, file string) ([]Damage, error) {
	db, err := connectAs(file, "mode=ro", 1, "query_only(1)")
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // only read from
	var sums int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_table_info('record') WHERE name = 'sum'").Scan(&sums); err != nil || sums == 0 {
		return nil, err
	}
	var c checker
	err = checkAll(ctx, db, &c, func(ctx context.Context, _ time.Duration) bool { return ctx.Err() == nil })
	if len(c.list) > 0 && IsDamaged(err) {
		err = nil
	}
	return c.list, errors.Join(err, ctx.Err())
}
