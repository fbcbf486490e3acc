package operator

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/dispatch"
	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

const (
	recordAudit = "audit"
	// MaxAuditEntries is how many entries are kept, auditPage the largest page of them.
	MaxAuditEntries = 5000
	auditPage       = 200
	// auditAlike is the time within which equal entries are counted in one: wrong keys come in hundreds.
	auditAlike = 10 * time.Minute
	// auditNear is how many of the newest entries are compared for that.
	auditNear = 50
)

// AuditEntry is something that was done as the operator, or a failed attempt to sign in. It holds no secret.
type AuditEntry struct {
	// N rises with each entry.
	N uint64 `json:"n"`
	// Time is when it happened; where Count is more than one, the last time, and Since the first.
	Time  string `json:"time"`
	Since string `json:"since,omitempty"`
	// What: "signed_in", "signed_out", "wrong_key", "session_ended", "new_key", "key_shown", "password_set",
	// "password_removed", "setting", "let_in", "refused", "disconnected", "freed", "muted", "unmuted", "blocked",
	// "unblocked", "withdrawn", "topic_created", "topic_renamed", "topic_archived", "topic_opened", "exported"; more as
	// they come.
	What string `json:"what"`
	// Door is where the caller was: "window", "web" (with Address and Browser), or "" where nobody was signed in.
	Door    string `json:"door"`
	Address string `json:"address,omitempty"`
	Browser string `json:"browser,omitempty"`
	// UserID and Name are the person it was done to, Target the address, Topic and Seq the topic and the message.
	UserID string `json:"user_id,omitempty"`
	Name   string `json:"name,omitempty"`
	Target string `json:"target,omitempty"`
	Topic  string `json:"topic,omitempty"`
	Seq    uint64 `json:"seq,omitempty"`
	// Setting is the name of the changed setting, Before and After its values.
	Setting string `json:"setting,omitempty"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
	// Detail is how somebody signed in ("key", "password", or "bearer" for a program), a reason, or an export's format.
	Detail string `json:"detail,omitempty"`
	// Count is the number of equal entries counted in this one, where more than one.
	Count int `json:"count,omitempty"`
}

// AuditQuery asks for entries before N (0: the newest), at most Limit (and 200).
type AuditQuery struct {
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
}

// AuditAnswer is entries, newest first. More: there are older ones.
type AuditAnswer struct {
	Entries []AuditEntry `json:"entries"`
	More    bool         `json:"more"`
}

// AuditLog is the audit list: the newest MaxAuditEntries, in memory and in the log's records. Its methods may be called
// from any goroutine, and none waits for the disk.
type AuditLog struct {
	openLog    func() (msglog.Log, error)
	dispatcher *dispatch.Dispatcher
	revisions  *Revisions
	logger     *slog.Logger

	mu   sync.Mutex
	list []AuditEntry // oldest first
	last uint64
	// strangers is how many of list have no door: nobody was signed in.
	strangers int
}

// NewAuditLog makes an empty one. openLog says whether the server runs: nothing is noted while it does not.
func NewAuditLog(openLog func() (msglog.Log, error), d *dispatch.Dispatcher, r *Revisions, logger *slog.Logger) *AuditLog {
	return &AuditLog{openLog: openLog, dispatcher: d, revisions: r, logger: logger}
}

// Load reads the list from the log's records.
func (a *AuditLog) Load(ctx context.Context, log msglog.Log) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list, a.last, a.strangers = nil, 0, 0
	err := msglog.Load(ctx, log, recordAudit, func(_ string, e AuditEntry) {
		a.list = append(a.list, e)
		if e.Door == "" {
			a.strangers++
		}
	})
	slices.SortFunc(a.list, func(x, y AuditEntry) int { return cmp.Compare(x.N, y.N) })
	if n := len(a.list); n > 0 {
		a.last = a.list[n-1].N
	}
	return err
}

// auditStrangers is how many entries without a door are kept: wrong keys from a thousand addresses must not displace the
// operator's entries.
const auditStrangers = 1000

// add appends an entry, or counts it in an equal one, and returns the records to write.
func (a *AuditLog) add(e AuditEntry, now time.Time) (records []msglog.Record) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Time = wire.Time(now).String()
	if i := a.alike(e, now); i >= 0 {
		o := &a.list[i]
		if o.Since == "" {
			o.Since, o.Count = o.Time, 1
		}
		o.Time = e.Time
		o.Count++
		return []msglog.Record{auditRecord(*o)}
	}
	a.last++
	e.N = a.last
	a.list = append(a.list, e)
	records = append(records, auditRecord(e))
	stranger := func(o AuditEntry) bool { return o.Door == "" }
	if stranger(e) {
		if a.strangers++; a.strangers > auditStrangers {
			records = append(records, a.remove(slices.IndexFunc(a.list, stranger)))
		}
	}
	if len(a.list) > MaxAuditEntries {
		records = append(records, a.remove(0))
	}
	return records
}

// remove removes the i-th entry and returns the record that erases it. mu is held.
func (a *AuditLog) remove(i int) msglog.Record {
	n := a.list[i].N
	if a.list[i].Door == "" {
		a.strangers--
	}
	a.list = slices.Delete(a.list, i, i+1)
	return msglog.Record{Kind: recordAudit, Key: auditKey(n)}
}

// alike is the index of a recent entry that e can be counted in, -1 where there is none. Only entries without a door, and
// those of programs that connect again and again, are counted together. mu is held.
func (a *AuditLog) alike(e AuditEntry, now time.Time) int {
	if e.Door != "" && e.Detail != auth.ByBearer {
		return -1
	}
	for i := len(a.list) - 1; i >= max(0, len(a.list)-auditNear); i-- {
		o := a.list[i]
		at, err := time.Parse(wire.TimeFormat, o.Time)
		if err != nil || now.Sub(at) > auditAlike {
			continue
		}
		if o.What == e.What && o.Door == e.Door && o.Address == e.Address && o.Detail == e.Detail && o.Target == e.Target {
			return i
		}
	}
	return -1
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
	end := len(a.list)
	if q.Before > 0 {
		end, _ = slices.BinarySearchFunc(a.list, q.Before, func(e AuditEntry, n uint64) int { return cmp.Compare(e.N, n) })
	}
	start := max(0, end-q.Limit)
	answer := AuditAnswer{Entries: slices.Clone(a.list[start:end]), More: start > 0}
	slices.Reverse(answer.Entries)
	if answer.Entries == nil {
		answer.Entries = []AuditEntry{}
	}
	return answer
}

// Audit reads the audit list, newest first.
func (s *Security) Audit(q AuditQuery) AuditAnswer { return s.audit.page(q) }

// note is Note with the door of the verb's caller, whom ctx carries.
func (a *AuditLog) note(ctx context.Context, e AuditEntry) {
	c := callerOf(ctx)
	e.Door, e.Address, e.Browser = "window", c.Address, c.Browser
	if c.Session != "" {
		e.Door = "web"
	}
	a.Note(e)
}

// Note adds an entry as it is, with its door. It does not block: the entry is written with the next commit.
func (a *AuditLog) Note(e AuditEntry) {
	if _, err := a.openLog(); err != nil {
		return
	}
	records := a.add(e, time.Now())
	err := a.dispatcher.Post(dispatch.Post{Records: records, Done: func(msglog.Appended, error) {}}) // the dispatcher logs records that it could not write
	if err != nil {
		a.logger.Warn("keep the audit list", "error", err)
	}
	a.revisions.bump(&a.revisions.audit)
}
