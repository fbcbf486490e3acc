package v1

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/wire"
)

// route is a method of a path below Prefix: what answers it, nil for the stream, and how it is described.
type route struct {
	method, path string
	handle       handler

	name, summary, description string
	parameters                 []*huma.Param
	// body and answer are values of their types; nil: none.
	body, answer any
	events       bool
	// refusals are its further statuses, beside those that every route has.
	refusals []int
}

// routes are all of the API.
func (d *Door) routes() []route {
	number := func(name, description string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: description, Schema: &huma.Schema{Type: "integer", Minimum: new(0.0)}}
	}
	text := func(name, in, description string) *huma.Param {
		return &huma.Param{Name: name, In: in, Description: description, Schema: &huma.Schema{Type: "string"}}
	}
	topic := text("topic", "query", "Topics, joined by commas, or everyone for what goes to everyone. Without it: all that the token may read.")
	seq := &huma.Param{Name: "seq", In: "path", Required: true, Schema: &huma.Schema{Type: "integer", Minimum: new(0.0)}}
	return []route{{
		method: http.MethodPost, path: "/messages", handle: send, name: "send", summary: "Send a message",
		description: "To a topic, to a person, or to everyone where neither is named. The same id again sends nothing, and is answered as the first time.",
		body:        Sending{}, answer: gate.Sent{}, refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge},
	}, {
		method: http.MethodGet, path: "/messages", handle: list, name: "messages", summary: "Read messages",
		description: "The newest, those before a seq, or the first ones after a seq; always in rising seq.",
		parameters: []*huma.Param{
			topic, number("before", "Only messages with a lower seq."), number("after", "Only messages with a higher seq, the lowest first."),
			number("limit", "From 1 to 200, which is the default. A page of long texts ends sooner."),
		},
		answer: Page{}, refusals: []int{http.StatusBadRequest, http.StatusNotFound},
	}, {
		method: http.MethodGet, path: "/messages/{seq}", handle: one, name: "message", summary: "Read one message",
		parameters: []*huma.Param{seq}, answer: wire.Message{}, refusals: []int{http.StatusBadRequest, http.StatusNotFound},
	}, {
		method: http.MethodDelete, path: "/messages/{seq}", handle: withdraw, name: "withdraw", summary: "Withdraw a message",
		description: "A token can withdraw what it has sent itself. The text is erased, and pages are asked to remove it.",
		parameters:  []*huma.Param{seq}, refusals: []int{http.StatusBadRequest, http.StatusNotFound},
	}, {
		method: http.MethodGet, path: "/messages/{seq}/receipts", handle: receiptsOf, name: "receipts", summary: "See who has received, read and acknowledged a message",
		description: "Of a message that the token has sent itself.",
		parameters:  []*huma.Param{seq, text("detail", "query", "1: with each recipient.")},
		answer:      DetailedReceipts{}, refusals: []int{http.StatusBadRequest, http.StatusNotFound},
	}, {
		method: http.MethodGet, path: streamPath, name: "stream", summary: "Follow messages",
		description: "Server-sent events: message, with its seq as the id; withdrawn, which names a message that was withdrawn in of; and, where a place " +
			"was given, recovered once everything after it was sent. It says whether that was complete, and whether some of it is gone. A comment comes after each 15 seconds without an event.",
		parameters: []*huma.Param{
			topic, number("after", "The place: the seq of the last message that the program has. Without it the stream has only what comes."),
			text("epoch", "query", "The epoch, from recovered, that after is of. It tells places in another log."),
			text("Last-Event-ID", "header", "The place, before after: EventSource sends it when it comes back."),
		},
		events: true, refusals: []int{http.StatusBadRequest, http.StatusNotFound},
	}, {
		method: http.MethodGet, path: "/topics", handle: topics, name: "topics", summary: "List the topics", answer: Topics{},
	}, {
		method: http.MethodGet, path: "/people", handle: people, name: "people", summary: "List who is here, and who is away", answer: People{},
	}, {
		method: http.MethodGet, path: "/now", handle: now, name: "now", summary: "See how the room is",
		description: "How many are here, and the receipts of the last announcement: for signs and buttons. Send its ETag back in If-None-Match.",
		parameters:  []*huma.Param{text("If-None-Match", "header", "The ETag of the last answer.")},
		answer:      gate.Now{}, refusals: []int{http.StatusNotModified},
	}, {
		method: http.MethodGet, path: "/openapi.json", handle: d.openAPI, name: "openapi", summary: "Read this description", answer: map[string]any{},
	}}
}
