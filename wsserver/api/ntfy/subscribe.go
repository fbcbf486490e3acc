package ntfy

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// From where a subscription begins.
const (
	FromNow    = iota // only what comes from now on
	FromAll           // everything that is kept
	FromLatest        // the last message of each topic
	FromID            // after the message Seq
	FromTime          // messages of Time and later
)

// Since is from where a subscription begins.
type Since struct {
	From int
	Seq  uint64
	Time time.Time
}

// Subscription is what a subscriber asks for.
type Subscription struct {
	Since Since
	// Poll: what is kept, and then the end.
	Poll   bool
	filter filter
}

// filter chooses among messages. Its zero value lets all of them through.
type filter struct {
	id, message, title string
	priorities         []int    // one of them
	tags               []string // all of them
}

// ParseSubscription reads the parameters of a subscription. now is the present time. Errors: *Error.
func ParseSubscription(header http.Header, query url.Values, now time.Time) (s Subscription, err error) {
	p := params{header, query}
	if s.Poll, err = p.isTrue("x-poll", "poll", "po"); err != nil {
		return s, err
	}
	since, err := p.get("x-since", "since", "si")
	if err != nil {
		return s, err
	}
	if since == "" && s.Poll {
		since = "all"
	}
	if s.Since, err = parseSince(since, now); err != nil {
		return s, err
	}
	s.filter, err = parseFilter(p)
	return s, err
}

// messageID is the form of ids: those of this server are numbers, those of ntfy's own have letters too.
var messageID = regexp.MustCompile(`^[A-Za-z0-9]{12}$`)

func parseSince(since string, now time.Time) (Since, error) {
	switch since {
	case "", "none":
		return Since{}, nil
	case "all":
		return Since{From: FromAll}, nil
	case "latest":
		return Since{From: FromLatest}, nil
	}
	if messageID.MatchString(since) {
		seq, ok := ParseID(since)
		if !ok {
			return Since{From: FromAll}, nil // as ntfy does with an id that it does not know
		}
		return Since{From: FromID, Seq: seq}, nil
	}
	if seconds, err := strconv.ParseInt(since, 10, 64); err == nil && seconds >= 0 && seconds <= maxSeconds {
		return Since{From: FromTime, Time: time.Unix(seconds, 0)}, nil
	}
	if d, err := time.ParseDuration(since); err == nil && d >= 0 {
		return Since{From: FromTime, Time: now.Add(-d)}, nil
	}
	return Since{}, newError(codeSince, "invalid since parameter: an id, a time in seconds, a duration as 10m, all, latest or none")
}

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

func parseFilter(p params) (f filter, err error) {
	if f.id, err = p.get("x-id", "id"); err != nil {
		return f, err
	}
	if f.message, err = p.get("x-message", "message", "m"); err != nil {
		return f, err
	}
	if f.title, err = p.get("x-title", "title", "t"); err != nil {
		return f, err
	}
	if f.tags, err = p.list("x-tags", "tags", "tag", "ta"); err != nil {
		return f, err
	}
	words, err := p.list("x-priority", "priority", "prio", "p")
	if err != nil {
		return f, err
	}
	for _, word := range words {
		priority, err := parsePriority(word)
		if err != nil {
			return f, err
		}
		f.priorities = append(f.priorities, priority)
	}
	return f, nil
}

// all reports whether a filter lets all messages through.
func (f *filter) all() bool {
	return f.id == "" && f.message == "" && f.title == "" && len(f.priorities) == 0 && len(f.tags) == 0
}

// Matches reports whether a message is among those that were asked for. Other events always are.
func (s *Subscription) Matches(m *Message) bool {
	f := &s.filter
	switch {
	case m.Event != eventMessage:
		return true
	case f.id != "" && f.id != m.ID, f.message != "" && f.message != m.Message, f.title != "" && f.title != m.Title:
		return false
	case len(f.priorities) > 0 && !slices.Contains(f.priorities, m.priority()):
		return false
	}
	for _, tag := range f.tags {
		if !slices.Contains(m.Tags, tag) {
			return false
		}
	}
	return true
}

// ParseTopics reads the topics of a path, which are joined by commas. Errors: *Error.
func ParseTopics(list string) ([]string, error) {
	topics := strings.Split(list, ",")
	if len(topics) > wire.MaxTopics {
		return nil, newError(codeTopic, "invalid request: at most "+strconv.Itoa(wire.MaxTopics)+" topics can be asked for at once")
	}
	for i, topic := range topics {
		if topic == "" || len(topic) > wire.MaxTopic || slices.Contains(topics[:i], topic) {
			return nil, newError(codeTopic, "invalid request: topic invalid")
		}
	}
	return topics, nil
}
