// Package topics has the list of a room's topics. There is always the general one.
//
// A Registry is safe for concurrent use. Create and Change block until the change is durable, one at a time; Get and All
// never wait for that. Lock order: changing before mu.
package topics

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Registry is the list of topics, in the order in which they were created. Make it with New.
type Registry struct {
	changing   sync.Mutex // held for a whole change, with its commit
	announcing sync.Mutex // held for a whole Announce

	mu   sync.RWMutex // guards list
	list []wire.Topic
}

// New makes a registry of the general topic alone.
func New() *Registry {
	return &Registry{list: []wire.Topic{{Topic: wire.GeneralTopic, Title: "General", Kind: wire.TopicOpen}}}
}

// recordTopic is the kind of record that a topic is kept in.
const recordTopic = "topic"

// keptTopic is a topic with its place in the list.
type keptTopic struct {
	wire.Topic
	Place int `json:"place"`
}

// Load reads the topics that were kept in log.
func (t *Registry) Load(ctx context.Context, log msglog.Log) error {
	var kept []keptTopic
	err := msglog.LoadChecked(ctx, log, recordTopic, func(key string, k keptTopic) error {
		if k.Topic.Topic != key || k.Kind != wire.TopicOpen && k.Kind != wire.TopicAnnounce {
			return errors.New("it is damaged") // in an announce topic everybody could write
		}
		kept = append(kept, k)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(kept, func(a, b keptTopic) int { return cmp.Compare(a.Place, b.Place) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = New().list
	for _, k := range kept {
		t.replaceOrAdd(k.Topic)
	}
	return nil
}

// replaceOrAdd replaces a topic, or adds it at the end. mu is held.
func (t *Registry) replaceOrAdd(topic wire.Topic) {
	if i := slices.IndexFunc(t.list, func(o wire.Topic) bool { return o.Topic == topic.Topic }); i >= 0 {
		t.list[i] = topic
		return
	}
	t.list = append(t.list, topic)
}

// keep makes a topic durable, and then puts it into the list.
func (t *Registry) keep(b msglog.Keeper, topic wire.Topic) error {
	t.mu.RLock()
	place := slices.IndexFunc(t.list, func(o wire.Topic) bool { return o.Topic == topic.Topic })
	if place < 0 {
		place = len(t.list)
	}
	t.mu.RUnlock()
	value, err := json.Marshal(keptTopic{topic, place})
	if err != nil {
		return err
	}
	if err := b.Keep(msglog.Record{Kind: recordTopic, Key: topic.Topic, Value: value}); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.replaceOrAdd(topic)
	return nil
}

// Get returns the topic of that name.
func (t *Registry) Get(name string) (wire.Topic, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i := slices.IndexFunc(t.list, func(o wire.Topic) bool { return o.Topic == name })
	if i < 0 {
		return wire.Topic{}, false
	}
	return t.list[i], true
}

// All returns the topics in the order in which they were created. The slice is the caller's.
func (t *Registry) All() []wire.Topic {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.list)
}

// Announce calls send with all topics. Calls do not overlap, so the last one has the newest list.
func (t *Registry) Announce(send func([]wire.Topic)) {
	t.announcing.Lock()
	defer t.announcing.Unlock()
	send(t.All())
}

// Create adds a topic, and returns it as it was kept: an empty title becomes the name, an empty kind wire.TopicOpen.
// Errors: too_large, bad_frame, topic_exists, not_kept.
func (t *Registry) Create(b msglog.Keeper, topic wire.Topic) (wire.Topic, error) {
	switch {
	case len(topic.Topic) > wire.MaxTopic:
		return wire.Topic{}, wire.ErrTooLarge.WithMessage("A topic's name can have at most 64 bytes.")
	case !wire.IsTopicName(topic.Topic):
		return wire.Topic{}, wire.ErrBadFrame.WithMessage("A topic's name can have only letters, digits, dots, dashes and underscores.")
	case Reserved(topic.Topic):
		return wire.Topic{}, wire.ErrBadFrame.WithMessage("That name is an address of this server. Choose another one.")
	}
	if topic.Kind == "" {
		topic.Kind = wire.TopicOpen
	}
	if topic.Kind != wire.TopicOpen && topic.Kind != wire.TopicAnnounce {
		return wire.Topic{}, wire.ErrBadFrame.WithMessage(`A topic is "open" or "announce".`)
	}
	var err error
	if topic.Title, err = CleanTitle(topic.Title, topic.Topic); err != nil {
		return wire.Topic{}, err
	}
	t.changing.Lock()
	defer t.changing.Unlock()
	if _, ok := t.Get(topic.Topic); ok {
		return wire.Topic{}, wire.ErrTopicExists
	}
	return topic, t.keep(b, topic)
}

// Change calls alter with a copy of an existing topic, and keeps and returns the result. Errors: unknown_topic, not_kept,
// and those of alter.
func (t *Registry) Change(b msglog.Keeper, name string, alter func(*wire.Topic) error) (wire.Topic, error) {
	t.changing.Lock()
	defer t.changing.Unlock()
	topic, ok := t.Get(name)
	if !ok {
		return wire.Topic{}, wire.ErrUnknownTopic
	}
	if err := alter(&topic); err != nil {
		return wire.Topic{}, err
	}
	return topic, t.keep(b, topic)
}

// CleanTitle returns title with its white space collapsed; "" becomes the topic's name. Errors: too_large; bad_frame where
// nothing of it can be seen.
func CleanTitle(title, name string) (string, error) {
	if title == "" {
		return name, nil
	}
	title = strings.Join(strings.Fields(title), " ")
	if utf8.RuneCountInString(title) > wire.MaxName {
		return "", wire.ErrTooLarge.WithMessage("A topic's title can have at most 64 characters.")
	}
	if wire.IsBlank(title) {
		return "", wire.ErrBadFrame.WithMessage("A topic's title needs at least one letter, digit or sign.")
	}
	return title, nil
}
