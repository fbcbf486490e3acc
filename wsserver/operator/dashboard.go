package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/client"
	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// dashboard is one operator's page in a browser. It is never counted among the clients.
type Dashboard struct {
	hub.Peer
	Server *Operator
	// session that it was opened with, "" where the key was shown; remote: it is on another machine.
	Session       string
	Remote        bool
	KeyGeneration int                // which key was looked at
	stop          context.CancelFunc // ends its events
}

// verb answers one action of a dashboard: frame is the whole request, the answer an object.
type verb func(ctx context.Context, s *Operator, frame []byte) (any, error)

// with makes a verb of a call that takes the frame's fields as a struct.
func with[Q any](call func(ctx context.Context, s *Operator, q Q) (any, error)) verb {
	return func(ctx context.Context, s *Operator, frame []byte) (any, error) {
		var q Q
		if _, err := wire.Decode(frame, &q); err != nil {
			return nil, err
		}
		return call(ctx, s, q)
	}
}

// seqQuery names messages, and says what to do about them.
type seqQuery struct {
	Seq       uint64   `json:"seq"`
	Seqs      []uint64 `json:"seqs"`
	Detail    bool     `json:"detail"`
	Missing   string   `json:"missing"`
	Message   string   `json:"message"`
	MessageID string   `json:"message_id"`
}

// settingQuery is what the verbs about people and settings take.
type settingQuery struct {
	Session  string `json:"session"`
	Password string `json:"password"`
	Address  string `json:"address"`
	UserID   string `json:"user_id"`
	Reason   string `json:"reason"`
	Name     string `json:"name"`
	Host     string `json:"host"`
}

// qrQuery is what is drawn as QR codes.
type qrQuery struct {
	Texts []string `json:"texts"`
}

// accessQuery is what the verbs about coming in take.
type accessQuery struct {
	Access string `json:"access"`
	UserID string `json:"user_id"`
	All    bool   `json:"all"`
	Reason string `json:"reason"`
	Name   string `json:"name"`
	CSV    string `json:"csv"`
	// Entry of the list: its id, which in a frame is the frame's own.
	Entry string `json:"entry"`
}

// entryAnswer keeps an entry's id apart from the frame's.
type entryAnswer struct {
	Entry admission.EntryCode `json:"entry"`
}

// verbs by action, each the Server method of the same name.
var Verbs = map[string]verb{
	"state":     func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.State(), nil },
	"stats":     func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Stats(), nil },
	"clients":   with(func(_ context.Context, s *Operator, q ClientsQuery) (any, error) { return s.Clients(q), nil }),
	"history":   with(func(ctx context.Context, s *Operator, q HistoryQuery) (any, error) { return s.History(ctx, q) }),
	"broadcast": with(func(ctx context.Context, s *Operator, b Broadcast) (any, error) { return s.Broadcast(ctx, b) }),
	"search":    with(func(ctx context.Context, s *Operator, q FindQuery) (any, error) { return s.Search(ctx, q) }),
	"receipts": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		return s.Receipts(ctx, q.Seqs, q.Detail)
	}),
	"write_again": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		n, err := s.WriteAgain(ctx, q.Seq, q.Missing, q.Message, q.MessageID)
		return map[string]int{"written": n}, err
	}),
	"stop_repeat": with(func(_ context.Context, s *Operator, q seqQuery) (any, error) {
		return struct{}{}, s.StopRepeat(q.Seq)
	}),
	"withdraw": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) { return s.Withdraw(ctx, q.Seq) }),
	"disconnect": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Disconnect(ctx, q.UserID, q.Reason)
	}),
	"create_topic": with(func(ctx context.Context, s *Operator, t wire.Topic) (any, error) {
		return s.CreateTopic(ctx, t.Topic, t.Title, t.Kind)
	}),
	"rename_topic": with(func(ctx context.Context, s *Operator, t wire.Topic) (any, error) {
		return s.RenameTopic(ctx, t.Topic, t.Title)
	}),
	"archive_topic": with(func(ctx context.Context, s *Operator, t wire.Topic) (any, error) {
		return s.ArchiveTopic(ctx, t.Topic, t.Archived)
	}),
	"set_name": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.SetName(ctx, q.Name)
	}),
	"set_address": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.SetAddress(ctx, q.Host)
	}),
	"test_address": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return s.TestAddress(ctx, q.Host)
	}),
	"qr_codes": with(func(_ context.Context, s *Operator, q qrQuery) (any, error) {
		codes, err := s.QRCodes(q.Texts)
		return map[string][]lan.QR{"codes": codes}, err
	}),
	"settings": func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Settings(), nil },
	"set_settings": with(func(ctx context.Context, s *Operator, c settings.Change) (any, error) {
		return s.SetSettings(ctx, c)
	}),
	"set_password": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.SetPassword(ctx, q.Password)
	}),
	"key":      func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.Key(ctx) },
	"new_key":  func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.NewKey(ctx) },
	"sessions": func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.Sessions(ctx), nil },
	"end_session": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.EndSession(ctx, q.Session)
	}),
	"audit":   with(func(_ context.Context, s *Operator, q AuditQuery) (any, error) { return s.Audit(q), nil }),
	"blocked": func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Blocked(), nil },
	"mute": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Mute(ctx, q.UserID)
	}),
	"unmute": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Unmute(ctx, q.UserID)
	}),
	"block": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Block(ctx, q.UserID, q.Address, q.Reason)
	}),
	"unblock": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Unblock(ctx, q.UserID, q.Address)
	}),
	"set_access": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.SetAccess(ctx, q.Access)
	}),
	"new_code":   func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.NewCode(ctx) },
	"new_secret": func(ctx context.Context, s *Operator, _ []byte) (any, error) { return struct{}{}, s.NewSecret(ctx) },
	"dismiss_notice": func(ctx context.Context, s *Operator, _ []byte) (any, error) {
		return struct{}{}, s.DismissNotice(ctx)
	},
	"lobby": func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Lobby(), nil },
	"let_in": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.LetIn(ctx, q.UserID, q.All)
	}),
	"refuse": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.Refuse(ctx, q.UserID, q.All, q.Reason)
	}),
	"list": func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.List(), nil },
	"add_entry": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		e, err := s.AddEntry(ctx, q.Name)
		return entryAnswer{e}, err
	}),
	"import_entries": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return s.ImportEntries(ctx, q.CSV)
	}),
	"renew_entry": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		e, err := s.RenewEntry(ctx, q.Entry)
		return entryAnswer{e}, err
	}),
	"remove_entry": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.RemoveEntry(ctx, q.Entry)
	}),
	"free": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.Free(ctx, q.UserID)
	}),
}

// serve runs until the connection ends: events go out, verbs come in.
func (d *Dashboard) Serve() {
	ctx, cancel := context.WithCancel(context.Background())
	d.stop = cancel
	d.Server.Hub.Start(&d.Peer, hub.Dashboard, 0, d.revoked)
	d.Server.Work.Go(func() {
		for events := d.Server.Events(ctx); ; {
			select {
			case e := <-events:
				d.Send(wire.Encode(e))
			case <-ctx.Done():
				return
			}
		}
	})
	d.Read()
}

// Ended stops its events.
func (d *Dashboard) Ended() {
	d.stop()
	d.Server.Revisions.Bump(&d.Server.Revisions.SessionsRev)
	d.Server.Work.Done()
}

// request of a dashboard, beside the fields of its verb.
type dashboardRequest struct {
	Action string `json:"action"`
	ID     string `json:"id"`
}

func (d *Dashboard) Handle(data []byte) {
	ctx, cancel := context.WithTimeout(WithCaller(context.Background(), d.caller()), client.VerbTimeout)
	defer cancel()
	d.Server.SignedIn.Touch(d.SessionID())
	head, answer, err := d.Server.Answer(ctx, data)
	if err != nil {
		d.fail(err, head)
		return
	}
	d.Send(Result(head.ID, answer))
}

// answer does what a dashboard's frame asks for.
func (s *Operator) Answer(ctx context.Context, frame []byte) (head wire.RequestHead, answer any, err error) {
	var r dashboardRequest
	if head, err = wire.Decode(frame, &r); err != nil {
		return head, nil, err
	}
	head = wire.RequestHead{Action: wire.Clip(r.Action, wire.MaxID), ID: wire.Clip(r.ID, wire.MaxID)}
	do, ok := Verbs[r.Action]
	if !ok {
		return head, nil, wire.ErrUnknownAction
	}
	answer, err = do(ctx, s, frame)
	return head, answer, err
}

func (d *Dashboard) caller() Caller {
	return Caller{Session: d.SessionID(), Address: d.Address, Browser: d.Agent}
}

func (d *Dashboard) fail(err error, head wire.RequestHead) {
	e := wire.AsError(err)
	if e == wire.ErrInternal {
		d.Server.Logger.Error("dashboard", "action", head.Action, "error", err)
	}
	d.Send(wire.Encode(wire.NewErrorFrame(e, head)))
}

// result is {"type":"result","id":…} with the answer's own fields beside them.
func Result(id string, answer any) []byte {
	fields := map[string]json.RawMessage{}
	b, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(b, &fields)
	}
	if err != nil {
		return wire.Encode(wire.NewErrorFrame(wire.ErrInternal, wire.RequestHead{ID: id}))
	}
	fields["type"] = json.RawMessage(`"result"`)
	fields["id"], _ = json.Marshal(id) // a string always encodes
	return wire.Encode(fields)
}

// sessionID names its session, also that of a program that shows the key at each connection.
func (d *Dashboard) SessionID() string {
	if d.Session == "" {
		return fmt.Sprintf("connection-%d", d.ID)
	}
	return d.Session
}

const RequestTimeout = 15 * time.Second

func (d *Dashboard) revoked() *wire.Error {
	s := d.Server
	program := d.Session == ""
	switch {
	case d.Remote && !s.Limits().RemoteDashboards:
		return wire.ErrNotAllowed.WithMessage("Dashboards on other machines were switched off.")
	case program && d.KeyGeneration != s.OperatorKey.Generation(), !program && !s.SignedIn.Has(d.Session):
		return wire.ErrNotAllowed.WithMessage("This session was ended.")
	}
	return nil
}
