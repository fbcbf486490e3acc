package msglog

import (
	"context"
	"strings"
	"time"
)

// Kinds of message that a search may be narrowed to.
const (
	KindAnnouncement = "announcement" // of the operator's to everyone or a topic
	KindPrivate      = "private"      // between the operator and one person
	KindChat         = "chat"         // of a client's in a topic
)

// KindOf returns the kind of a message.
func KindOf(e *Entry) string {
	switch {
	case e.Audience == AudiencePrivate:
		return KindPrivate
	case e.From.Operator:
		return KindAnnouncement
	}
	return KindChat
}

// SearchQuery selects messages that contain all words of Text, of the last one at least its beginning; the other fields
// narrow it. Before continues a page, exclusive.
type SearchQuery struct {
	Text   string
	UserID string
	Topic  string
	Kind   string
	From   time.Time // inclusive
	Until  time.Time // exclusive
	Before uint64
	Limit  int
}

// SearchResult is a page of a search, newest first. Messages after Indexed are not searched yet; Last is the newest seq.
type SearchResult struct {
	Entries []*Entry
	More    bool
	Indexed uint64
	Last    uint64
}

// Search looks at every message that is kept: in memory that is quick. Its words may occur anywhere in the text.
func (l *Memory) Search(_ context.Context, q SearchQuery) (SearchResult, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	result := SearchResult{Indexed: l.last, Last: l.last}
	words := strings.Fields(strings.ToLower(q.Text))
	for i := len(l.entries) - 1; i >= 0; i-- {
		e := l.entries[i]
		if q.Before > 0 && e.Seq >= q.Before || l.withdrawn[e.Seq] || e.Withdraws > 0 || !q.match(e, words) {
			continue
		}
		if len(result.Entries) == q.Limit {
			result.More = true
			break
		}
		result.Entries = append(result.Entries, e)
	}
	return result, nil
}

// match reports whether the query selects e; words are those of Text.
func (q *SearchQuery) match(e *Entry, words []string) bool {
	switch {
	case q.UserID != "" && e.UserID != q.UserID && e.From.UserID != q.UserID,
		q.Topic != "" && e.Topic != q.Topic,
		q.Kind != "" && KindOf(e) != q.Kind,
		!q.From.IsZero() && e.Time.Before(q.From),
		!q.Until.IsZero() && !e.Time.Before(q.Until):
		return false
	}
	text := strings.ToLower(e.Title + "\n" + e.Text + "\n" + e.From.Name)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
