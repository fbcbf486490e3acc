package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// This file reads and writes JSON that is no frame: bodies of requests, answers, events.

// MaxDepth is how deep the arrays and objects of a body may be nested.
const MaxDepth = 32

// Depth returns how deep the arrays and objects of a JSON text are nested, so that a body which is too deep is refused before
// the decoder sees it.
func Depth(text []byte) (deepest int) {
	now, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}', c == ']':
			now--
		}
	}
	return deepest
}

// DecodeProblem says in a sentence why thing ("The body") could not be decoded; "" if the error tells nothing more.
func DecodeProblem(thing string, err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		return fmt.Sprintf("The field %q cannot be a %s.", Clip(kind.Field, MaxID), Clip(kind.Value, MaxID))
	case errors.As(err, &syntax):
		return fmt.Sprintf("%s is not valid JSON: it is wrong or incomplete at byte %d.", thing, syntax.Offset)
	}
	return ""
}

// JSON returns v as one line of JSON: line ends in texts are escaped, while < > & are not, since readers treat all of it as
// text. A v that JSON cannot express is an empty object.
func JSON(v any) []byte {
	buf := GetBuffer()
	defer PutBuffer(buf)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return []byte("{}")
	}
	return bytes.Clone(bytes.TrimRight(buf.Bytes(), "\n"))
}
