package inbound

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// MaxBody is the size in bytes of the largest body that is read.
const MaxBody = 256 << 10

// Priorities, from 1 to 5.
const (
	priorityLow    = 2
	priorityNormal = 3
	priorityHigh   = 4
	priorityMax    = 5
)

// Message is what a body says, within the wire's limits of size.
type Message struct {
	Title, Text string
	// Priority is from 1 to 5.
	Priority int
	// Chosen: the sender asked for just this priority. Otherwise it was translated from how severe the matter is, and may be
	// lowered to what the sender is allowed.
	Chosen bool
	Tags   []string
	// Click is an http or https URL, or "".
	Click string
}

// reader reads the body of one program.
type reader func(header http.Header, body []byte) (Message, error)

// readers are the programs by the name that ?from= has for them.
var readers = map[string]reader{
	"alertmanager": readAlertmanager,
	"github":       readGitHub,
	"grafana":      readGrafana,
	"json":         readJSON,
	"uptime-kuma":  readUptimeKuma,
}

// Names returns the names that Read knows, sorted.
func Names() []string {
	names := make([]string, 0, len(readers))
	for name := range readers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Read reads the body that the program from has sent with that header. Errors are wire.Errors: bad_frame where there is no
// such program or the body is not one of its own, too_large.
func Read(from string, header http.Header, body []byte) (Message, error) {
	read, ok := readers[from]
	switch {
	case !ok:
		return Message{}, wire.ErrBadFrame.WithMessage("from can be " + strings.Join(Names(), ", ") + ".")
	case len(body) > MaxBody:
		return Message{}, wire.ErrTooLarge.WithMessage("A body can have at most 256 KiB.")
	}
	m, err := read(header, body)
	if err != nil {
		return Message{}, err
	}
	m.Title = clip(oneLine(m.Title), wire.MaxTitle) // in bytes: no more characters than that
	m.Text = clip(strings.TrimSpace(plain(m.Text)), wire.MaxMessage)
	if wire.IsBlank(m.Text) {
		m.Title, m.Text = "", m.Title
	}
	if wire.IsBlank(m.Text) {
		return Message{}, foreign(from)
	}
	if wire.IsBlank(m.Title) {
		m.Title = ""
	}
	m.Tags = tidyTags(m.Tags)
	m.Click = Link(m.Click)
	return m, nil
}

// foreign refuses a body that is not that program's.
func foreign(from string) error {
	return wire.ErrBadFrame.WithMessage("That is not a body as from=" + from + " sends it.")
}

// decode reads a body into v, a pointer to a struct.
func decode(from string, body []byte, v any) error {
	switch {
	case !utf8.Valid(body):
		return wire.ErrBadFrame.WithMessage("The body must be UTF-8.")
	case wire.Depth(body) > wire.MaxDepth:
		return wire.ErrBadFrame.WithMessage("The arrays and objects of the body are more than 32 deep.")
	case !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")), json.Unmarshal(body, v) != nil:
		return foreign(from)
	}
	return nil
}

// readJSON reads a plain object with title, message and priority; the priority is a number or one of ntfy's words.
func readJSON(_ http.Header, body []byte) (Message, error) {
	var b struct {
		Title    string          `json:"title"`
		Message  string          `json:"message"`
		Priority json.RawMessage `json:"priority"`
	}
	if err := decode("json", body, &b); err != nil {
		return Message{}, err
	}
	if wire.IsBlank(b.Message) {
		return Message{}, wire.ErrBadFrame.WithMessage("from=json needs a message: a text with at least one letter, digit or sign.")
	}
	m := Message{Title: b.Title, Text: b.Message, Priority: priorityNormal}
	word := strings.Trim(string(b.Priority), `" `)
	if word == "" || word == "null" {
		return m, nil
	}
	var ok bool
	if m.Priority, ok = ParsePriority(word); !ok {
		return Message{}, wire.ErrBadFrame.WithMessage("A priority is a number from 1 to 5, or min, low, default, high, max.")
	}
	m.Chosen = true
	return m, nil
}
