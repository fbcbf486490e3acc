package operator

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// This file is how entries of the audit list get into the log, and how the list follows what other servers of the same log have
// put there. An entry has its number at once, but only the log decides about that: it is written on the condition that nobody
// else has the number or, where it is counted in another entry, that nobody has changed that one. Where somebody has, theirs
// takes the place, and what was noted here is added again.

// auditRetry is how long after a failed commit nothing is written again.
const auditRetry = 5 * time.Second

// unwritten is what was noted here of an entry, and is not in the log.
type unwritten struct {
	logged  []byte // the entry as it is in the log; nil: it is not there
	times   int    // how often it happened beside that
	writing []byte // what is being written, nil: nothing is
	written int    // the part of times that is in it
}

// toWrite is what is unwritten of an entry of the list that is about to change. mu is held.
func (a *AuditLog) toWrite(e *AuditEntry) *unwritten {
	u := a.unwritten[e.N]
	if u == nil {
		u = &unwritten{logged: a.spelled[e.N]}
		if u.logged == nil {
			u.logged = auditRecord(*e).Value
		}
		a.unwritten[e.N] = u
	}
	return u
}

// Note adds an entry as it is, with its door. It does not block for the disk: the entry is written with the next commit, and
// where that fails, again with a later Flush.
func (a *AuditLog) Note(e AuditEntry) {
	if _, err := a.openLog(); err != nil {
		return
	}
	now := time.Now()
	e.Time = wire.Time(now).String()
	a.mu.Lock()
	var posts []dispatch.Post
	if n, soon := a.add(e, 1, now); soon {
		posts = append(a.erasing(), a.writing(n)...)
	}
	a.mu.Unlock()
	a.post(posts)
	a.revisions.bump(&a.revisions.audit)
}

// Flush has written what is not yet, and is not being written: soon after a commit has failed, nothing.
func (a *AuditLog) Flush() {
	a.mu.Lock()
	resting := time.Since(a.failed) < auditRetry
	a.mu.Unlock()
	if !resting {
		a.post(a.unposted())
	}
}

// FlushAll writes to log what is not there after the dispatcher has closed. It blocks for the disk.
func (a *AuditLog) FlushAll(ctx context.Context, log msglog.Log) error {
	var changes []msglog.Change
	for _, p := range a.unposted() {
		changes = append(changes, msglog.Change{Records: p.Records})
	}
	if len(changes) == 0 {
		return nil
	}
	_, err := log.Append(ctx, changes)
	return err
}

func (a *AuditLog) unposted() []dispatch.Post {
	a.mu.Lock()
	defer a.mu.Unlock()
	posts := a.erasing()
	for n := range a.unwritten {
		posts = append(posts, a.writing(n)...)
	}
	return posts
}

func (a *AuditLog) post(posts []dispatch.Post) {
	for _, p := range posts {
		if err := a.dispatcher.Post(p); err != nil { // the server stops: FlushAll follows
			p.Done(msglog.Appended{}, err)
		}
	}
}

// writing returns what writes an entry; none where that is under way. mu is held.
func (a *AuditLog) writing(n uint64) []dispatch.Post {
	u, i := a.unwritten[n], a.find(n)
	if u == nil || u.writing != nil || i == len(a.list) || a.list[i].N != n {
		return nil
	}
	r := auditRecord(a.list[i]).Expecting(u.logged)
	u.writing, u.written = r.Value, u.times
	return []dispatch.Post{{Records: []msglog.Record{r}, Done: func(_ msglog.Appended, err error) { a.notWritten(n, u, err) }}}
}

// erasing returns what erases entries beyond the bounds. mu is held.
func (a *AuditLog) erasing() (posts []dispatch.Post) {
	for _, n := range a.gone {
		posts = append(posts, dispatch.Post{Records: []msglog.Record{{Kind: recordAudit, Key: auditKey(n)}}, Done: func(_ msglog.Appended, err error) {
			if err == nil {
				return
			}
			a.mu.Lock()
			defer a.mu.Unlock()
			a.gone, a.failed = append(a.gone, n), time.Now()
		}})
	}
	a.gone = nil
	return posts
}

// notWritten has an entry written again whose commit has failed. err may be nil; of one that somebody else was faster with,
// Applied has added it again.
func (a *AuditLog) notWritten(n uint64, u *unwritten, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil || a.unwritten[n] != u {
		return
	}
	u.writing, a.failed = nil, time.Now()
}

// Applied follows records of the log as they are in it by now. Those that are not own are of other servers. It does not block.
func (a *AuditLog) Applied(records []msglog.Record, own bool) error {
	changed := false
	a.mu.Lock()
	var err error
	for i := range records {
		r := &records[i]
		if r.Kind != recordAudit {
			continue
		}
		n, bad := strconv.ParseUint(r.Key, 10, 64)
		switch {
		case bad != nil:
			err = bad
		case own:
			a.wrote(n, r.Value)
		default:
			changed, err = true, cmp.Or(a.put(n, *r), err)
		}
	}
	a.mu.Unlock()
	if changed {
		a.revisions.bump(&a.revisions.audit)
	}
	return err
}

// wrote notes that an entry is in the log as it was written here. mu is held.
func (a *AuditLog) wrote(n uint64, value []byte) {
	u := a.unwritten[n]
	if u == nil || u.writing == nil {
		return // it has been removed since
	}
	delete(a.spelled, n)
	u.logged, u.times, u.writing, u.written = value, u.times-u.written, nil, 0
	if u.times == 0 {
		delete(a.unwritten, n)
	}
}

// put takes an entry that another server has written or erased. What was noted here of one of that number, and is not in the
// log, is added again. mu is held.
func (a *AuditLog) put(n uint64, r msglog.Record) error {
	var e, mine AuditEntry
	if !r.Erased() {
		var err error
		if e, err = msglog.Decode[AuditEntry](r); err != nil {
			return err
		}
		e.N = n
	}
	i, u := a.find(n), a.unwritten[n]
	there := i < len(a.list) && a.list[i].N == n
	if there {
		mine = a.list[i]
		a.remove(i)
	}
	if !r.Erased() {
		a.noteSpelling(&e, r.Value)
		a.list = slices.Insert(a.list, i, e)
		a.count(&e, 1)
		a.last = max(a.last, n)
	}
	if there && u != nil {
		a.addAgain(mine, u.times)
	}
	return nil
}

// noteSpelling notes how an entry is spelled in the log where this version would write it in another way. mu is held.
func (a *AuditLog) noteSpelling(e *AuditEntry, value []byte) {
	if !bytes.Equal(auditRecord(*e).Value, value) {
		a.spelled[e.N] = value
	}
}

// addAgain adds what was noted here, and has lost its place: e is that entry, or the one that it was counted in. mu is held.
func (a *AuditLog) addAgain(e AuditEntry, times int) {
	if e.Since != "" { // else Count is of people
		e.Since, e.Count = "", 0
	}
	now, err := time.Parse(wire.TimeFormat, e.Time)
	if err != nil {
		now = time.Now()
	}
	a.add(e, times, now)
}

// find is the index of the entry of a number, or where it would be. mu is held.
func (a *AuditLog) find(n uint64) int {
	i, _ := slices.BinarySearchFunc(a.list, n, func(e AuditEntry, n uint64) int { return cmp.Compare(e.N, n) })
	return i
}
