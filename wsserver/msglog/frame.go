package msglog

import (
	"strconv"

	"belfry/wsserver/wire"
)

// EncodeEntry returns the text frame, header and all, that an entry is sent in: a message, or a withdrawal.
func EncodeEntry(e *Entry) []byte {
	if e.Withdraws > 0 {
		return wire.Encode(wire.WithdrawnFrame{Type: "withdrawn", Seq: e.Seq, Of: e.Withdraws})
	}
	return wire.EncodeFunc(func(b []byte) []byte { return appendMessage(b, e) })
}

// appendMessage appends e.Message() as JSON.
func appendMessage(b []byte, e *Entry) []byte {
	b = strconv.AppendUint(append(b, `{"type":"message","seq":`...), e.Seq, 10)
	b = wire.AppendField(b, "id", e.ID)
	b = wire.AppendTime(append(b, `,"time":`...), e.Time)
	b = wire.AppendString(append(b, `,"audience":`...), e.Audience)
	b = wire.AppendField(b, "topic", e.Topic)
	b = wire.AppendField(b, "user_id", e.UserID)
	b = append(b, `,"from":{`...)
	if e.From.UserID != "" {
		b = append(wire.AppendString(append(b, `"user_id":`...), e.From.UserID), ',')
	}
	if e.From.Operator {
		b = append(b, `"operator":true,`...)
	}
	if e.From.Program {
		b = append(b, `"program":true,`...)
	}
	b = wire.AppendString(append(b, `"name":`...), e.From.Name)
	b = wire.AppendString(append(b, `},"message":`...), e.Text)
	b = wire.AppendField(b, "title", e.Title)
	if e.Priority != 0 {
		b = strconv.AppendInt(append(b, `,"priority":`...), int64(e.Priority), 10)
	}
	b = wire.AppendField(b, "ack", e.Ack)
	if e.ReplyTo != 0 {
		b = strconv.AppendUint(append(b, `,"reply_to":`...), e.ReplyTo, 10)
	}
	return append(appendTags(b, e), '}')
}

// appendTags appends what programs alone send.
func appendTags(b []byte, e *Entry) []byte {
	for i, tag := range e.Tags {
		if i == 0 {
			b = append(b, `,"tags":[`...)
		} else {
			b = append(b, ',')
		}
		b = wire.AppendString(b, tag)
	}
	if len(e.Tags) > 0 {
		b = append(b, ']')
	}
	return wire.AppendField(b, "click", e.Click)
}

// EncodeAccepted returns the frame accepted, which confirms the client's message with this id.
func EncodeAccepted(id string, a Appended) []byte {
	return wire.EncodeFunc(func(b []byte) []byte {
		b = wire.AppendString(append(b, `{"type":"accepted","id":`...), id)
		b = strconv.AppendUint(append(b, `,"seq":`...), a.Seq, 10)
		return append(wire.AppendTime(append(b, `,"time":`...), a.Time), '}')
	})
}
