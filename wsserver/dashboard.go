package wsserver

import (
	"context"
	"encoding/json"
	"time"
)

// dashboard is one operator's page in a browser. It is never counted among the clients.
type dashboard struct {
	conn
	server *Server
}

// verbTimeout bounds one verb: a log that does not answer must not hold the page for ever.
const verbTimeout = 20 * time.Second

// verb answers one action of a dashboard: frame is the whole request, the answer an object.
type verb func(ctx context.Context, s *Server, frame []byte) (any, error)

// verbs by action. Each reads what it needs of the frame and calls the Server method of the same name.
var verbs = map[string]verb{
	"state": func(_ context.Context, s *Server, _ []byte) (any, error) { return s.State(), nil },
	"stats": func(_ context.Context, s *Server, _ []byte) (any, error) { return s.Stats(), nil },
	"clients": func(_ context.Context, s *Server, frame []byte) (any, error) {
		var q ClientsQuery
		if _, err := decode(frame, &q); err != nil {
			return nil, err
		}
		return s.Clients(q), nil
	},
	"history": func(ctx context.Context, s *Server, frame []byte) (any, error) {
		var q HistoryQuery
		if _, err := decode(frame, &q); err != nil {
			return nil, err
		}
		return s.History(ctx, q)
	},
	"broadcast": func(ctx context.Context, s *Server, frame []byte) (any, error) {
		var b Broadcast
		if _, err := decode(frame, &b); err != nil {
			return nil, err
		}
		return s.Broadcast(ctx, b)
	},
	"disconnect": func(_ context.Context, s *Server, frame []byte) (any, error) {
		var q struct {
			UserID string `json:"user_id"`
			Reason string `json:"reason"`
		}
		if _, err := decode(frame, &q); err != nil {
			return nil, err
		}
		return struct{}{}, s.Disconnect(q.UserID, q.Reason)
	},
	"create_topic": func(_ context.Context, s *Server, frame []byte) (any, error) {
		var t Topic
		if _, err := decode(frame, &t); err != nil {
			return nil, err
		}
		return s.CreateTopic(t.Topic, t.Title, t.Kind)
	},
	"set_name": func(_ context.Context, s *Server, frame []byte) (any, error) {
		var q struct {
			Name string `json:"name"`
		}
		if _, err := decode(frame, &q); err != nil {
			return nil, err
		}
		return struct{}{}, s.SetName(q.Name)
	},
	"set_address": func(_ context.Context, s *Server, frame []byte) (any, error) {
		var q struct {
			Host string `json:"host"`
		}
		if _, err := decode(frame, &q); err != nil {
			return nil, err
		}
		return struct{}{}, s.SetAddress(q.Host)
	},
}

// serve runs until the connection ends: events go out, verbs come in.
func (d *dashboard) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	d.server.running.Go(func() {
		for events := d.server.Events(ctx); ; {
			select {
			case e := <-events:
				d.send(encode(e))
			case <-ctx.Done():
				return
			}
		}
	})
	defer cancel()
	d.server.welcome(&d.conn, d.handle)
}

// request of a dashboard, beside the fields of its verb.
type dashboardRequest struct {
	Action string `json:"action"`
	ID     string `json:"id"`
}

func (d *dashboard) handle(data []byte) {
	var r dashboardRequest
	head, err := decode(data, &r)
	if err != nil {
		d.fail(err, head)
		return
	}
	head = requestHead{Action: clip(r.Action, maxID), ID: clip(r.ID, maxID)}
	do, ok := verbs[r.Action]
	if !ok {
		d.fail(ErrUnknownAction, head)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), verbTimeout)
	defer cancel()
	answer, err := do(ctx, d.server, data)
	if err != nil {
		d.fail(err, head)
		return
	}
	d.send(result(head.ID, answer))
}

func (d *dashboard) fail(err error, head requestHead) {
	e := asError(err)
	if e == errInternal {
		d.server.logger.Error("dashboard", "action", head.Action, "error", err)
	}
	d.send(encode(newErrorFrame(e, head)))
}

// result is {"type":"result","id":…} with the answer's own fields beside them.
func result(id string, answer any) []byte {
	fields := map[string]json.RawMessage{}
	b, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(b, &fields)
	}
	if err != nil {
		return encode(newErrorFrame(errInternal, requestHead{ID: id}))
	}
	fields["type"] = json.RawMessage(`"result"`)
	fields["id"], _ = json.Marshal(id) // a string always encodes
	return encode(fields)
}
