package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
)

// DecodeRequest is Decode for a client's frame, and faster for most of them.
func DecodeRequest(frame []byte, r *Request) (RequestHead, error) {
	if (&scanner{b: frame}).request(r) {
		return RequestHead{}, nil
	}
	*r = Request{}
	return Decode(frame, r)
}

// Decode reads one frame into v, a pointer to a struct. On failure it returns ErrBadFrame with a sentence that says where,
// and in head what could be read of the fields that an answer names.
func Decode(frame []byte, v any) (head RequestHead, err error) {
	if t := bytes.TrimLeft(frame, " \t\r\n"); len(t) == 0 || t[0] != '{' {
		return head, ErrBadFrame
	}
	if err := json.Unmarshal(frame, v); err != nil {
		return readHead(frame), ErrBadFrame.WithMessage(cmp.Or(DecodeProblem("That frame", err), ErrBadFrame.Message))
	}
	if err := CheckNumbers(v); err != nil {
		return readHead(frame), err
	}
	return head, nil
}

// RequestHead has the fields of a request that the error frame in answer repeats.
type RequestHead struct {
	Action string
	ID     string
	Seq    uint64
}

// readHead reads the fields of a RequestHead alone, each only where it has the right type.
func readHead(frame []byte) (h RequestHead) {
	var fields struct {
		Action json.RawMessage `json:"action"`
		ID     json.RawMessage `json:"id"`
		Seq    json.RawMessage `json:"seq"`
	}
	if json.Unmarshal(frame, &fields) != nil {
		return h
	}
	// A field of another type keeps its zero value.
	_ = json.Unmarshal(fields.Action, &h.Action)
	_ = json.Unmarshal(fields.ID, &h.ID)
	_ = json.Unmarshal(fields.Seq, &h.Seq)
	h.Action, h.ID = Clip(h.Action, MaxID), Clip(h.ID, MaxID)
	return h
}
