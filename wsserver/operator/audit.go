package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

const (
	recordAudit = "audit"
	auditPage   = 200 // the largest page of entries
	// auditAlike is the time within which equal entries are counted in one: wrong keys come in hundreds.
	auditAlike = 10 * time.Minute
	// auditNear is how many of the newest entries are compared for that.
	auditNear = 50
	// auditRepeats is how often somebody who is signed in can do the same thing before entries are counted together.
	auditRepeats = 3
	// auditNames is how many names an entry about many people lists.
	auditNames = 10
)

// AuditLog is the audit list, bounded by auditBounds, in memory and in the log's records. Its methods may be called from any
// goroutine, and none but Load and Flush waits for the disk.
type AuditLog struct {
	openLog    func() (msglog.Log, error)
	dispatcher *dispatch.Dispatcher
	revisions  *Revisions
	logger     *slog.Logger

	mu   sync.Mutex
	list []AuditEntry // oldest first
	last uint64
	// unwritten has, by number, what was noted here and is not in the log, gone the entries to be erased there.
	unwritten map[uint64]*unwritten
	gone      []uint64
	failed    time.Time         // when a commit of them has failed last
	spelled   map[uint64][]byte // entries as they are in the log, where an encoder of another version wrote them
	// owned counts those of an owner, sorted those of a sort.
	owned  map[auditOwner]int
	sorted map[auditSort]int
}

// NewAuditLog makes an empty one. openLog says whether the server runs: nothing is noted while it does not.
func NewAuditLog(openLog func() (msglog.Log, error), d *dispatch.Dispatcher, r *Revisions, logger *slog.Logger) *AuditLog {
	return &AuditLog{
		openLog: openLog, dispatcher: d, revisions: r, logger: logger,
		unwritten: map[uint64]*unwritten{}, spelled: map[uint64][]byte{}, owned: map[auditOwner]int{}, sorted: map[auditSort]int{},
	}
}

// Load reads the list from the log's records.
func (a *AuditLog) Load(ctx context.Context, log msglog.Log) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list, a.last, a.owned, a.sorted = nil, 0, map[auditOwner]int{}, map[auditSort]int{}
	a.unwritten, a.gone, a.spelled = map[uint64]*unwritten{}, nil, map[uint64][]byte{}
	err := msglog.LoadRecords(ctx, log, recordAudit, func(r msglog.Record) error {
		e, err := msglog.Decode[AuditEntry](r)
		if err != nil {
			return err
		}
		a.list = append(a.list, e)
		a.count(&e, 1)
		a.noteSpelling(&e, r.Value)
		return nil
	})
	slices.SortFunc(a.list, func(x, y AuditEntry) int { return cmp.Compare(x.N, y.N) })
	if n := len(a.list); n > 0 {
		a.last = a.list[n-1].N
	}
	return err
}

// second is a time without its milliseconds.
func second(t string) string { return wire.Clip(t, len("2006-01-02T15:04:05")) }

// add appends an entry, or counts it in an equal one, times times, and returns its number. soon: it is to be written at once. mu
// is held.
func (a *AuditLog) add(e AuditEntry, times int, now time.Time) (n uint64, soon bool) {
	if i := a.alike(e, now); i >= 0 {
		o := &a.list[i]
		a.toWrite(o).times += times
		if o.Since == "" {
			o.Since, o.Count = o.Time, 1
		}
		recently := o.Token != "" && second(o.Time) == second(e.Time) // a program may send thousands a second
		o.Time = max(o.Time, e.Time)
		o.Count += times
		return o.N, !recently
	}
	a.last++
	e.N = a.last
	if times > 1 {
		e.Since, e.Count = e.Time, times
	}
	a.list = append(a.list, e)
	a.unwritten[e.N] = &unwritten{times: times}
	a.count(&e, 1)
	if i := a.excess(&e); i >= 0 {
		a.gone = append(a.gone, a.list[i].N)
		a.remove(i)
	}
	return e.N, true
}

// A sort of entries has a bound of its own, so that what there is much of does not push out what matters.
type auditSort int

const (
	auditPlain   auditSort = iota // what the operator does in the room
	auditWay                      // the operator's ways in, what was taken away, settings
	auditUnknown                  // by nobody who was signed in
)

// The bounds. A session can only push out its own entries of a sort. Beyond a sort's bound the session with the most
// entries loses its oldest plain one; of the other sorts the day with the most entries does. So of the newest auditDays
// days with any entry each keeps its share of them, 111 and 11, whatever is done on others.
const (
	// AuditPerSession is how many of a sort a session has at most.
	AuditPerSession = 1000
	auditDays       = 90
)

var auditBounds = map[auditSort]int{auditPlain: 5000, auditWay: 10_000, auditUnknown: 1000}

// auditWays are what is noted as auditWay.
var auditWays = map[string]bool{
	whatSignedIn: true, "new_key": true, "key_shown": true, "password_set": true, "password_removed": true, "password_on": true, "setting": true,
	"token_created": true, "token_removed": true, "export_began": true, "exported": true, "confirmed": true,
	"webhook_created": true, "webhook_changed": true, "webhook_removed": true,
}

// whatBroadcast is of a message that was sent.
const whatBroadcast = "broadcast"

// What is noted by package auth's events.
const (
	whatSignedIn  = "signed_in"
	whatSignedOut = "signed_out"
)

// auditOwner is whose entries are bounded together: a session's, an access token's, those of programs at an address, the
// window's.
type auditOwner struct {
	sort     auditSort
	door, by string
}

func (e *AuditEntry) sort() auditSort {
	switch {
	case e.Door == "":
		return auditUnknown
	case auditWays[e.What]:
		return auditWay
	}
	return auditPlain
}

func (e *AuditEntry) owner() auditOwner {
	o := auditOwner{e.sort(), e.Door, e.Session}
	if e.Token != "" {
		o.by = e.Token
		return o
	}
	if o.by == "" || strings.HasPrefix(o.by, connectionSession) || o.by == auth.ByKey {
		o.by = e.Address // the session of a program ends with its connection
	}
	return o
}

func (e *AuditEntry) day() string { return wire.Clip(cmp.Or(e.Since, e.Time), len(time.DateOnly)) }

// count counts an entry, or with -1 no longer. mu is held.
func (a *AuditLog) count(e *AuditEntry, n int) {
	o := e.owner()
	a.sorted[o.sort] += n
	if a.owned[o] += n; a.owned[o] == 0 {
		delete(a.owned, o)
	}
}

// excess returns the index of the entry to remove now that e was added, -1 if none is. mu is held.
func (a *AuditLog) excess(e *AuditEntry) int {
	o := e.owner()
	switch {
	case o.sort != auditUnknown && a.owned[o] > AuditPerSession:
		return a.weakest(func(x *AuditEntry) bool { return x.owner() == o })
	case a.sorted[o.sort] > auditBounds[o.sort]:
		return a.weakest(func(x *AuditEntry) bool { return x.sort() == o.sort })
	}
	return -1
}

// weakest is the index of the entry to remove first, among those of one sort that among selects. mu is held.
func (a *AuditLog) weakest(among func(*AuditEntry) bool) int {
	var list []int
	days := map[string]bool{}
	for i := range a.list {
		if among(&a.list[i]) {
			list = append(list, i)
			days[a.list[i].day()] = true
		}
	}
	if a.list[list[0]].sort() == auditPlain {
		return most(a.list, list, (*AuditEntry).owner)[0]
	}
	if len(days) > auditDays {
		return list[0]
	}
	list = most(a.list, list, (*AuditEntry).day)
	list = most(a.list, list, func(e *AuditEntry) string { return e.What })
	return most(a.list, list, (*AuditEntry).owner)[0]
}

// most are those of the indices whose entries have the most frequent key, in their order.
func most[K comparable](entries []AuditEntry, indices []int, key func(*AuditEntry) K) (list []int) {
	counts := map[K]int{}
	for _, i := range indices {
		counts[key(&entries[i])]++
	}
	first := true
	var most K
	for _, i := range indices {
		if k := key(&entries[i]); first || counts[k] > counts[most] {
			first, most = false, k
		}
	}
	for _, i := range indices {
		if key(&entries[i]) == most {
			list = append(list, i)
		}
	}
	return list
}

// remove removes the i-th entry. mu is held.
func (a *AuditLog) remove(i int) {
	delete(a.unwritten, a.list[i].N)
	delete(a.spelled, a.list[i].N)
	a.count(&a.list[i], -1)
	a.list = slices.Delete(a.list, i, i+1)
}

// alike returns the index of a recent entry in which e can be counted, -1 if there is none. What is done without signing in,
// and what programs do that connect again and again, is counted at once; what somebody signed in does repeatedly, and the
// messages that an access token sends, only after some times. mu is held.
func (a *AuditLog) alike(e AuditEntry, now time.Time) int {
	newest, times := -1, 1
	if e.Door != "" && e.Detail != auth.ByBearer {
		times = auditRepeats
	}
	for i := len(a.list) - 1; i >= max(0, len(a.list)-auditNear); i-- {
		o := &a.list[i]
		at, err := time.Parse(wire.TimeFormat, o.Time)
		if err != nil || now.Sub(at) > auditAlike || !o.like(&e) {
			continue
		}
		if newest < 0 {
			newest = i
		}
		if times -= max(1, o.Count); times <= 0 {
			return newest
		}
	}
	return -1
}

// like reports whether two entries say the same, but for the time.
func (e *AuditEntry) like(o *AuditEntry) bool {
	if o.Count > 0 && o.Since == "" || e.Count > 0 && e.Since == "" {
		return false // of many people
	}
	x, y := *e, *o
	for _, z := range []*AuditEntry{&x, &y} {
		z.N, z.Time, z.Since, z.Count, z.Names = 0, "", "", 0, nil
		if z.Token != "" && z.What == whatBroadcast {
			z.Seq, z.Topic, z.UserID, z.Name = 0, "", "", "" // each message names the program that sent it
		}
		if z.Door == "" || z.What == whatSignedIn || z.What == whatSignedOut {
			z.Session, z.Browser = "", "" // each time another
		}
	}
	return reflect.DeepEqual(x, y)
}

func auditKey(n uint64) string { return strconv.FormatUint(n, 10) }

func auditRecord(e AuditEntry) msglog.Record {
	value, err := json.Marshal(e)
	if err != nil {
		value = nil // strings and numbers always encode
	}
	return msglog.Record{Kind: recordAudit, Key: auditKey(e.N), Value: value}
}

func (a *AuditLog) page(q AuditQuery) AuditAnswer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q.Limit <= 0 || q.Limit > auditPage {
		q.Limit = auditPage
	}
	if q.Seq > 0 {
		return a.about(q)
	}
	end := len(a.list)
	if q.Before > 0 {
		end = a.find(q.Before)
	}
	start := max(0, end-q.Limit)
	answer := AuditAnswer{Entries: slices.Clone(a.list[start:end]), More: start > 0}
	slices.Reverse(answer.Entries)
	if answer.Entries == nil {
		answer.Entries = []AuditEntry{}
	}
	return answer
}

// about is page for the entries about one message. mu is held.
func (a *AuditLog) about(q AuditQuery) AuditAnswer {
	answer := AuditAnswer{Entries: []AuditEntry{}}
	for i := len(a.list) - 1; i >= 0; i-- {
		if e := a.list[i]; e.Seq != q.Seq || q.Before > 0 && e.N >= q.Before {
			continue
		}
		if answer.More = len(answer.Entries) == q.Limit; answer.More {
			break
		}
		answer.Entries = append(answer.Entries, a.list[i])
	}
	return answer
}

// Audit reads the audit list, newest first.
func (s *Security) Audit(q AuditQuery) AuditAnswer { return s.audit.page(q) }

// note is Note with the door of the verb's caller, from ctx.
func (a *AuditLog) note(ctx context.Context, e AuditEntry) {
	c := callerOf(ctx)
	e.Door, e.Address, e.Browser, e.Session = "window", c.Address, c.Browser, c.Session
	switch {
	case c.Token != "":
		e.Door, e.Token = "program", c.TokenName
	case c.Session != "":
		e.Door = "web"
	}
	a.Note(e)
}

// noteAll notes something done to many people at once as one entry, with how many they are and the first names; e is it as
// done to the one.
func (a *AuditLog) noteAll(ctx context.Context, e AuditEntry, people []AuditEntry) {
	switch len(people) {
	case 0:
		return
	case 1:
		p := people[0]
		e.UserID, e.Name, e.Target = p.UserID, p.Name, p.Target
	default:
		e.Count = len(people)
		for _, p := range people[:min(len(people), auditNames)] {
			e.Names = append(e.Names, cmp.Or(p.Name, p.UserID))
		}
	}
	a.note(ctx, e)
}
