package ntfy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/api/inbound"
	"belfry/wsserver/wire"
)

// maxJSON is the size in bytes of the largest body of a publish as JSON: its text may be written with escapes.
const maxJSON = inbound.MaxBody

// emptyMessage is the text of a message without one.
const emptyMessage = "triggered"

// Publish is a message that somebody wants to send.
type Publish struct {
	// Topic is "" where it stands in the path.
	Topic          string
	Title, Message string
	// Priority is from 1 to 5; 0: none was asked for.
	Priority int
	Tags     []string
	// Click is an http or https URL, or "".
	Click string
}

// missing are the features of ntfy that this server does not have. Who asks for one learns that, since a message that is
// sent without it would not be what was asked for.
var missing = []struct {
	names    []string
	code     int
	sentence string
}{
	{[]string{"x-delay", "delay", "x-at", "at", "x-in", "in"}, codeDelay, "Messages cannot be delayed here: send it when it is due."},
	{[]string{"x-actions", "actions", "action"}, codeActions, "Messages cannot have action buttons here: use click for a link."},
	{[]string{"x-attach", "attach", "a"}, codeNoAttachment, "Messages cannot have attachments here: use click for a link."},
	{[]string{"x-filename", "filename", "file", "f"}, codeNoAttachment, "Messages cannot have attachments here: send text."},
	{[]string{"x-icon", "icon"}, codeIcon, "Messages cannot have an icon here: nothing is fetched from other servers."},
	{[]string{"x-email", "x-e-mail", "email", "e-mail", "mail", "e"}, codeNoEmail, "This server sends no e-mail."},
	{[]string{"x-call", "call"}, codeNoCalls, "This server makes no phone calls."},
	{[]string{"x-template", "template", "tpl"}, codeTemplate, "There are no templates here: from= reads the bodies of " + strings.Join(inbound.Names(), ", ") + "."},
	{[]string{"x-sequence-id", "sequence-id", "sid"}, codeSequence, "Messages cannot be changed here: withdraw the one and send another."},
	{[]string{"x-poll-id", "poll-id"}, codeInvalid, "This server passes nothing on to phones' makers."},
	{[]string{"x-unifiedpush", "unifiedpush", "up"}, codeInvalid, "This server is none for UnifiedPush."},
}

// ParsePublish reads a message whose text is the body, and all else a header or in the query. Errors: *Error.
func ParsePublish(header http.Header, query url.Values, body []byte) (Publish, error) {
	m, err := parseParams(params{header, query})
	switch {
	case err != nil:
		return Publish{}, err
	case len(body) > wire.MaxMessage:
		return Publish{}, tooLong()
	case !utf8.Valid(body):
		return Publish{}, newError(codeNotUTF8, "invalid message: it must be UTF-8")
	}
	if text := strings.TrimSpace(string(body)); text != "" {
		m.Message = text
	}
	return m.complete()
}

// parseParams reads what stands in headers and query, and refuses what this server does not have.
func parseParams(p params) (m Publish, err error) {
	for _, feature := range missing {
		value, err := p.get(feature.names...)
		if err != nil {
			return m, err
		}
		if value != "" {
			return m, newError(feature.code, feature.sentence)
		}
	}
	if m.Message, err = p.get("x-message", "message", "m"); err != nil {
		return m, err
	}
	m.Message = strings.ReplaceAll(m.Message, `\n`, "\n")
	if m.Title, err = p.get("x-title", "title", "t"); err != nil {
		return m, err
	}
	if m.Tags, err = p.list("x-tags", "tags", "tag", "ta"); err != nil {
		return m, err
	}
	if m.Click, err = p.get("x-click", "click"); err != nil {
		return m, err
	}
	word, err := p.get("x-priority", "priority", "prio", "p")
	if err != nil {
		return m, err
	}
	m.Priority, err = parsePriority(word)
	return m, err
}

// complete gives the message the forms in which it is sent.
func (m Publish) complete() (Publish, error) {
	m.Title = strings.Join(strings.Fields(m.Title), " ")
	if m.Message == "" {
		m.Message = emptyMessage
	}
	if len(m.Message) > wire.MaxMessage {
		return Publish{}, tooLong()
	}
	m.Click = inbound.Link(m.Click)
	return m, nil
}

func tooLong() *Error { return newError(codeTooLarge, "A message can have at most 64 KiB.") }

// jsonPublish is a message as JSON. What this server does not have is read raw: null, and what is empty, asks for nothing.
type jsonPublish struct {
	Topic    string          `json:"topic"`
	Title    string          `json:"title"`
	Message  string          `json:"message"`
	Priority int             `json:"priority"`
	Tags     []string        `json:"tags"`
	Click    string          `json:"click"`
	Delay    json.RawMessage `json:"delay"`
	Actions  json.RawMessage `json:"actions"`
	Attach   json.RawMessage `json:"attach"`
	Filename json.RawMessage `json:"filename"`
	Icon     json.RawMessage `json:"icon"`
	Email    json.RawMessage `json:"email"`
	Call     json.RawMessage `json:"call"`
	Sequence json.RawMessage `json:"sequence_id"`
}

// ParseJSON reads a message that is one JSON object; headers and query fill what it leaves out. Errors: *Error.
func ParseJSON(header http.Header, query url.Values, body []byte) (Publish, error) {
	m, err := parseParams(params{header, query})
	if err != nil {
		return Publish{}, err
	}
	var j jsonPublish
	switch {
	case len(body) > maxJSON:
		return Publish{}, newError(codeJSONTooLarge, "A message as JSON can have at most 256 KiB.")
	case !utf8.Valid(body):
		return Publish{}, newError(codeNotUTF8, "invalid message: it must be UTF-8")
	case wire.Depth(body) > wire.MaxDepth, !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")), json.Unmarshal(body, &j) != nil:
		return Publish{}, newError(codeJSON, "invalid request: request body must be valid JSON")
	case strings.TrimSpace(j.Topic) == "":
		return Publish{}, newError(codeTopic, "invalid request: the JSON names no topic")
	case strings.Contains(j.Topic+j.Title+j.Click+strings.Join(j.Tags, ""), "\x00"):
		return Publish{}, badRequest("A field holds a null character.")
	}
	if err := j.missing(); err != nil {
		return Publish{}, err
	}
	m.Topic = strings.TrimSpace(j.Topic)
	fill := func(field *string, value string) {
		if value = strings.TrimSpace(value); value != "" {
			*field = value
		}
	}
	fill(&m.Title, j.Title)
	fill(&m.Message, j.Message)
	fill(&m.Click, j.Click)
	if len(j.Tags) > 0 {
		m.Tags = splitList(strings.Join(j.Tags, ","))
	}
	if j.Priority != 0 {
		if j.Priority < 0 || j.Priority > wire.Urgent {
			return Publish{}, newError(codePriority, "invalid priority parameter: a number from 1 to 5")
		}
		m.Priority = j.Priority
	}
	return m.complete()
}

// missing refuses the first field that asks for something this server does not have.
func (j *jsonPublish) missing() error {
	fields := map[string]json.RawMessage{
		"delay": j.Delay, "actions": j.Actions, "attach": j.Attach, "filename": j.Filename, "icon": j.Icon, "email": j.Email, "call": j.Call,
		"sequence-id": j.Sequence,
	}
	for _, feature := range missing {
		for _, name := range feature.names {
			switch string(fields[name]) {
			case "", "null", `""`, "[]", "{}", "0", "false":
				continue
			}
			return newError(feature.code, feature.sentence)
		}
	}
	return nil
}
