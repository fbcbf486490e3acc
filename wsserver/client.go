package wsserver

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"
)

// client is one connected browser, or any other program that speaks the wire. Its frames are handled one after
// another by its reader.
type client struct {
	conn
	server *Server
	agent  string // a short readable form of the User-Agent

	// greeted: hello was said. Written by the reader alone.
	greeted atomic.Bool
	// notifies limits messages; nil: no limit.
	notifies *rate.Limiter
	messages atomic.Int64

	// Guarded by hub.mu; the reader, which alone changes userID and name, may read those two without it.
	userID string
	name   string
	topics []string
	rev    uint64
}

// guestPrefix marks a user_id that the server made for a connection that gave none.
const guestPrefix = "guest-"

// run tells this run's guests from those of another, who may still be in the log.
var run = strings.ToLower(rand.Text()[:5])

func guestID(conn uint64) string { return fmt.Sprintf("%s%s-%d", guestPrefix, run, conn) }

// handle answers one text frame.
func (c *client) handle(data []byte) {
	var r request
	head, err := decode(data, &r)
	if err == nil {
		head = requestHead{Action: clip(r.Action, maxID), ID: clip(r.ID, maxID)}
		err = c.do(&r, head)
	}
	if err != nil {
		c.fail(err, head)
	}
}

func (c *client) fail(err error, head requestHead) { c.send(encode(newErrorFrame(asError(err), head))) }

func (c *client) do(r *request, head requestHead) error {
	if err := checkRequest(r); err != nil {
		return err
	}
	switch r.Action {
	case "hello":
		return c.hello(r)
	case "subscribe":
		return c.subscribe(r, head)
	case "unsubscribe":
		c.server.hub.part(c, r.Topics)
		return nil
	case "notify":
		return c.notify(r, head)
	case "leave":
		c.end(nil, closeLeft, "left")
		return nil
	}
	return ErrUnknownAction
}

// checkRequest holds what limits every frame.
func checkRequest(r *request) error {
	switch {
	case len(r.UserID) > maxUserID:
		return &Error{Code: ErrTooLarge.Code, Message: "A user_id has at most 64 bytes.", Field: "user_id"}
	case len(r.ID) > maxID:
		return ErrTooLarge.because("An id has at most 64 bytes.")
	case len(r.Topics) > maxTopics:
		return ErrTooLarge.because("A client is in at most 32 topics.")
	case strings.ContainsFunc(r.UserID, unicode.IsControl):
		return ErrBadFrame.because("A user_id holds no control characters.")
	}
	return nil
}

// reserved ids are given out by the server alone.
func reserved(userID string) bool {
	return userID == operatorID || strings.HasPrefix(userID, guestPrefix)
}

// hello says who the client is and puts it into the topics named that exist. Said again it changes the name.
func (c *client) hello(r *request) error {
	name, err := cleanName(r.Name)
	if err != nil {
		return err
	}
	userID := r.UserID
	switch {
	case userID == "" && !strings.HasPrefix(c.userID, guestPrefix):
		userID = c.userID
	case userID == "":
		userID = strings.ToLower(rand.Text())
	case reserved(userID):
		return ErrIdentityTaken.because("That user_id is reserved. Choose another.")
	case userID != c.userID && c.greeted.Load():
		return ErrNotAllowed.because("This connection has another user_id already. Open a new one.")
	}
	if err := c.mayJoin(r.Topics); err != nil {
		return err
	}
	c.sendFirst(func() []byte {
		c.greeted.Store(true) // before the topics are read: who makes one afterwards tells this client too
		known := c.server.topics.all()
		wanted := slices.DeleteFunc(r.Topics, func(t string) bool {
			return !slices.ContainsFunc(known, func(k Topic) bool { return k.Topic == t && !k.Archived })
		})
		seq := c.server.hub.join(c, userID, name, wanted)
		return append(c.welcome(seq), encode(topicsFrame{"topics", known})...)
	})
	return nil
}

func (c *client) welcome(seq uint64) []byte {
	return encode(welcomeFrame{
		Type: "welcome", Protocol: protocolVersion, UserID: c.userID, Epoch: c.server.log.Epoch(), Seq: seq,
		Time: wireTime(time.Now()), Limits: wireLimits,
	})
}

// cleanName is a name as others are shown it: no control or invisible formatting characters, single blanks. Nil
// stays nil: no name was given.
func cleanName(name *string) (*string, error) {
	if name == nil {
		return nil, nil
	}
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, *name)
	clean = strings.Join(strings.Fields(clean), " ")
	if utf8.RuneCountInString(clean) > maxName {
		return nil, &Error{Code: ErrTooLarge.Code, Message: "A name has at most 64 characters.", Field: "name"}
	}
	return &clean, nil
}

// mayJoin reports whether the client stays within its number of topics with these.
func (c *client) mayJoin(names []string) error {
	c.server.hub.mu.Lock()
	defer c.server.hub.mu.Unlock()
	more := len(c.topics)
	for i, t := range names {
		if !slices.Contains(c.topics, t) && !slices.Contains(names[:i], t) {
			more++
		}
	}
	if more > maxTopics {
		return ErrTooLarge.because("A client is in at most 32 topics.")
	}
	return nil
}

// subscribe puts the client into the topics named, or into general. It is answered by counts.
func (c *client) subscribe(r *request, head requestHead) error {
	names := r.Topics
	if len(names) == 0 {
		names = []string{generalTopic}
	}
	for _, t := range names {
		if k, ok := c.server.topics.get(t); !ok || k.Archived {
			return ErrUnknownTopic
		}
	}
	if err := c.mayJoin(names); err != nil {
		return err
	}
	userID := c.userID
	switch {
	case r.UserID == "" || r.UserID == userID:
	case c.greeted.Load():
		return ErrNotAllowed.because("This connection has another user_id already. Open a new one.")
	case reserved(r.UserID):
		c.fail(ErrIdentityTaken.because("That user_id is reserved. You are here as a guest."), head)
	default:
		userID = r.UserID
	}
	c.sendFirst(func() []byte {
		c.server.hub.join(c, userID, nil, names)
		return encode(c.server.hub.counts())
	})
	return nil
}

// notify posts a message: to the operator, or to a topic.
func (c *client) notify(r *request, head requestHead) error {
	if r.Message == "" {
		return ErrBadFrame.because("A message needs a text.")
	}
	if len(r.Message) > maxMessage {
		return ErrTooLarge.because("A message has at most 64 KiB. Send it in parts.")
	}
	e := &Entry{
		ID: r.ID, Audience: AudiencePrivate, UserID: c.userID, Topic: r.Topic, Text: r.Message, ReplyTo: r.ReplyTo,
		From: Sender{UserID: c.userID, Name: c.name},
	}
	if r.Topic != "" {
		t, ok := c.server.topics.get(r.Topic)
		if !ok || t.Archived {
			return ErrUnknownTopic
		}
		if t.Kind == TopicOpen {
			e.Audience, e.UserID = AudienceTopic, ""
		}
	}
	if wait, ok := take(c.notifies); !ok {
		return &Error{Code: "rate_limited", Message: "That was too much at once. Wait a moment.", Retry: wait}
	}
	return c.server.bus.post(e, func(a Appended, err error) { c.posted(a, err, head) })
}

// posted tells the sender what became of its message.
func (c *client) posted(a Appended, err error, head requestHead) {
	if err != nil {
		c.fail(err, head)
		return
	}
	if !a.Duplicate {
		c.messages.Add(1)
	}
	if head.ID != "" {
		c.send(encode(acceptedFrame{"accepted", head.ID, a.Seq, wireTime(a.Time)}))
	}
}
