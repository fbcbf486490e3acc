package msglog

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Kinds of message that a search may be narrowed to.
const (
	KindAnnouncement = "announcement" // of the operator's or a program's to everyone or a topic
	KindPrivate      = "private"      // between the operator and one person
	KindChat         = "chat"         // of a client's in a topic
)

// KindOf returns the kind of a message.
func KindOf(e *Entry) string {
	switch {
	case e.Audience == AudiencePrivate:
		return KindPrivate
	case !e.From.Person():
		return KindAnnouncement
	}
	return KindChat
}

// SearchQuery selects messages that contain all of Text: each of its parts between blanks, letters as words and signs as they
// stand, the last word at least as a beginning. Texts are compared without case, accents, marks and width. A Text in which
// there is nothing to compare finds nothing; "" does not narrow the search. The other fields narrow it further. Before
// continues a page, exclusive.
type SearchQuery struct {
	Text   string
	UserID string
	Topic  string
	Kind   string
	From   time.Time // inclusive
	Until  time.Time // exclusive
	Before uint64
	Limit  int
	// Whole searches what is not indexed yet as well, which takes longer.
	Whole bool
}

// SearchResult is a page of a search, newest first. Messages after Indexed are not searched yet, unless the query was Whole;
// Last is the newest seq.
type SearchResult struct {
	Entries []*Entry
	More    bool
	Indexed uint64
	Last    uint64
}

// Phrase is one part of a search's text.
type Phrase struct {
	// Words follow each other without others between them.
	Words []string
	// Joined are the same where what can be written as one word ("e-mail") is; nil if there is nothing like that.
	Joined []string
	// Beginning: the last of Words need only be the beginning of a word.
	Beginning bool
}

// Matcher finds out which entries a query selects.
type Matcher struct {
	SearchQuery
	Phrases []Phrase
}

// NewMatcher prepares a query.
func NewMatcher(q SearchQuery) Matcher {
	m := Matcher{SearchQuery: q}
	letters := false // the last phrase ends with them
	for _, part := range strings.Fields(q.Text) {
		s := split(part)
		if len(s.words) == 0 {
			continue // nothing of it can be seen
		}
		p := Phrase{Words: texts(s.words)}
		if len(s.joints) > 0 {
			p.Joined = joinedTexts(s)
		}
		m.Phrases = append(m.Phrases, p)
		letters = s.words[len(s.words)-1].class == letter
	}
	if n := len(m.Phrases); n > 0 {
		m.Phrases[n-1].Beginning = letters
	}
	return m
}

// Nothing reports whether a text was given in which there is nothing to find.
func (m *Matcher) Nothing() bool { return m.Text != "" && len(m.Phrases) == 0 }

// Match reports whether the query selects e, whatever its place in the log.
func (m *Matcher) Match(e *Entry) bool {
	switch {
	case e.Withdraws > 0 || m.Nothing(),
		m.UserID != "" && e.UserID != m.UserID && e.From.UserID != m.UserID,
		m.Topic != "" && e.Topic != m.Topic,
		m.Kind != "" && KindOf(e) != m.Kind,
		!m.From.IsZero() && e.Time.Before(m.From),
		!m.Until.IsZero() && !e.Time.Before(m.Until):
		return false
	case len(m.Phrases) == 0:
		return true
	}
	s := wordsOf(e)
	for i := range m.Phrases {
		if !m.Phrases[i].in(&s) {
			return false
		}
	}
	return true
}

// in reports whether a text has the phrase.
func (p *Phrase) in(s *splitter) bool {
	return follow(s, p.Words, p.Beginning) || p.Joined != nil && follow(s, p.Joined, false)
}

// follow reports whether words follow each other in a text.
func follow(s *splitter, words []string, beginning bool) bool {
	is := func(has, wanted string, last bool) bool {
		return has == wanted || last && beginning && strings.HasPrefix(has, wanted)
	}
	for at := 0; at+len(words) <= len(s.words); at++ {
		n := 0
		for n < len(words) && is(s.words[at+n].text, words[n], n == len(words)-1) {
			n++
		}
		if n == len(words) {
			return true
		}
	}
	return len(words) == 1 && slices.ContainsFunc(s.joined, func(has string) bool { return is(has, words[0], true) })
}

func texts(words []word) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.text
	}
	return list
}

// joinedTexts returns the words with each joint as one.
func joinedTexts(s splitter) (list []string) {
	at := 0
	for _, j := range s.joints {
		list = append(append(list, texts(s.words[at:j.from])...), j.text)
		at = j.to
	}
	return append(list, texts(s.words[at:])...)
}

// Search looks at every message that is kept: in memory that is quick.
func (l *Memory) Search(ctx context.Context, q SearchQuery) (SearchResult, error) {
	entries, withdrawn, last := l.snapshot(q.Before)
	result := SearchResult{Indexed: last, Last: last}
	m := NewMatcher(q)
	if m.Nothing() {
		return result, nil
	}
	for _, e := range slices.Backward(entries) {
		if withdrawn[e.Seq] || !m.Match(e) {
			continue
		}
		if len(result.Entries) == q.Limit {
			result.More = true
			break
		}
		result.Entries = append(result.Entries, e)
		if err := ctx.Err(); err != nil {
			return result, err
		}
	}
	return result, nil
}

// snapshot returns what is kept before a seq (0: all) and which of it was withdrawn, so that others append while it is read.
func (l *Memory) snapshot(before uint64) (entries []*Entry, withdrawn map[uint64]bool, last uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(between(l.entries, 0, before)), maps.Clone(l.withdrawn), l.last
}
