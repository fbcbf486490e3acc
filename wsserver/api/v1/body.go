package v1

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"unicode/utf8"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// Sending is the body of a message that a program sends: to a topic, to a person, or to everyone where it names neither.
type Sending struct {
	Message  string   `json:"message"`
	Topic    *string  `json:"topic,omitempty"`
	UserID   *string  `json:"user_id,omitempty"`
	Title    string   `json:"title,omitempty"`
	Priority *int     `json:"priority,omitempty" minimum:"1" maximum:"5"`
	Ack      string   `json:"ack,omitempty"`
	ID       string   `json:"id,omitempty"`
	Tags     []string `json:"tags,omitempty" maxItems:"8"`
	Click    string   `json:"click,omitempty"`
}

// readSending reads the message of a request, whatever its Content-Type. Errors: bad_frame, too_large.
func readSending(c *gate.Caller, w http.ResponseWriter, r *http.Request) (operator.Broadcast, error) {
	body, err := gate.ReadBody(w, r, wire.MaxFrame)
	if err != nil {
		return operator.Broadcast{}, err
	}
	s, err := decode(body)
	if err != nil {
		return operator.Broadcast{}, err
	}
	if s.asks() {
		if err := c.MayAsk(); err != nil {
			return operator.Broadcast{}, err
		}
	}
	return s.broadcast()
}

// sending is a body with what a program needs a right to ask for, although this version passes it over.
type sending struct {
	Sending
	Answers json.RawMessage `json:"answers"`
}

// asks reports whether people are asked to choose an answer.
func (s *sending) asks() bool {
	switch string(s.Answers) {
	case "", "null", "[]":
		return false
	}
	return true
}

// decode reads a body. Fields that it does not know are passed over. Errors: bad_frame.
func decode(body []byte) (s sending, err error) {
	body = bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(body) == 0:
		return s, refuse("Send a message as JSON: {\"message\":\"Dinner at seven\"}.")
	case body[0] != '{':
		return s, refuse("The body must be one JSON object: {\"message\":\"Dinner at seven\"}.")
	case !utf8.Valid(body):
		return s, refuse("The body must be UTF-8.")
	case wire.Depth(body) > wire.MaxDepth:
		return s, refuse(fmt.Sprintf("The body may be nested %d deep.", wire.MaxDepth))
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return sending{}, refuse(cmp.Or(wire.DecodeProblem("The body", err), "The body is not valid JSON."))
	}
	return s, nil
}

// broadcast is the message as the operator's verb takes it. A place that is named but empty is refused: a script whose
// variable is not set is not to reach everyone. Errors: bad_frame.
func (s *Sending) broadcast() (b operator.Broadcast, err error) {
	b = operator.Broadcast{Message: s.Message, Title: s.Title, Ack: s.Ack, MessageID: s.ID, Tags: s.Tags, Click: s.Click}
	for _, place := range []struct {
		name  string
		given *string
		to    *string
	}{{"topic", s.Topic, &b.Topic}, {"user_id", s.UserID, &b.UserID}} {
		switch {
		case place.given == nil:
		case *place.given == "":
			return b, refuse(fmt.Sprintf("The field %q is empty. Leave it out to send to everyone.", place.name))
		default:
			*place.to = *place.given
		}
	}
	if s.Priority != nil {
		if b.Priority = *s.Priority; b.Priority < 1 || b.Priority > wire.Urgent {
			return b, refuse("A priority is a number from 1 to 5.")
		}
	}
	return b, nil
}

// refuse is bad_frame with a sentence.
func refuse(sentence string) error { return wire.ErrBadFrame.WithMessage(sentence) }
