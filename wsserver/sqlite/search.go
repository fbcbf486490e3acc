package sqlite

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	lib "modernc.org/sqlite/lib"

	"belfry/wsserver"
)

// This file is the full-text search. It has a file of its own, so that filling it never holds up a commit of the
// log; it can be thrown away at any time and is then filled again from the log.

// SearchFile is the search's name in the log's folder.
const SearchFile = "search.db"

const (
	// indexStep is how many messages one transaction of the indexer takes.
	indexStep = 500
	// indexIdle is how long the indexer waits when it has caught up.
	indexIdle = 200 * time.Millisecond
	// While messages come in, within logBusy of each other, the indexer rests indexRest times as long as it works: what
	// people wait for goes first.
	logBusy   = 100 * time.Millisecond
	indexRest = 10
	// searchVersion is raised when what is indexed changes: the search is then filled anew.
	searchVersion = 1
	// foundMost is how many hits are looked up at once.
	foundMost = 200
)

// tags holds what a search is narrowed by, as words.
const searchSchema = `CREATE VIRTUAL TABLE search USING fts5 (
	text, tags,
	content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3'
);
CREATE TABLE reached (seq INTEGER NOT NULL);
INSERT INTO reached VALUES (0);`

// search is the index beside the log.
type search struct {
	write, read *sql.DB
	reached     atomic.Uint64 // every message up to this seq is in it
	stop        chan struct{}
	ended       chan struct{}
}

// openSearch opens the search in dir. One that is damaged, old or of another log is made anew.
func openSearch(dir, epoch string) (*search, error) {
	file := filepath.Join(dir, SearchFile)
	s, err := trySearch(file, epoch)
	if err == nil {
		return s, nil
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return trySearch(file, epoch)
}

var errStale = errors.New("the search is of another log or version")

func trySearch(file, epoch string) (*search, error) {
	// It may lose its last steps in a crash: they are taken again.
	write, err := connect(file, 1, "journal_mode(WAL)", "synchronous(NORMAL)")
	if err != nil {
		return nil, err
	}
	s := &search{write: write, stop: make(chan struct{}), ended: make(chan struct{})}
	if err := s.prepare(epoch); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if s.read, err = connect(file, readers, "query_only(1)"); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return s, nil
}

func (s *search) prepare(epoch string) error {
	mark := fmt.Sprintf("%d %s", searchVersion, epoch)
	var tables int
	if err := s.write.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		if _, err := s.write.Exec(searchSchema); err != nil {
			return err
		}
		if _, err := s.write.Exec("CREATE TABLE of_log (mark TEXT NOT NULL); INSERT INTO of_log VALUES (?)", mark); err != nil {
			return err
		}
	}
	var seq uint64
	var has string
	if err := s.write.QueryRow("SELECT (SELECT seq FROM reached), (SELECT mark FROM of_log)").Scan(&seq, &has); err != nil {
		return err
	}
	if has != mark {
		return errStale
	}
	s.reached.Store(seq)
	return nil
}

func (s *search) close() error {
	close(s.stop)
	<-s.ended
	return errors.Join(s.read.Close(), s.write.Close())
}

// fill follows the log until stop is closed. What fails is tried again: the log does not depend on it.
func (s *search) fill(l *Log) {
	defer close(s.ended)
	for {
		began := time.Now()
		n, err := s.step(l)
		if err != nil && isCode(err, lib.SQLITE_CORRUPT) {
			return // it is made anew at the next start
		}
		var wait time.Duration
		switch now := time.Now(); {
		case err != nil || n < indexStep:
			wait = indexIdle
		case now.UnixNano()-l.appended.Load() < int64(logBusy):
			wait = indexRest * now.Sub(began)
		}
		select {
		case <-time.After(wait):
		case <-s.stop:
			return
		}
	}
}

// step takes the next messages in, and what was withdrawn out.
func (s *search) step(l *Log) (n int, err error) {
	after, last := s.reached.Load(), l.Last()
	if after >= last {
		return 0, nil
	}
	ctx := context.Background()
	entries, _, err := l.Page(ctx, wsserver.Query{After: after, Before: last + 1, Forward: true, Limit: indexStep, Withdrawals: true})
	if err != nil {
		return 0, err
	}
	reached := last
	if len(entries) == indexStep {
		reached = entries[indexStep-1].Seq
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, e := range entries {
		if err := take(ctx, tx, e); err != nil {
			return 0, err
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE reached SET seq = ?", int64(reached)); err != nil {
		return 0, err
	}
	if err := tx.Commit(); err != nil {
		return 0, err
	}
	s.reached.Store(reached)
	return len(entries), nil
}

func take(ctx context.Context, tx *sql.Tx, e *wsserver.Entry) error {
	if e.Of > 0 {
		_, err := tx.ExecContext(ctx, "DELETE FROM search WHERE rowid = ?", int64(e.Of))
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO search (rowid, text, tags) VALUES (?, ?, ?)",
		int64(e.Seq), e.Title+"\n"+e.Text+"\n"+e.From.Name, tags(e))
	return err
}

// tags are the words an entry is narrowed by: whose, where, of which kind.
func tags(e *wsserver.Entry) string {
	list := []string{"k" + wsserver.KindOf(e)}
	if e.From.UserID != "" {
		list = append(list, word("u", e.From.UserID))
	}
	if e.UserID != "" && e.UserID != e.From.UserID {
		list = append(list, word("u", e.UserID))
	}
	if e.Topic != "" {
		list = append(list, word("t", e.Topic))
	}
	return strings.Join(list, " ")
}

// word makes one token of any name.
func word(prefix, name string) string { return prefix + hex.EncodeToString([]byte(name)) }

// hits lists seqs that match, newest first.
func (s *search) hits(ctx context.Context, match string, after, before int64, limit int) (seqs []uint64, err error) {
	rows, err := s.read.QueryContext(ctx,
		"SELECT rowid FROM search WHERE search MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
		match, after, before, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			return nil, err
		}
		seqs = append(seqs, seq)
	}
	return seqs, rows.Err()
}

// Search finds messages by the words they hold, the last one as a beginning, newest first.
func (l *Log) Search(ctx context.Context, q wsserver.SearchQuery) (found wsserver.Found, err error) {
	found = wsserver.Found{Indexed: l.search.reached.Load(), Last: l.Last()}
	found.Indexed = min(found.Indexed, found.Last)
	r, err := l.bounds(ctx, q)
	if err != nil {
		return found, err
	}
	match := matchOf(q)
	for !found.More {
		var page []*wsserver.Entry
		var done bool
		if match == "" {
			page, done, err = l.plain(ctx, r, q.Limit+1)
		} else {
			page, done, err = l.matching(ctx, match, &r)
		}
		if err != nil {
			return found, err
		}
		for _, e := range page {
			if !within(e, q) {
				continue
			}
			if len(found.Entries) == q.Limit {
				found.More = true
				break
			}
			found.Entries = append(found.Entries, e)
		}
		if done {
			break
		}
		r.before = int64(page[len(page)-1].Seq)
	}
	return found, nil
}

// within reports whether an entry is of the time asked for: where a clock was set back, bounds alone do not tell.
func within(e *wsserver.Entry, q wsserver.SearchQuery) bool {
	return (q.From.IsZero() || !e.Time.Before(q.From)) && (q.Until.IsZero() || e.Time.Before(q.Until))
}

// seqRange is exclusive at both ends.
type seqRange struct{ after, before int64 }

// plain reads along the log itself, where no words narrow the search.
func (l *Log) plain(ctx context.Context, r seqRange, limit int) (page []*wsserver.Entry, done bool, err error) {
	if r.before <= r.after+1 {
		return nil, true, nil
	}
	entries, more, err := l.Page(ctx, wsserver.Query{After: uint64(r.after), Before: uint64(r.before), Limit: limit})
	slices.Reverse(entries)
	return entries, !more, err
}

// matching looks up the next hits.
func (l *Log) matching(ctx context.Context, match string, r *seqRange) (page []*wsserver.Entry, done bool, err error) {
	seqs, err := l.search.hits(ctx, match, r.after, r.before, foundMost)
	if err != nil || len(seqs) == 0 {
		return nil, true, err
	}
	r.before = int64(seqs[len(seqs)-1])
	marks := strings.TrimSuffix(strings.Repeat("?,", len(seqs)), ",")
	args := make([]any, len(seqs))
	for i, s := range seqs {
		args[i] = int64(s)
	}
	rows, err := l.read.QueryContext(ctx, "SELECT "+columns+" FROM message WHERE seq IN ("+marks+
		") AND withdrawn = 0 ORDER BY seq DESC", args...)
	if err != nil {
		return nil, true, err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		e, _, err := scan(rows)
		if err != nil {
			return nil, true, err
		}
		page = append(page, e)
	}
	if len(page) == 0 {
		return nil, len(seqs) < foundMost, rows.Err()
	}
	return page, len(seqs) < foundMost, rows.Err()
}

// bounds turns times into seqs by halving: messages come in the order of their times, but for a clock set back.
func (l *Log) bounds(ctx context.Context, q wsserver.SearchQuery) (r seqRange, err error) {
	r = seqRange{0, math.MaxInt64}
	if q.Before > 0 {
		r.before = clamp(q.Before)
	}
	if !q.From.IsZero() {
		first, err := l.firstSince(ctx, q.From)
		if err != nil {
			return r, err
		}
		r.after = first - 1
	}
	if !q.Until.IsZero() {
		first, err := l.firstSince(ctx, q.Until)
		if err != nil {
			return r, err
		}
		r.before = min(r.before, first)
	}
	return r, nil
}

// firstSince is the seq of the first message at or after t, one past the last where there is none.
func (l *Log) firstSince(ctx context.Context, t time.Time) (int64, error) {
	low, high := int64(1), int64(l.Last())+1
	for low < high {
		mid := (low + high) / 2
		var seq, ms int64
		err := l.read.QueryRowContext(ctx, "SELECT seq, time FROM message WHERE seq >= ? ORDER BY seq LIMIT 1", mid).Scan(&seq, &ms)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			high = mid
		case err != nil:
			return 0, err
		case ms >= t.UnixMilli():
			high = mid
		default:
			low = seq + 1
		}
	}
	return low, nil
}

// matchOf is a query as FTS5 reads it; "" where nothing narrows it. What people type is only words: every character
// of FTS5's own language is taken out.
func matchOf(q wsserver.SearchQuery) string {
	var parts []string
	words := strings.FieldsFunc(q.Text, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.Co) })
	for i, w := range words {
		part := `text : "` + w + `"`
		if i == len(words)-1 {
			part += " *"
		}
		parts = append(parts, part)
	}
	for prefix, name := range map[string]string{"u": q.UserID, "t": q.Topic} {
		if name != "" {
			parts = append(parts, `tags : "`+word(prefix, name)+`"`)
		}
	}
	if q.Kind != "" {
		parts = append(parts, `tags : "k`+q.Kind+`"`)
	}
	return strings.Join(parts, " AND ")
}
