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
			return wire.ErrNotAllowed.WithMessage("General stays open: everyone is in it who chose nothing else.")
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
