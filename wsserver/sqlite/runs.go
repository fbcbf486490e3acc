package sqlite

import (
	"crypto/rand"
	"slices"
	"strings"
)

// This file tells a log from its own copy. A folder that was copied and put back has the messages up to the copy, and goes
// on with others under the same numbers: who knows those that were lost must be told. So each start is a run, with an id
// drawn at random. A client names the run that it was last connected to, and how far it came. Where that run ended earlier
// in this file, or is not in it at all, what the client has is of another log.

// maxRuns is how many runs are remembered. Who comes back from an older one is told that it is another log.
const maxRuns = 10_000

// startLength is that of rand.Text.
const startLength = 26

// run is the starts of Belfry between two that were followed by an entry. Its epoch is "id.start": the ids say where the
// run is in the log, and start which of its starts it was. All but the last start have appended nothing, so that a program
// that crashes a thousand times leaves one run, and still nobody is forgotten.
type run struct {
	id, start string
	first     uint64 // the seq of its first entry
}

// epoch is how clients name the run. Those of earlier versions have no start.
func (r *run) epoch() string {
	if r.start == "" {
		return r.id
	}
	return r.id + "." + r.start
}

// runs are those of a log, the oldest first; not changed after Open, or Join.
type runs struct {
	list  []run
	byID  map[string]int
	epoch string // of the last, which is the present one
}

// reach returns up to which seq this log and that of an epoch are the same; last is the newest seq here. ok is false where
// the epoch is not known.
func (r *runs) reach(epoch string, last uint64) (seq uint64, ok bool) {
	id, start, _ := strings.Cut(epoch, ".")
	i, ok := r.byID[id]
	switch {
	case !ok, len(start) != startLength && start != "":
		return 0, false
	case start != r.list[i].start: // it ended before anything was appended here
		return r.list[i].first - 1, true
	case i+1 < len(r.list):
		return r.list[i+1].first - 1, true
	}
	return last, true
}

// loadRuns reads the runs.
func loadRuns(l *Log) error {
	l.runs = runs{byID: map[string]int{}}
	rows, err := l.write.Query("SELECT first, id, start FROM run ORDER BY first")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is rows.Err's
	for rows.Next() {
		var r run
		if err := rows.Scan(&r.first, &r.id, &r.start); err != nil {
			return err
		}
		l.runs.list = append(l.runs.list, r)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i, r := range l.runs.list {
		l.runs.byID[r.id] = i
	}
	return nil
}

// beginRun reads the runs, and begins one: durable before anybody is told of it.
func (l *Log) beginRun() error {
	if err := loadRuns(l); err != nil {
		return err
	}
	list := slices.DeleteFunc(l.runs.list, func(r run) bool { return r.first > l.last+1 }) // a repaired file may lack its end
	if n := len(list); n == 0 || list[n-1].first != l.last+1 {
		list = append(list, run{id: rand.Text(), first: l.last + 1})
	}
	list = list[max(0, len(list)-maxRuns):]
	now := &list[len(list)-1]
	now.start = rand.Text()
	l.runs = runs{list: list, byID: map[string]int{}, epoch: now.epoch()}
	for i, r := range list {
		l.runs.byID[r.id] = i
	}
	return writeRun(l, list[0].first, now)
}

// writeRun writes the present run, and forgets those before oldest and after it.
func writeRun(l *Log, oldest uint64, now *run) error {
	tx, err := l.write.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if _, err := tx.Exec("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", now.first, now.id, now.start); err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT OR REPLACE INTO meta VALUES ('epoch', ?)", now.epoch()); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM run WHERE first < ? OR first > ?", oldest, now.first); err != nil {
		return err
	}
	return tx.Commit()
}
