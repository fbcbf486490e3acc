package wsserver

import (
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
	telling sync.Mutex // held while clients are sent the list

	mu   sync.RWMutex
	list []Topic
}

func newTopics() *topics {
	return &topics{list: []Topic{{Topic: generalTopic, Title: "General", Kind: TopicOpen}}}
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

// create adds a topic. A title left empty is the name. Errors: too_large, bad_frame, topic_exists.
func (t *topics) create(topic Topic) (Topic, error) {
	topic.Title = strings.Join(strings.Fields(topic.Title), " ")
	switch {
	case len(topic.Topic) > maxTopic:
		return Topic{}, ErrTooLarge.because("A topic's name has at most 64 bytes.")
	case !topicName.MatchString(topic.Topic):
		return Topic{}, ErrBadFrame.because("A topic's name is made of letters, digits, dots, dashes and underscores.")
	case utf8.RuneCountInString(topic.Title) > maxName:
		return Topic{}, ErrTooLarge.because("A topic's title has at most 64 characters.")
	}
	if topic.Title == "" {
		topic.Title = topic.Topic
	}
	if topic.Kind == "" {
		topic.Kind = TopicOpen
	}
	if topic.Kind != TopicOpen && topic.Kind != TopicAnnounce {
		return Topic{}, ErrBadFrame.because(`A topic is "open" or "announce".`)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.list, func(o Topic) bool { return o.Topic == topic.Topic }) {
		return Topic{}, ErrTopicExists
	}
	t.list = append(t.list, topic)
	return topic, nil
}
