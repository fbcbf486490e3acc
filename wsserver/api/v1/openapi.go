package v1

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"belfry/wsserver/api/gate"
)

// The description of the API is made from the Go types by huma, and from the table of routes. huma does not answer requests:
// it would check them itself, and answer in a form of its own, where the API's errors are the wire's.

// schemas is where the description has its types.
const schemas = "#/components/schemas/"

// Failure is what a request that failed is answered with.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	RetryMS int64  `json:"retry_ms,omitempty"`
}

// openAPI answers GET openapi.json.
func (d *Door) openAPI(_ *gate.Caller, w http.ResponseWriter, _ *http.Request) error {
	b, err := d.described()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // the peer may be gone
	return nil
}

// description is the API in OpenAPI 3.1.
func (d *Door) description() ([]byte, error) {
	types := describer{huma.NewMapRegistry(schemas, huma.DefaultSchemaNamer)}
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Belfry", Version: "1",
			Description: "Programs tell a room something, follow what is said, and see who has received, read and acknowledged it. " +
				"A program shows an access token, which the operator makes in Settings, under Programs.",
		},
		Components: &huma.Components{
			Schemas:         types.registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer", Description: "tk_ and 29 small letters and digits."}},
		},
		Security: []map[string][]string{{"token": {}}},
	}
	for _, r := range d.routes() {
		doc.AddOperation(types.operation(r))
	}
	for name, schema := range types.registry.Map() {
		describe(name, schema)
	}
	return json.Marshal(doc)
}

// describer makes the description of operations; the types that they name go to registry.
type describer struct{ registry huma.Registry }

func (d describer) schema(v any) *huma.Schema {
	return d.registry.Schema(reflect.TypeOf(v), true, "")
}

func (d describer) content(v any) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: d.schema(v)}}
}

// operation describes a route.
func (d describer) operation(r route) *huma.Operation {
	o := &huma.Operation{
		Method: r.method, Path: Prefix + r.path, OperationID: r.name, Summary: r.summary, Description: r.description, Parameters: r.parameters,
		Responses: map[string]*huma.Response{},
	}
	switch {
	case r.events:
		o.Responses["200"] = &huma.Response{Description: "Events, without an end.", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: "string"}}}}
	case r.answer == nil:
		o.Responses["204"] = &huma.Response{Description: "Done."}
	default:
		o.Responses["200"] = &huma.Response{Description: "Done.", Content: d.content(r.answer)}
	}
	if r.body != nil {
		o.RequestBody = &huma.RequestBody{Required: true, Content: d.content(r.body)}
	}
	for _, status := range append([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable}, r.refusals...) {
		if status == http.StatusNotModified {
			o.Responses["304"] = &huma.Response{Description: "It has not changed."}
			continue
		}
		o.Responses[strconv.Itoa(status)] = &huma.Response{Description: refusals[status], Content: d.content(Failure{})}
	}
	return o
}

// refusals describes the statuses of failures.
var refusals = map[int]string{
	http.StatusBadRequest:            "The request is not what it has to be: bad_frame.",
	http.StatusUnauthorized:          "There is no token, or it is not valid: unauthorized.",
	http.StatusForbidden:             "The token may not do this: not_allowed. Requests of browsers' pages, and from a blocked address, end so too.",
	http.StatusNotFound:              "There is no such topic, person or message, or the token may not read it: unknown_topic, unknown_user, unknown_message.",
	http.StatusConflict:              "The id was used for another message: id_conflict.",
	http.StatusRequestEntityTooLarge: "A text is too long: too_large.",
	http.StatusTooManyRequests:       "Too many requests, connections or wrong tokens: rate_limited, too_many_connections. retry_ms is how long to wait.",
	http.StatusServiceUnavailable:    "The server is stopping, is full, or cannot keep the message: closing, full, not_kept.",
}

// describe adds to a schema what Go types do not say. Further fields may come at any time, so they are no fault.
func describe(name string, s *huma.Schema) {
	s.AdditionalProperties = nil
	about := strings.TrimPrefix(name, "Detailed") // the same fields
	for field, property := range s.Properties {
		property.Description = fields[about+"."+field]
		if property.Type == "array" {
			property.Nullable = false // lists are empty, never null
		}
	}
	if name == "Now" { // null where there is none
		a := s.Properties["announcement"]
		s.Properties["announcement"] = &huma.Schema{Description: a.Description, AnyOf: []*huma.Schema{{Ref: a.Ref}, {Type: "null"}}}
	}
}
