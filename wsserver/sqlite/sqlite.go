// Package sqlite keeps Belfry's log in one SQLite file, through a driver in pure Go.
//
// # Durability
//
// Append returns after a commit with synchronous=FULL: what it accepted survives a crash and a loss of power. All
// of a group is in one transaction.
//
// # Connections
//
// One connection writes, a few read; in WAL mode neither waits for the other. Another one makes the checkpoints, beside the
// commits (checkpoint.go). Pragmas are part of the data source's name, so that every connection has them.
//
// # Search
//
// The full-text index is a second file, filled by a goroutine of its own in small transactions: no commit of the log
// waits for it, and it can be deleted at any time. Close ends that goroutine and waits for it.
//
// # Start
//
// What a start needs of all messages is kept for thousands at a time, in a table that another goroutine fills (blocks.go), so
// that opening a log of millions takes no longer than opening a short one.
//
// # Damage
//
// Each row has a checksum, which SQLite has not: a bit that a disk changes is noticed where the row is read, and once a day by a
// goroutine that reads all of them (damage.go).
//
// # Locks
//
// Log.appending is held while a group is committed, and Log.mu for moments, to read or change what is answered from memory;
// mu is the inner one. Any goroutine may call any method; those of msglog.Log that may block do so for the disk.
package sqlite

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"belfry/wsserver/internal/folder"
	"belfry/wsserver/msglog"
)

// File is the name of the log's file in its folder.
const File = "log.db"

const (
	// readers is how many connections read.
	readers = 4
	// busyTimeout is how long a write waits for another program that holds the file.
	busyTimeout = 5 * time.Second
)

// appending is one group at a time. Its lock guards its fields.
type appending struct {
	sync.Mutex
	ended  bool                   // nothing more is appended
	follow func(msglog.Committed) // nil: nobody follows
}

// activity is what others look at without a lock; it changes with appending held.
type activity struct {
	appended atomic.Int64  // Unix ns of the newest group
	changes  atomic.Uint64 // how often messages were changed or removed
	leftRoom bool          // changed by Open alone
}

// LeftRoom reports whether the file was one of several of an order until it was opened for itself alone.
func (a *activity) LeftRoom() bool { return a.leftRoom }

// closing is once, with what came of it.
type closing struct {
	sync.Once
	err error
}

// Log is a msglog.Log in an SQLite file. Open makes one.
type Log struct {
	write, read *sql.DB
	do          statements // of write
	often       prepared   // of read
	search      *search
	checkpoints *checkpointer
	blocks      *blockMaker
	shared      *Shared // it, nil: the log is of one machine
	runs        runs
	file        string
	opened      os.FileInfo // of file
	closing     closing

	appending appending
	activity
	*checker

	mu     sync.RWMutex // guards what follows
	last   uint64
	count  int
	pruned map[msglog.Stream]uint64
	gone   uint64 // up to here there are no messages any more
}

// Open opens the log in dir, or creates one. It blocks for the disk. Its error is a *wire.Problem.
func Open(dir string) (*Log, error) { return openIn(dir, nil) }

// openIn opens the log, as one of several if with is not nil.
func openIn(dir string, with *Shared) (*Log, error) {
	file := filepath.Join(dir, File)
	if err := errors.Join(makePrivate(file), putAsideStale(file)); err != nil {
		return nil, folder.Problem(file, err)
	}
	l := &Log{file: file, shared: with, checker: &checker{}, pruned: map[msglog.Stream]uint64{}}
	if with != nil {
		with.Log = l
	}
	var err error
	if l.opened, err = os.Stat(file); err != nil {
		return nil, folder.Problem(file, err)
	}
	if err := l.open(file); err != nil {
		return nil, problemOf(errors.Join(err, l.Close()), file)
	}
	if err := startCheckpoints(l); err != nil {
		return nil, problemOf(errors.Join(err, l.Close()), file)
	}
	if l.search, err = openSearch(dir, l); err != nil {
		return nil, problemOf(errors.Join(err, l.Close()), filepath.Join(dir, SearchFile))
	}
	go l.search.fill(l) // ended and waited for by Close
	l.makeBlocks()
	l.begin(l)
	return l, nil
}

// Epoch returns the present run, which was drawn at random when the file was opened, or is the order's.
func (l *Log) Epoch() string { return l.runs.epoch }

// Knows reports whether what the run of an epoch had up to seq is in this file.
func (l *Log) Knows(epoch string, seq uint64) bool {
	reached, ok := l.runs.reach(epoch, l.Last())
	return ok && seq <= reached
}

// Expects reports false: nobody else appends to it.
func (l *Log) Expects(string, uint64) bool { return false }

// Shared reports whether the file is one of several of an order.
func (l *Log) Shared() bool { return l.shared != nil }

// Last returns the newest seq.
func (l *Log) Last() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.last
}

// Len returns how many messages are kept.
func (l *Log) Len() int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.count
}

// Size returns the sizes of the files, with what is not yet merged into them.
func (l *Log) Size() msglog.Size {
	search := filepath.Join(filepath.Dir(l.file), SearchFile)
	reached := l.search.reached.Load() // before the newest seq, which it follows
	return msglog.Size{Bytes: onDisk(l.file), IndexBytes: onDisk(search), IndexLag: max(l.Last(), reached) - reached}
}

// onDisk is the size of a database's files, without those that are not there.
func onDisk(file string) (size int64) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(file + suffix); err == nil {
			size += info.Size()
		}
	}
	return size
}

// Pruned returns the highest seq removed from these streams.
func (l *Log) Pruned(streams []msglog.Stream) (seq uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return msglog.HighestPruned(l.pruned, streams)
}

// Close merges the write-ahead log into the file and closes it, after what is being appended. Closing again returns the
// same error.
func (l *Log) Close() error {
	l.closing.Do(func() { l.closing.err = l.close() })
	return l.closing.err
}

func (l *Log) close() error {
	var errs []error
	if l.blocks != nil {
		l.blocks.close()
	}
	l.checker.close()
	if l.search != nil {
		errs = append(errs, l.search.close())
	}
	if l.checkpoints != nil {
		errs = append(errs, l.checkpoints.close())
	}
	l.appending.Lock()
	defer l.appending.Unlock()
	l.appending.ended = true
	errs = append(errs, l.do.close())
	if l.shared != nil {
		errs = append(errs, l.shared.closeStatements())
	}
	if l.read != nil { // before the writer: the last connection to close checkpoints
		errs = append(errs, l.read.Close())
	}
	if l.write != nil {
		errs = append(errs, l.write.Close())
	}
	return errors.Join(errs...)
}

var _ msglog.Log = (*Log)(nil)
