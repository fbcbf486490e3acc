package operator

import (
	"context"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// maxFound is the largest page of a search.
const maxFound = 200

// FindQuery is a search of the log. Empty fields do not narrow it; a field that fits nothing finds nothing, and one that
// cannot be used is an error. From and Until are RFC 3339. Limit is at most 200.
type FindQuery struct {
	Text   string `json:"text"`
	UserID string `json:"user_id"`
	Topic  string `json:"topic"`
	Kind   string `json:"kind"`
	From   string `json:"from"`
	Until  string `json:"until"`
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
}

// FindPage is a page of the messages found, the newest first. Messages after Indexed are not in the index yet; Last is the
// newest message.
type FindPage struct {
	Messages []wire.Message `json:"messages"`
	More     bool           `json:"more"`
	Indexed  uint64         `json:"indexed"`
	Last     uint64         `json:"last"`
}

// parse checks a search and converts it for the log.
func (q FindQuery) parse() (msglog.SearchQuery, error) {
	s := msglog.SearchQuery{Text: q.Text, UserID: q.UserID, Topic: q.Topic, Kind: q.Kind, Before: q.Before, Limit: q.Limit}
	if s.Limit <= 0 || s.Limit > maxFound {
		s.Limit = maxFound
	}
	if len(q.Text) > wire.MaxMessage {
		return s, wire.ErrTooLarge.WithMessage("A search can have at most 64 KiB.")
	}
	switch q.Kind {
	case "", msglog.KindAnnouncement, msglog.KindPrivate, msglog.KindChat:
	default:
		return s, wire.ErrBadFrame.WithMessage(`A kind is "announcement", "private" or "chat".`)
	}
	for _, p := range []struct {
		text string
		t    *time.Time
	}{{q.From, &s.From}, {q.Until, &s.Until}} {
		if p.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339Nano, p.text)
		if err != nil {
			return s, wire.ErrBadFrame.WithMessage("Write a time as 2026-01-31T10:00:00Z.")
		}
		if t.IsZero() {
			t = t.Add(1) // the first moment there is, which would stand for none
		}
		*p.t = t
	}
	return s, nil
}

// Search searches the whole log. Errors: bad_frame, too_large, closing.
func (s *Messages) Search(ctx context.Context, q FindQuery) (FindPage, error) {
	log, err := s.openLogFor(&q)
	if err != nil {
		return FindPage{}, err
	}
	query, err := q.parse()
	if err != nil {
		return FindPage{}, err
	}
	found, err := log.Search(ctx, query)
	page := FindPage{Messages: make([]wire.Message, len(found.Entries)), More: found.More, Indexed: found.Indexed, Last: found.Last}
	for i, e := range found.Entries {
		page.Messages[i] = e.Message()
	}
	return page, err
}
