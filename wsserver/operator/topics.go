package operator

import (
	"context"
	"slices"

	"belfry/wsserver/hub"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// CreateTopic adds a topic and announces it to every client that has said hello. Errors: topic_exists, too_large,
// bad_frame, not_kept.
func (s *Room) CreateTopic(ctx context.Context, topic, title, kind string) (wire.Topic, error) {
	if _, err := s.server.OpenLog(); err != nil {
		return wire.Topic{}, err
	}
	t, err := s.topics.Create(s.dispatcher, wire.Topic{Topic: topic, Title: title, Kind: kind})
	return t, s.topicsChanged(ctx, "topic_created", t, err)
}

// RenameTopic changes the title of a topic; its name on the wire stays. Errors: unknown_topic, too_large, bad_frame,
// not_kept.
func (s *Room) RenameTopic(ctx context.Context, topic, title string) (wire.Topic, error) {
	if _, err := s.server.OpenLog(); err != nil {
		return wire.Topic{}, err
	}
	t, err := s.topics.Change(s.dispatcher, topic, func(t *wire.Topic) (err error) {
		t.Title, err = topics.CleanTitle(title, t.Topic)
		return err
	})
	return t, s.topicsChanged(ctx, "topic_renamed", t, err)
}

// ArchiveTopic closes a topic to new messages, or opens it again; its messages can still be read. General cannot be
// archived: clients that choose no topic are in it. Errors: unknown_topic, not_allowed, not_kept.
func (s *Room) ArchiveTopic(ctx context.Context, topic string, archived bool) (wire.Topic, error) {
	if _, err := s.server.OpenLog(); err != nil {
		return wire.Topic{}, err
	}
	t, err := s.topics.Change(s.dispatcher, topic, func(t *wire.Topic) error {
		if t.Topic == wire.GeneralTopic {
			return wire.ErrNotAllowed.WithMessage("General cannot be archived: everyone who chose no topic is in it.")
		}
		t.Archived = archived
		return nil
	})
	what := "topic_opened"
	if archived {
		what = "topic_archived"
	}
	return t, s.topicsChanged(ctx, what, t, err)
}

// maxMembers is how many persons one call adds or removes.
const maxMembers = 1000

// MembersQuery names a topic, and persons to add to it or remove from it.
type MembersQuery struct {
	Topic   string   `json:"topic"`
	UserIDs []string `json:"user_ids"`
}

// RefusedMember is a person who could not be added or removed, with the code and the sentence that say why.
type RefusedMember struct {
	UserID  string `json:"user_id"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// MembersAnswer says who was added or removed, and who could not be.
type MembersAnswer struct {
	Added   []string        `json:"added"`
	Removed []string        `json:"removed"`
	Refused []RefusedMember `json:"refused"`
}

// AddMembers puts people into a topic, here or away; their devices are told. Who is in it already counts as added. Errors:
// too_large, unknown_topic; of each person unknown_user, not_allowed, too_large.
func (s *Room) AddMembers(ctx context.Context, q MembersQuery) (MembersAnswer, error) {
	if t, ok := s.topics.Get(q.Topic); !ok || t.Archived {
		return MembersAnswer{}, wire.ErrUnknownTopic
	}
	answer := MembersAnswer{Removed: []string{}}
	var err error
	answer.Added, answer.Refused, err = s.eachMember(ctx, q, "members_added", s.clients.AddMember)
	return answer, err
}

// RemoveMembers takes people out of a topic, here or away; their devices are told. They may join it again. Errors: too_large,
// unknown_topic; of each person unknown_user.
func (s *Room) RemoveMembers(ctx context.Context, q MembersQuery) (MembersAnswer, error) {
	if _, ok := s.topics.Get(q.Topic); !ok {
		return MembersAnswer{}, wire.ErrUnknownTopic
	}
	answer := MembersAnswer{Added: []string{}}
	var err error
	answer.Removed, answer.Refused, err = s.eachMember(ctx, q, "members_removed", s.clients.RemoveMember)
	return answer, err
}

// eachMember calls change once for each person, and notes for whom it succeeded.
func (s *Room) eachMember(ctx context.Context, q MembersQuery, what string, change func(userID, topic string) error) (done []string, refused []RefusedMember, err error) {
	done, refused = []string{}, []RefusedMember{}
	if _, err := s.server.OpenLog(); err != nil {
		return done, refused, err
	}
	if len(q.UserIDs) > maxMembers {
		return done, refused, wire.ErrTooLarge.WithMessage("You can add or remove at most 1,000 people at once.")
	}
	var people []AuditEntry
	known := map[string]bool{}
	for _, userID := range q.UserIDs {
		if known[userID] {
			continue
		}
		known[userID] = true
		if err := change(userID, q.Topic); err != nil {
			e := wire.AsError(err)
			refused = append(refused, RefusedMember{UserID: userID, Code: e.Code, Message: e.Message})
			continue
		}
		done = append(done, userID)
		people = append(people, AuditEntry{UserID: userID, Name: s.ledger.NameOf(userID)})
	}
	if len(people) > 0 {
		s.audit.noteAll(ctx, AuditEntry{What: what, Topic: q.Topic}, people)
	}
	s.revisions.Changed()
	return done, refused, nil
}

// topicsChanged notes a change and announces it, unless err says that nothing changed, which it returns.
func (s *Room) topicsChanged(ctx context.Context, what string, t wire.Topic, err error) error {
	if err != nil {
		return err
	}
	s.audit.note(ctx, AuditEntry{What: what, Topic: t.Topic, Detail: t.Title})
	s.sendTopics()
	s.revisions.StateChanged()
	return nil
}

// sendTopics sends the topics to every client that has said hello. Calls follow one another, so that the last frame that a
// client gets is the newest.
func (s *Room) sendTopics() {
	s.topics.Announce(func(list []wire.Topic) {
		frame := wire.Encode(wire.TopicsFrame{Type: "topics", Topics: list})
		hub.SendAll(frame, slices.DeleteFunc(s.hub.Clients(), func(c *hub.Peer) bool { return !c.Greeted() }))
	})
}
