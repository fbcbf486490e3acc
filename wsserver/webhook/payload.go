package webhook

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// payload is the body of a request: ids and counts, and texts where the operator has chosen that.
type payload struct {
	Type string `json:"type"`
	Time string `json:"time"`
	Room string `json:"room"`
	// Seq is the message that it is about, and Audience and Topic that message's.
	Seq      uint64  `json:"seq,omitempty"`
	Audience string  `json:"audience,omitempty"`
	Topic    string  `json:"topic,omitempty"`
	From     *sender `json:"from,omitempty"`
	ReplyTo  uint64  `json:"reply_to,omitempty"`
	Message  string  `json:"message,omitempty"`
	*Counts
}

// sender is the person who did it. Name is sent with texts alone.
type sender struct {
	UserID string `json:"user_id"`
	Name   string `json:"name,omitempty"`
}

// letter is an event as it is sent: its id is the same at each try.
type letter struct {
	id   string
	body []byte
}

// write makes the letter of an event for a webhook as it now is. gone: it is a message that was taken back meanwhile, or is
// not kept any more. It reads the log.
func write(ctx context.Context, e *Engine, spec Spec, r ref) (l letter, gone bool, err error) {
	seq := r.Seq
	if r.event != nil {
		seq = r.event.Seq
	}
	var about *msglog.Entry
	if seq > 0 {
		if about, err = e.log.Get(ctx, seq); err != nil {
			return l, false, err
		}
	}
	p := payload{Type: r.name, Room: e.options.Room(), Seq: seq}
	if about != nil {
		p.Audience, p.Topic = about.Audience, about.Topic
	}
	switch {
	case r.event != nil && !r.event.isMessage():
		fillEvent(&p, spec, r.event, e.options.NameOf)
		l.id = r.event.ID
	case about == nil:
		return l, true, nil
	default:
		fillMessage(&p, spec, about)
		l.id = "msg_" + strconv.FormatUint(seq, 10) + "_" + strconv.FormatInt(about.Time.UnixMilli(), 36)
	}
	l.body, err = json.Marshal(p)
	return l, false, err
}

// fillMessage fills in what somebody wrote.
func fillMessage(p *payload, spec Spec, m *msglog.Entry) {
	p.Time, p.ReplyTo = wire.Time(m.Time).String(), m.ReplyTo
	p.From = &sender{UserID: m.From.UserID}
	if spec.Texts && (spec.Private || m.Audience != msglog.AudiencePrivate) {
		p.From.Name, p.Message = m.From.Name, m.Text
	}
}

// fillEvent fills in what happened beside the messages.
func fillEvent(p *payload, spec Spec, ev *event, nameOf func(string) string) {
	p.Time, p.Counts = wire.Time(time.UnixMilli(ev.Time)).String(), ev.Counts
	if ev.UserID == "" {
		return
	}
	p.From = &sender{UserID: ev.UserID}
	if spec.Texts && (spec.Private || p.Audience != msglog.AudiencePrivate) {
		p.From.Name = nameOf(ev.UserID)
	}
}
