package operator

import (
	"context"

	"belfry/wsserver/admission"
	"belfry/wsserver/lan"
	"belfry/wsserver/settings"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// actionBroadcast is the verb that a dashboard need not wait for: see dashboard.broadcast.
const actionBroadcast = "broadcast"

// verb answers one action of a dashboard: frame is the whole request, the answer an object.
type verb func(ctx context.Context, s *Operator, frame []byte) (any, error)

// with makes a verb of a call that takes the frame's fields as a Q.
func with[Q any](call func(ctx context.Context, s *Operator, q Q) (any, error)) verb {
	return func(ctx context.Context, s *Operator, frame []byte) (any, error) {
		var q Q
		if _, err := wire.Decode(frame, &q); err != nil {
			return nil, err
		}
		return call(ctx, s, q)
	}
}

// seqQuery is the fields of the verbs about messages.
type seqQuery struct {
	Seq       uint64   `json:"seq"`
	Seqs      []uint64 `json:"seqs"`
	Detail    bool     `json:"detail"`
	Missing   string   `json:"missing"`
	Message   string   `json:"message"`
	MessageID string   `json:"message_id"`
	Epoch     string   `json:"epoch"`
	UserID    string   `json:"user_id"`
}

// ofThisLog returns not_allowed if a verb names the epoch of another log: its seq would belong to another message here.
func (s *Operator) ofThisLog(q seqQuery) error {
	log, err := s.Messages.openLog()
	if err == nil && q.Epoch != "" && !log.Knows(q.Epoch, q.Seq) {
		err = wire.ErrNotAllowed.WithMessage("That message is no longer kept.")
	}
	return err
}

// settingQuery is the fields of the verbs about people and settings.
type settingQuery struct {
	Session  string `json:"session"`
	Password string `json:"password"`
	Address  string `json:"address"`
	UserID   string `json:"user_id"`
	Reason   string `json:"reason"`
	Name     string `json:"name"`
	Host     string `json:"host"`
}

// qrQuery is the fields of qr_codes.
type qrQuery struct {
	Texts []string `json:"texts"`
}

// accessQuery is the fields of confirm, and of the verbs about access, the lobby and the list.
type accessQuery struct {
	Access string `json:"access"`
	Doubt  string `json:"doubt"`
	UserID string `json:"user_id"`
	All    bool   `json:"all"`
	Reason string `json:"reason"`
	Name   string `json:"name"`
	// Anew: everyone must join again. PutOut: those whose grants end are disconnected.
	Anew   bool  `json:"anew"`
	PutOut *bool `json:"put_out"`
	// Entry is the id of an entry of the list; "id" is the frame's.
	Entry string `json:"entry"`
}

// tokenQuery is the fields of remove_token: Token is an ID.
type tokenQuery struct {
	Token string `json:"token"`
}

// entryAnswer wraps an entry, whose id would be taken for the frame's.
type entryAnswer struct {
	Entry admission.EntryCode `json:"entry"`
}

// verbs by action: each calls the method of the same name.
var verbs = map[string]verb{
	"state":         func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.State(), nil },
	"stats":         func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Stats(), nil },
	"clients":       with(func(_ context.Context, s *Operator, q ClientsQuery) (any, error) { return s.Clients(q), nil }),
	"history":       with(func(ctx context.Context, s *Operator, q HistoryQuery) (any, error) { return s.History(ctx, q) }),
	actionBroadcast: func(ctx context.Context, s *Operator, frame []byte) (any, error) { return s.startFrame(ctx, frame)() },
	"search":        with(func(ctx context.Context, s *Operator, q FindQuery) (any, error) { return s.Search(ctx, q) }),
	"receipts": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		return s.Receipts(ctx, q.Seqs, q.Detail)
	}),
	"write_again": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		n, err := s.WriteAgain(ctx, q.Seq, q.Missing, q.Message, q.MessageID)
		return map[string]int{"written": n}, err
	}),
	"stop_repeat": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		return struct{}{}, s.StopRepeat(ctx, q.Seq)
	}),
	"close_announcement": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		return struct{}{}, s.CloseAnnouncement(ctx, q.Seq)
	}),
	"reopen_announcement": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		return struct{}{}, s.ReopenAnnouncement(ctx, q.Seq)
	}),
	"withdraw": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		return s.Withdraw(ctx, q.Seq)
	}),
	"disconnect": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Disconnect(ctx, q.UserID, q.Reason)
	}),
	"create_topic": with(func(ctx context.Context, s *Operator, t wire.Topic) (any, error) {
		return s.CreateTopic(ctx, t.Topic, t.Title, t.Kind)
	}),
	"conversations": with(func(ctx context.Context, s *Operator, q ConversationsQuery) (any, error) {
		return s.Conversations(ctx, q)
	}),
	"add_members":    with(func(ctx context.Context, s *Operator, q MembersQuery) (any, error) { return s.AddMembers(ctx, q) }),
	"remove_members": with(func(ctx context.Context, s *Operator, q MembersQuery) (any, error) { return s.RemoveMembers(ctx, q) }),
	"seen": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		return struct{}{}, s.Seen(ctx, q.UserID, q.Seq)
	}),
	"settle": with(func(ctx context.Context, s *Operator, q seqQuery) (any, error) {
		if err := s.ofThisLog(q); err != nil {
			return nil, err
		}
		return struct{}{}, s.Settle(ctx, q.UserID, q.Seq)
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
	"prove": with(func(ctx context.Context, s *Operator, q settingQuery) (any, error) {
		return struct{}{}, s.Prove(ctx, q.Password)
	}),
	"key":         func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.Key(ctx) },
	"new_key":     func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.NewKey(ctx) },
	actionSession: func(context.Context, *Operator, []byte) (any, error) { return struct{}{}, nil }, // shown already
	"sessions":    func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.Sessions(ctx), nil },
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
	"new_code":   with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) { return s.NewCode(ctx, q.Anew) }),
	"new_secret": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) { return s.NewSecret(ctx, q.Anew) }),
	"grants":     func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Grants(), nil },
	"end_grants": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return s.EndGrants(ctx, q.UserID, q.All, q.PutOut != nil && *q.PutOut)
	}),
	"dismiss_notice": func(ctx context.Context, s *Operator, _ []byte) (any, error) {
		return struct{}{}, s.DismissNotice(ctx)
	},
	"confirm": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.Confirm(ctx, q.Doubt)
	}),
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
	"import_entries": with(func(ctx context.Context, s *Operator, q admission.ImportQuery) (any, error) {
		return s.ImportEntries(ctx, q)
	}),
	"undo_import": func(ctx context.Context, s *Operator, _ []byte) (any, error) { return s.UndoImport(ctx) },
	"renew_entry": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return s.RenewEntry(ctx, q.Entry, q.PutOut == nil || *q.PutOut)
	}),
	"remove_entry": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.RemoveEntry(ctx, q.Entry)
	}),
	"tokens":       func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Tokens(), nil },
	"create_token": with(func(ctx context.Context, s *Operator, q NewToken) (any, error) { return s.CreateToken(ctx, q) }),
	"remove_token": with(func(ctx context.Context, s *Operator, q tokenQuery) (any, error) {
		return struct{}{}, s.RemoveToken(ctx, q.Token)
	}),
	"webhooks": func(_ context.Context, s *Operator, _ []byte) (any, error) { return s.Webhooks.Webhooks(), nil },
	"create_webhook": with(func(ctx context.Context, s *Operator, q webhook.Spec) (any, error) {
		return s.CreateWebhook(ctx, q)
	}),
	"change_webhook": with(func(ctx context.Context, s *Operator, q WebhookQuery) (any, error) {
		return s.ChangeWebhook(ctx, q.Webhook, q.Spec)
	}),
	"pause_webhook": with(func(ctx context.Context, s *Operator, q WebhookQuery) (any, error) {
		return s.PauseWebhook(ctx, q.Webhook, q.Paused)
	}),
	"retry_webhook": with(func(ctx context.Context, s *Operator, q WebhookQuery) (any, error) {
		return s.RetryWebhook(ctx, q.Webhook)
	}),
	"test_webhook": with(func(ctx context.Context, s *Operator, q WebhookQuery) (any, error) {
		return s.TestWebhook(ctx, q.Webhook)
	}),
	"remove_webhook": with(func(ctx context.Context, s *Operator, q WebhookQuery) (any, error) {
		return struct{}{}, s.RemoveWebhook(ctx, q.Webhook)
	}),
	"free": with(func(ctx context.Context, s *Operator, q accessQuery) (any, error) {
		return struct{}{}, s.Free(ctx, q.UserID)
	}),
}
