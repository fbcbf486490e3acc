package gotify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/api/inbound"
	"belfry/wsserver/wire"
)

const (
	// maxBody is the size in bytes of the largest body of POST /message: its text may be written with escapes.
	maxBody = inbound.MaxBody
	// maxParts is how many parts a multipart body may have.
	maxParts = 16
)

// Send is a message that somebody wants to send.
type Send struct {
	Message, Title string
	// Priority is Gotify's, nil where none was asked for.
	Priority *int
	// Extras is the JSON object that was sent along, nil where there is none.
	Extras json.RawMessage
	// Click is the http or https URL among the extras, or "".
	Click string
}

// ParseSend reads the body of POST /message, as JSON, a form, or multipart. For a form the query counts too. Errors:
// wire.Errors, bad_frame and too_large.
func ParseSend(contentType string, query url.Values, body []byte) (Send, error) {
	if len(body) > maxBody {
		return Send{}, wire.ErrTooLarge.WithMessage("A body can have at most 256 KiB.")
	}
	kind, options, _ := mime.ParseMediaType(contentType)
	var s Send
	var err error
	switch kind {
	case "multipart/form-data":
		var fields url.Values
		if fields, err = readParts(body, options["boundary"]); err == nil {
			s, err = fromFields(fields, query)
		}
	case "application/json":
		s, err = fromJSON(body)
	default:
		s, err = fromForm(body, query)
	}
	if err != nil {
		return Send{}, err
	}
	return s.check()
}

// fromForm reads a form. What is a JSON object instead came from a sender that does not say what it sends.
func fromForm(body []byte, query url.Values) (Send, error) {
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return fromJSON(body)
	}
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return Send{}, wire.ErrBadFrame.WithMessage("The body is not a form: " + wire.Clip(err.Error(), 100) + ".")
	}
	return fromFields(fields, query)
}

func fromFields(fields, query url.Values) (s Send, err error) {
	get := func(name string) string {
		if fields.Has(name) {
			return fields.Get(name)
		}
		return query.Get(name)
	}
	s.Message, s.Title = get("message"), get("title")
	if word := get("priority"); word != "" {
		n, err := strconv.Atoi(word)
		if err != nil {
			return s, wire.ErrBadFrame.WithMessage("Field 'priority' must be a whole number.")
		}
		s.Priority = &n
	}
	return s, nil
}

func fromJSON(body []byte) (s Send, err error) {
	var fields struct {
		Message  string          `json:"message"`
		Title    string          `json:"title"`
		Priority *int            `json:"priority"`
		Extras   json.RawMessage `json:"extras"`
	}
	if !utf8.Valid(body) || wire.Depth(body) > wire.MaxDepth || json.Unmarshal(body, &fields) != nil {
		return s, wire.ErrBadFrame.WithMessage("The body is not a JSON object with message, title, priority and extras of the right kind.")
	}
	s = Send{Message: fields.Message, Title: fields.Title, Priority: fields.Priority}
	if len(fields.Extras) > 0 && string(fields.Extras) != "null" {
		var known extras
		if fields.Extras[0] != '{' {
			return s, wire.ErrBadFrame.WithMessage("Field 'extras' must be an object.")
		}
		s.Extras = fields.Extras
		if json.Unmarshal(fields.Extras, &known) == nil { // what is not of that form is of another sender's
			s.Click = inbound.Link(known.Notification.Click.URL)
		}
	}
	return s, nil
}

// readParts reads the fields of a multipart body. Files are refused, and nothing is written to the disk.
func readParts(body []byte, boundary string) (url.Values, error) {
	broken := wire.ErrBadFrame.WithMessage("The body is not multipart/form-data, or it is cut off.")
	if boundary == "" {
		return nil, broken
	}
	fields := url.Values{}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return fields, nil
		case err != nil:
			return nil, broken
		case part.FileName() != "":
			return nil, wire.ErrBadFrame.WithMessage("Files cannot be sent here.")
		case n == maxParts:
			return nil, wire.ErrBadFrame.WithMessage("The body has too many parts.")
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, broken
		}
		fields.Add(part.FormName(), string(value))
	}
}

// check refuses what cannot be sent, and gives the rest the form in which it is sent.
func (s Send) check() (Send, error) {
	switch {
	case !utf8.ValidString(s.Message), !utf8.ValidString(s.Title):
		return s, wire.ErrBadFrame.WithMessage("A message must be UTF-8.")
	case wire.IsBlank(s.Message):
		return s, wire.ErrBadFrame.WithMessage("Field 'message' is required")
	case len(s.Message) > wire.MaxMessage:
		return s, wire.ErrTooLarge.WithMessage("A message can have at most 64 KiB. Send it in parts.")
	case strings.ContainsRune(s.Title, 0):
		return s, wire.ErrBadFrame.WithMessage("Field 'title' holds a null character.")
	}
	s.Title = strings.Join(strings.Fields(s.Title), " ")
	return s, nil
}
