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
	list []keptTopic  // by place
}

// general is the topic that there always is, as it is until somebody changes it.
var general = keptTopic{Topic: wire.Topic{Topic: wire.GeneralTopic, Title: "General", Kind: wire.TopicOpen}}

// New makes a registry of the general topic alone.
func New() *Registry { return &Registry{list: []keptTopic{general}} }

// recordTopic is the kind of record that a topic is kept in.
const recordTopic = "topic"

// keptTopic is a topic with its place in the list. Two topics may have one place: then their names decide.
type keptTopic struct {
	wire.Topic
	Place int    `json:"place"`
	value []byte // as it is in the log; nil: it is not there
}

func (k keptTopic) compare(o keptTopic) int {
	return cmp.Or(cmp.Compare(k.Place, o.Place), cmp.Compare(k.Topic.Topic, o.Topic.Topic))
}

func (k keptTopic) isNamed(name string) bool { return k.Topic.Topic == name }

// Load reads the topics that were kept in log.
func (t *Registry) Load(ctx context.Context, log msglog.Log) error {
	t.mu.Lock()
	t.list = New().list
	t.mu.Unlock()
	return msglog.Fill(ctx, log, t)
}

// Kinds are the kinds of record that Put takes.
func (t *Registry) Kinds() []string { return []string{recordTopic} }

// Put takes a topic as it is in the log.
func (t *Registry) Put(r msglog.Record) error {
	if r.Erased() { // no topic ever is
		return errDamaged
	}
	k, err := msglog.Decode[keptTopic](r)
	if err != nil {
		return err
	}
	if !k.isNamed(r.Key) || k.Kind != wire.TopicOpen && k.Kind != wire.TopicAnnounce {
		return errDamaged // in an announce topic everybody could write
	}
	k.value = r.Value
	t.mu.Lock()
	defer t.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(t.list), func(o keptTopic) bool { return o.isNamed(r.Key) })
	at, _ := slices.BinarySearchFunc(list, k, keptTopic.compare)
	t.list = slices.Insert(list, at, k)
	return nil
}

var errDamaged = errors.New("it is damaged")

// find returns the topic of that name, with its place.
func (t *Registry) find(name string) (keptTopic, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i := slices.IndexFunc(t.list, func(o keptTopic) bool { return o.isNamed(name) })
	if i < 0 {
		return keptTopic{Place: t.list[len(t.list)-1].Place + 1}, false
	}
	return t.list[i], true
}

// keep makes a topic durable, which puts it into the list: if it still is what it was in the log, else the error is
// msglog.ErrCondition.
func (t *Registry) keep(b msglog.Keeper, k keptTopic) error {
	value, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return b.Keep(msglog.Record{Kind: recordTopic, Key: k.Topic.Topic, Value: value}.Expecting(k.value))
}

// Get returns the topic of that name.
func (t *Registry) Get(name string) (wire.Topic, bool) {
	k, ok := t.find(name)
	return k.Topic, ok
}

// All returns the topics in the order in which they were created. The slice is the caller's.
func (t *Registry) All() []wire.Topic {
	t.mu.RLock()
	defer t.mu.RUnlock()
	list := make([]wire.Topic, len(t.list))
	for i, k := range t.list {
		list[i] = k.Topic
	}
	return list
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
	k, ok := t.find(topic.Topic)
	if ok {
		return wire.Topic{}, wire.ErrTopicExists
	}
	k.Topic = topic
	err = t.keep(b, k)
	if errors.Is(err, msglog.ErrCondition) { // another server of the same log was first
		return wire.Topic{}, wire.ErrTopicExists
	}
	return topic, err
}

// Change calls alter with a copy of an existing topic, and keeps and returns the result. Where the topic has been changed in the
// meantime, it calls alter again with what it is now. Errors: unknown_topic, not_kept, and those of alter.
func (t *Registry) Change(b msglog.Keeper, name string, alter func(*wire.Topic) error) (changed wire.Topic, err error) {
	t.changing.Lock()
	defer t.changing.Unlock()
	err = msglog.Try(func() error {
		k, ok := t.find(name)
		if !ok {
			return wire.ErrUnknownTopic
		}
		if err := alter(&k.Topic); err != nil {
			return err
		}
		changed = k.Topic
		return t.keep(b, k)
	})
	return changed, err
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
