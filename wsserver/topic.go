package wsserver

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Kinds of topic.
const (
	TopicOpen     = "open"     // everyone in it reads and writes
	TopicAnnounce = "announce" // only the operator speaks; what a client writes there reaches the operator alone
)

// generalTopic exists from the start.
const generalTopic = "general"

// Topic is a named group of subscribers.
type Topic struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Archived bool   `json:"archived"`
}

// topics is the list of topics, in the order of their making.
type topics struct {
	changing sync.Mutex // one change at a time, through the log's commit
	telling  sync.Mutex // held while clients are sent the list

	mu   sync.RWMutex
	list []Topic
}

func newTopics() *topics {
	return &topics{list: []Topic{{Topic: generalTopic, Title: "General", Kind: TopicOpen}}}
}

// recordTopic is the kind of record that a topic is kept in.
const recordTopic = "topic"

// keptTopic is a topic with its place in the list.
type keptTopic struct {
	Topic
	Place int `json:"place"`
}

func (t *topics) load(ctx context.Context, log Log) error {
	var kept []keptTopic
	err := log.Records(ctx, recordTopic, func(_ string, value []byte) error {
		var k keptTopic
		err := json.Unmarshal(value, &k)
		kept = append(kept, k)
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(kept, func(a, b keptTopic) int { return cmp.Compare(a.Place, b.Place) })
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = newTopics().list
	for _, k := range kept {
		t.put(k.Topic)
	}
	return nil
}

// put replaces a topic, or adds it at the end. mu is held.
func (t *topics) put(topic Topic) {
	if i := slices.IndexFunc(t.list, func(o Topic) bool { return o.Topic == topic.Topic }); i >= 0 {
		t.list[i] = topic
		return
	}
	t.list = append(t.list, topic)
}

// keep makes a topic as it now is durable, then shows it.
func (t *topics) keep(b *bus, topic Topic) error {
	t.mu.RLock()
	place := slices.IndexFunc(t.list, func(o Topic) bool { return o.Topic == topic.Topic })
	if place < 0 {
		place = len(t.list)
	}
	t.mu.RUnlock()
	value, err := json.Marshal(keptTopic{topic, place})
	if err != nil {
		return err
	}
	if err := b.keep(Record{recordTopic, topic.Topic, value}); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(topic)
	return nil
}

func (t *topics) get(name string) (Topic, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	i := slices.IndexFunc(t.list, func(o Topic) bool { return o.Topic == name })
	if i < 0 {
		return Topic{}, false
	}
	return t.list[i], true
}

func (t *topics) all() []Topic {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.list)
}

// topicName allows letters and digits of any script, and . _ - inside.
var topicName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$`)

// create adds a topic. A title left empty is the name. Errors: too_large, bad_frame, topic_exists, not_kept.
func (t *topics) create(b *bus, topic Topic) (Topic, error) {
	switch {
	case len(topic.Topic) > maxTopic:
		return Topic{}, ErrTooLarge.because("A topic's name has at most 64 bytes.")
	case !topicName.MatchString(topic.Topic):
		return Topic{}, ErrBadFrame.because("A topic's name is made of letters, digits, dots, dashes and underscores.")
	}
	if topic.Kind == "" {
		topic.Kind = TopicOpen
	}
	if topic.Kind != TopicOpen && topic.Kind != TopicAnnounce {
		return Topic{}, ErrBadFrame.because(`A topic is "open" or "announce".`)
	}
	var err error
	if topic.Title, err = cleanTitle(topic.Title, topic.Topic); err != nil {
		return Topic{}, err
	}
	t.changing.Lock()
	defer t.changing.Unlock()
	if _, ok := t.get(topic.Topic); ok {
		return Topic{}, ErrTopicExists
	}
	return topic, t.keep(b, topic)
}

// change alters a topic that there is. Errors: unknown_topic, not_kept, and what alter returns.
func (t *topics) change(b *bus, name string, alter func(*Topic) error) (Topic, error) {
	t.changing.Lock()
	defer t.changing.Unlock()
	topic, ok := t.get(name)
	if !ok {
		return Topic{}, ErrUnknownTopic
	}
	if err := alter(&topic); err != nil {
		return Topic{}, err
	}
	return topic, t.keep(b, topic)
}

// cleanTitle is a title with single blanks; an empty one is the topic's name.
func cleanTitle(title, name string) (string, error) {
	title = strings.Join(strings.Fields(title), " ")
	if utf8.RuneCountInString(title) > maxName {
		return "", ErrTooLarge.because("A topic's title has at most 64 characters.")
	}
	if title == "" {
		return name, nil
	}
	return title, nil
}
