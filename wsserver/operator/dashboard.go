package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/client"
	"belfry/wsserver/hub"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// RequestTimeout bounds an HTTP request, and each write of a long answer.
const RequestTimeout = 15 * time.Second

// dashboard is one connection of an operator's page in a browser. It is never counted among the clients.
type dashboard struct {
	hub.Peer
	operator *Operator
	by       auth.Operator
	ctx      context.Context    // of its events
	stop     context.CancelFunc // ends it

	// sending has a value for each broadcast that is not answered yet, and answered is closed when the last of them is; nil: there
	// was none since another verb. Only Handle uses answered.
	sending  chan struct{}
	answered chan struct{}

	begun   atomic.Bool // it has shown all that it must, and may do what the operator may
	waiting *time.Timer // ends the wait for it; nil if it came with the handshake
}

// ServeDashboard upgrades an authorized request to a dashboard's connection. It returns once the handshake is answered; the
// connection has goroutines of its own, and is ended by the hub's Close.
func (s *Operator) ServeDashboard(w http.ResponseWriter, r *http.Request, by auth.Operator) {
	s.running.Add(1)
	d := &dashboard{operator: s, by: by, sending: make(chan struct{}, maxSending)}
	d.Init(s.hub, d)
	err := d.Upgrade(w, r, transport.Options{
		Address: by.Address, Agent: by.Browser, MaxQueued: transport.MaxQueuedDashboard, Budget: s.hub.Budget(),
	})
	if err != nil {
		s.running.Done()
		return
	}
	if by.Session == "" {
		s.Security.audit.Note(AuditEntry{What: whatSignedIn, Door: "web", Address: by.Address, Browser: by.Browser, Detail: auth.ByBearer})
	}
	go d.serve()
}

// serve runs until the connection ends: events go out, verbs come in.
func (d *dashboard) serve() {
	d.ctx, d.stop = context.WithCancel(context.Background())
	if d.by.CookieAlone {
		d.awaitHalf()
		d.operator.hub.Start(&d.Peer, hub.Knocking, 0, d.revoked)
	} else {
		d.begun.Store(true)
		d.operator.hub.Start(&d.Peer, hub.Dashboard, 0, d.revoked)
		d.sendEvents()
	}
	d.Read()
}

// sendEvents sends events until it ends.
func (d *dashboard) sendEvents() {
	d.operator.running.Go(func() {
		for events := d.operator.Events(d.ctx); ; {
			select {
			case e := <-events:
				d.Send(wire.Encode(e))
			case <-d.ctx.Done():
				return
			}
		}
	})
}

// Ended stops its events.
func (d *dashboard) Ended() {
	d.stop()
	if d.waiting != nil {
		d.waiting.Stop()
	}
	d.operator.revisions.SessionsChanged()
	d.operator.running.Done()
}

// dashboardRequest is a frame from a dashboard, without the fields of its verb.
type dashboardRequest struct {
	Action string `json:"action"`
	ID     string `json:"id"`
}

// Handle answers one text frame.
func (d *dashboard) Handle(data []byte) {
	if !d.begun.Load() {
		d.takeHalf(data)
		return
	}
	ctx, cancel := context.WithTimeout(WithCaller(context.Background(), d.caller()), client.VerbTimeout)
	d.operator.sessions.Touch(d.sessionID())
	head, do, err := verbOf(data)
	if err == nil && head.Action == actionBroadcast {
		d.broadcast(ctx, cancel, head, data)
		return
	}
	defer cancel()
	d.awaitAnswered()
	var answer any
	if err == nil {
		answer, err = do(ctx, d.operator, data)
	}
	d.Send(d.operator.answer(head, answer, err))
}

// maxSending is how many broadcasts of one dashboard are on their way at once.
const maxSending = 64

// broadcast begins a broadcast, and has it answered behind those before it. In a full room it takes a while until everybody was
// sent one: those that come meanwhile are sent together.
func (d *dashboard) broadcast(ctx context.Context, cancel context.CancelFunc, head wire.RequestHead, frame []byte) {
	d.sending <- struct{}{}
	wait := d.operator.startFrame(ctx, frame)
	before, answered := d.answered, make(chan struct{})
	d.answered = answered
	d.operator.running.Go(func() {
		defer cancel()
		defer close(answered)
		r, err := wait()
		if before != nil {
			<-before
		}
		d.Send(d.operator.answer(head, r, err))
		<-d.sending
	})
}

// startFrame is startBroadcast of a frame.
func (s *Operator) startFrame(ctx context.Context, frame []byte) (wait func() (Receipt, error)) {
	var b Broadcast
	if _, err := wire.Decode(frame, &b); err != nil {
		return func() (Receipt, error) { return Receipt{}, err }
	}
	return s.startBroadcast(ctx, b)
}

// awaitAnswered waits until all broadcasts are answered: verbs are, in their order.
func (d *dashboard) awaitAnswered() {
	if d.answered != nil {
		<-d.answered
		d.answered = nil
	}
}

// answer is the frame that answers a verb.
func (s *Operator) answer(head wire.RequestHead, answer any, err error) []byte {
	if err == nil {
		return Result(head.ID, answer)
	}
	e := wire.AsError(err)
	if e == wire.ErrInternal {
		s.logger.Error("dashboard", "action", head.Action, "error", err)
	}
	return wire.Encode(wire.NewErrorFrame(e, head))
}

// verbOf returns the verb that a frame names.
func verbOf(frame []byte) (head wire.RequestHead, v verb, err error) {
	var r dashboardRequest
	if head, err = wire.Decode(frame, &r); err != nil {
		return head, nil, err
	}
	head = wire.RequestHead{Action: wire.Clip(r.Action, wire.MaxID), ID: wire.Clip(r.ID, wire.MaxID)}
	v, ok := verbs[r.Action]
	if !ok {
		return head, nil, wire.ErrUnknownAction
	}
	return head, v, nil
}

// Result is the frame that answers a verb: {"id":…,"type":"result"} with the answer's own fields between the two. The
// answer encodes as an object that has neither an id nor a type of its own.
func Result(id string, answer any) []byte {
	buf := wire.GetBuffer()
	defer wire.PutBuffer(buf)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil || buf.Bytes()[0] != '{' {
		return wire.Encode(wire.NewErrorFrame(wire.ErrInternal, wire.RequestHead{ID: id}))
	}
	object := bytes.TrimRight(buf.Bytes(), "\n")
	fields := object[1 : len(object)-1]
	return wire.EncodeFunc(func(b []byte) []byte {
		b = wire.AppendString(append(b, `{"id":`...), id)
		if len(fields) > 0 {
			b = append(append(b, ','), fields...)
		}
		return append(b, `,"type":"result"}`...)
	})
}

// caller returns the caller of its verbs.
func (d *dashboard) caller() Caller {
	return Caller{Session: d.sessionID(), Program: d.by.Session == "", Address: d.by.Address, Browser: d.by.Browser}
}

// connectionSession begins the ID of a session that is one connection.
const connectionSession = "connection-"

// sessionID names its session, also that of a program that shows the key at each connection.
func (d *dashboard) sessionID() string {
	if d.by.Session == "" {
		return fmt.Sprintf("%s%d", connectionSession, d.ID())
	}
	return d.by.Session
}

// revoked is why a dashboard may not stay, nil if it may: the settings, the key or its session may have changed between its
// authorization and its registration.
func (d *dashboard) revoked() *wire.Error {
	s, program := d.operator, d.by.Session == ""
	switch {
	case d.by.Remote && !s.Security.settings.Effective().RemoteDashboards:
		return wire.ErrNotAllowed.WithMessage("The operator switched off dashboards on other computers.")
	case program && d.by.KeyGeneration != s.key.Generation(), !program && !s.sessions.Has(d.by.Session):
		return wire.ErrNotAllowed.WithMessage("This session has ended.")
	}
	return nil
}

// In its first frame a page shows the half of its session that it keeps itself: a browser sends the cookie to every program on
// the same host, so the cookie alone opens a connection and nothing else.

// halfTimeout is how long a dashboard may be connected before it has shown it.
const halfTimeout = 10 * time.Second

// actionSession is the action of that frame.
const actionSession = "session"

// sessionRequest is that frame.
type sessionRequest struct {
	dashboardRequest
	Half string `json:"half"`
}

var errHalfFirst = &wire.Error{Code: "key_needed", Message: "The cookie alone is not enough. Sign in again."}

// awaitHalf ends the connection if the half does not come. The timer is stopped when the connection ends.
func (d *dashboard) awaitHalf() {
	d.waiting = time.AfterFunc(halfTimeout, func() {
		if !d.begun.Load() {
			d.refuseHalf(wire.RequestHead{})
		}
	})
}

// takeHalf handles the first frame of a page.
func (d *dashboard) takeHalf(frame []byte) {
	var r sessionRequest
	head, err := wire.Decode(frame, &r)
	if err == nil {
		head = wire.RequestHead{Action: wire.Clip(r.Action, wire.MaxID), ID: wire.Clip(r.ID, wire.MaxID)}
	}
	s, ok := d.operator.sessions.Get(d.by.Session)
	if err != nil || !ok || r.Action != actionSession || !s.Proves(r.Half) {
		d.refuseHalf(head)
		return
	}
	d.waiting.Stop()
	d.begun.Store(true)
	d.Send(Result(head.ID, struct{}{}))
	hub.ToDashboard(&d.Peer)
	d.Send(wire.EncodeCounts(d.operator.hub.Counts()))
	if why := d.revoked(); why != nil {
		d.End(wire.Encode(wire.NewErrorFrame(why, wire.RequestHead{})), wire.CloseNotAllowed, "not allowed")
		return
	}
	d.sendEvents()
	d.operator.revisions.SessionsChanged()
}

func (d *dashboard) refuseHalf(head wire.RequestHead) {
	d.End(wire.Encode(wire.NewErrorFrame(errHalfFirst, head)), wire.CloseNotAllowed, "not allowed")
}
