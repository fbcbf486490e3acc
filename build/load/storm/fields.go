package storm

import (
	"bytes"
	"encoding/json"
)

// Fields are looked for in the bytes of a frame: to decode hundreds of thousands of frames a second would cost the machine more
// than it costs the server to send them. That suffices for the server's own frames, whose texts are of this program.

// kindOf is the type of a frame; that of a verb's answer, which has its fields in another order, is "".
func kindOf(frame []byte) string {
	rest, ok := bytes.CutPrefix(frame, []byte(`{"type":"`))
	if !ok {
		return ""
	}
	kind, _, _ := bytes.Cut(rest, []byte{'"'})
	return string(kind)
}

// numberIn is the number in a field, 0 if there is none.
func numberIn(frame []byte, field string) (n uint64) {
	_, rest, _ := bytes.Cut(frame, []byte(`"`+field+`":`))
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// textIn is the text in a field that needs no escapes, "" if there is none.
func textIn(frame []byte, field string) string {
	_, rest, _ := bytes.Cut(frame, []byte(`"`+field+`":"`))
	text, _, _ := bytes.Cut(rest, []byte{'"'})
	return string(text)
}

// isTrue reports whether a field is true.
func isTrue(frame []byte, field string) bool {
	return bytes.Contains(frame, []byte(`"`+field+`":true`))
}

// fields are those of a frame to be sent.
type fields map[string]any

func (f fields) encode() []byte {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err) // of texts and numbers alone
	}
	return b
}
