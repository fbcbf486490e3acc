package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	lib "modernc.org/sqlite/lib"

	"belfry/wsserver/msglog"
)

// This file is the index of the full-text search. It is a database of its own, so that filling it never delays a commit of
// the log; it can be deleted at any time and is then filled again from the log.

// SearchFile is the name of the index's file in the log's folder.
const SearchFile = "search.db"

const (
	// indexStep is how many messages one transaction of the indexer adds.
	indexStep = 500
	// indexIdle is how long the indexer waits when it has caught up, and indexBusy where messages keep coming: however few it
	// adds, a step costs at least as much as a message.
	indexIdle = 200 * time.Millisecond
	indexBusy = time.Second
	// While messages come within logBusy of each other, the indexer pauses indexRest times as long as it works: people wait
	// for messages, not for the index.
	logBusy   = 100 * time.Millisecond
	indexRest = 10
	// searchVersion is raised when what is indexed changes: the index is then filled again.
	searchVersion = 3
)

// searchSchema creates the index. What narrows a search is among the words, as tags (below). The words are split and folded
// by msglog: the tokenizer finds the blanks between them again.
const searchSchema = `CREATE VIRTUAL TABLE search USING fts5 (
	words,
	content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1 2 3'
);
CREATE TABLE reached (seq INTEGER NOT NULL);
INSERT INTO reached VALUES (0);`

// search is the index beside the log.
type search struct {
	write, read *sql.DB
	reached     atomic.Uint64 // every message up to this seq is indexed
	stop        chan struct{}
	ended       chan struct{}
}

// openSearch opens the index in dir. An index that is damaged, old or of another log is replaced by an empty one.
func openSearch(dir string, l *Log) (*search, error) {
	file := filepath.Join(dir, SearchFile)
	s, err := trySearch(file, l)
	if err == nil {
		return s, nil
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(file + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	return trySearch(file, l)
}

var errStale = errors.New("the search is of another log or version")

func trySearch(file string, l *Log) (*search, error) {
	if err := makePrivate(file); err != nil {
		return nil, err
	}
	if err := makeOwnersOnly(file); err != nil { // it has the words of every message, and earlier versions made it readable by everybody
		return nil, err
	}
	// A crash may lose its last steps: they are done again.
	write, err := connect(file, 1, "journal_mode(WAL)", "synchronous(NORMAL)")
	if err != nil {
		return nil, err
	}
	s := &search{write: write, stop: make(chan struct{}), ended: make(chan struct{})}
	if err := s.prepare(l); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	if s.read, err = connect(file, readers, "query_only(1)"); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	return s, nil
}

func (s *search) prepare(l *Log) error {
	var tables int
	if err := s.write.QueryRow("SELECT count(*) FROM sqlite_master").Scan(&tables); err != nil {
		return err
	}
	if tables == 0 {
		if _, err := s.write.Exec(searchSchema); err != nil {
			return err
		}
		if _, err := s.write.Exec("CREATE TABLE of_log (mark TEXT NOT NULL); INSERT INTO of_log VALUES (?)", markOf(l)); err != nil {
			return err
		}
	}
	var seq uint64
	var has string
	if err := s.write.QueryRow("SELECT (SELECT seq FROM reached), (SELECT mark FROM of_log)").Scan(&seq, &has); err != nil {
		return err
	}
	version, epoch, _ := strings.Cut(has, " ")
	if version != strconv.Itoa(searchVersion) || !l.Knows(epoch, seq) {
		return errStale
	}
	s.reached.Store(seq)
	return s.markAs(l)
}

// markOf says which log an index is of.
func markOf(l *Log) string { return fmt.Sprintf("%d %s", searchVersion, l.Epoch()) }

// markAs notes that the index is of the log's present run.
func (s *search) markAs(l *Log) error {
	_, err := s.write.Exec("UPDATE of_log SET mark = ?", markOf(l))
	return err
}

func (s *search) close() error {
	close(s.stop)
	<-s.ended
	return errors.Join(s.read.Close(), s.write.Close())
}

// fill indexes new messages until stop is closed. Failures are retried: the log does not depend on the index.
func (s *search) fill(l *Log) {
	defer close(s.ended)
	for {
		began := time.Now()
		n, err := s.step(l)
		if err != nil && isCode(err, lib.SQLITE_CORRUPT) {
			return // the next start replaces it
		}
		var wait time.Duration
		now := time.Now()
		busy := now.UnixNano()-l.appended.Load() < int64(logBusy)
		switch caughtUp := err != nil || n < indexStep; {
		case caughtUp && busy:
			wait = indexBusy
		case caughtUp:
			wait = indexIdle
		case busy:
			wait = indexRest * now.Sub(began)
		}
		select {
		case <-time.After(wait):
		case <-s.stop:
			return
		}
	}
}

// step indexes the next messages, and removes what was withdrawn. It returns how many entries it looked at.
func (s *search) step(l *Log) (n int, err error) {
	after, last := s.reached.Load(), l.Last()
	if after >= last {
		return 0, nil
	}
	ctx := context.Background()
	entries, _, err := l.Page(ctx, msglog.Query{After: after, Before: last + 1, Forward: true, Limit: indexStep, Withdrawals: true})
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
	if err := indexEntries(ctx, tx, entries); err != nil {
		return 0, err
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

// indexEntries adds messages to the index, and removes what was withdrawn.
func indexEntries(ctx context.Context, tx *sql.Tx, entries []*msglog.Entry) error {
	insert, err := tx.PrepareContext(ctx, "INSERT INTO search (rowid, words) VALUES (?, ?)")
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }() // the transaction closes it as well
	for _, e := range entries {
		if e.Withdraws > 0 {
			_, err = tx.ExecContext(ctx, "DELETE FROM search WHERE rowid = ?", int64(e.Withdraws))
		} else {
			_, err = insert.ExecContext(ctx, int64(e.Seq), wordsOf(e))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tagMark begins a tag: it is in no word, and the tokenizer takes it for a letter. There are three of them so that the indexed
// prefixes of all tags are the same, and share their rows.
const tagMark = string(msglog.TagMark) + string(msglog.TagMark) + string(msglog.TagMark)

// addWord adds a word to a text of the index or a search. A sign of ASCII would end a word there: a private-use character
// stands for it.
func addWord(b *strings.Builder, word string) {
	const signs = '\ue100'
	if len(word) == 1 && (word[0] < '0' || word[0] > '9') && (word[0] < 'a' || word[0] > 'z') {
		b.WriteRune(signs + rune(word[0]))
	} else {
		b.WriteString(word)
	}
	b.WriteByte(' ')
}

// wordsOf returns the text under which a message is indexed.
func wordsOf(e *msglog.Entry) string {
	var b strings.Builder
	msglog.IndexedWords(e, func(word string) { addWord(&b, word) })
	users := []string{""}
	for _, u := range []string{e.From.UserID, e.UserID} {
		if !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	topics := []string{""}
	if e.Topic != "" {
		topics = append(topics, e.Topic)
	}
	for _, u := range users {
		for _, t := range topics {
			for _, k := range []string{"", msglog.KindOf(e)} {
				if u+t+k != "" {
					b.WriteString(tag(u, t, k))
					b.WriteByte(' ')
				}
			}
		}
	}
	return b.String()
}

// tag returns the one word for a person, a topic and a kind together, any of which may be "". There is one for each
// combination: with a word for each, a search would compare the rows of three, which may be hundreds of thousands. It is a
// hash, so that it is short, and a cryptographic one, so that nobody can produce somebody else's tag.
func tag(userID, topic, kind string) string {
	sum := sha256.Sum256([]byte(userID + "\x00" + topic + "\x00" + kind))
	return tagMark + hex.EncodeToString(sum[:8])
}
