//go:build desktop || dev || bindings

package main

import (
	"belfry/wsserver/admission"
	"belfry/wsserver/lan"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
)

// The bound methods that only call the server's verb of the same name.

// Stats returns the figures of the last ten minutes.
func (a *App) Stats() operator.Stats { return a.Server.Stats() }

// History returns a page of messages.
func (a *App) History(q operator.HistoryQuery) (operator.HistoryPage, error) {
	return a.Server.History(a.ctx, q)
}

// Broadcast sends a message of the operator.
func (a *App) Broadcast(b operator.Broadcast) (operator.Receipt, error) {
	return a.Server.Broadcast(a.ctx, b)
}

// Disconnect ends a person's connections; they read the reason.
func (a *App) Disconnect(userID, reason string) error {
	return a.Server.Disconnect(a.ctx, userID, reason)
}

// CreateTopic makes a topic.
func (a *App) CreateTopic(topic, title, kind string) (wire.Topic, error) {
	return a.Server.CreateTopic(a.ctx, topic, title, kind)
}

// AddMembers puts people into a topic, here or away.
func (a *App) AddMembers(q operator.MembersQuery) (operator.MembersAnswer, error) {
	return a.Server.AddMembers(a.ctx, q)
}

// RemoveMembers takes people out of a topic.
func (a *App) RemoveMembers(q operator.MembersQuery) (operator.MembersAnswer, error) {
	return a.Server.RemoveMembers(a.ctx, q)
}

// Conversations lists the people with a private conversation, the newest first.
func (a *App) Conversations(q operator.ConversationsQuery) (operator.ConversationsAnswer, error) {
	return a.Server.Conversations(a.ctx, q)
}

// Seen notes that the operator has seen what a person wrote up to a message; or, settled, that it needs no answer.
func (a *App) Seen(userID string, seq uint64, settled bool) error {
	if settled {
		return a.Server.Settle(a.ctx, userID, seq)
	}
	return a.Server.Seen(a.ctx, userID, seq)
}

// SetName gives the room its name.
func (a *App) SetName(name string) error { return a.Server.SetName(a.ctx, name) }

// SetAddress chooses the address on the join card.
func (a *App) SetAddress(host string) error { return a.Server.SetAddress(a.ctx, host) }

// Listen tries another port after the server could not start.
func (a *App) Listen(port int) error { return a.Server.Listen(a.ctx, port) }

// Clients returns the changes of the list of clients since a revision, or just the connections named; and who is
// away, a page of them without the first awaySkip, unless the page has that revision.
func (a *App) Clients(since uint64, conns []uint64, awayRev uint64, awaySkip int) operator.ClientsAnswer {
	return a.Server.Clients(operator.ClientsQuery{Since: since, Conns: conns, AwayRev: awayRev, AwaySkip: awaySkip})
}

// QRCodes draws texts as QR codes.
func (a *App) QRCodes(texts []string) ([]lan.QR, error) { return a.Server.QRCodes(texts) }

// Receipts returns the receipts of messages, with detail those of each recipient.
func (a *App) Receipts(seqs []uint64, detail bool) (operator.ReceiptsAnswer, error) {
	return a.Server.Receipts(a.ctx, seqs, detail)
}

// WriteAgain writes to those who have not received, read or acknowledged a message, and returns how many they are.
func (a *App) WriteAgain(seq uint64, missing, message, messageID string) (int, error) {
	return a.Server.WriteAgain(a.ctx, seq, missing, message, messageID)
}

// StopRepeat ends the repetition of a message.
func (a *App) StopRepeat(seq uint64) error { return a.Server.StopRepeat(a.ctx, seq) }

// CloseAnnouncement closes an announcement: nobody is reminded of it any more.
func (a *App) CloseAnnouncement(seq uint64) error { return a.Server.CloseAnnouncement(a.ctx, seq) }

// ReopenAnnouncement opens a closed announcement again.
func (a *App) ReopenAnnouncement(seq uint64) error { return a.Server.ReopenAnnouncement(a.ctx, seq) }

// Withdraw takes a message back.
func (a *App) Withdraw(seq uint64) (operator.Receipt, error) { return a.Server.Withdraw(a.ctx, seq) }

// RenameTopic changes the title of a topic.
func (a *App) RenameTopic(topic, title string) (wire.Topic, error) {
	return a.Server.RenameTopic(a.ctx, topic, title)
}

// ArchiveTopic closes a topic to new messages, or opens it again.
func (a *App) ArchiveTopic(topic string, archived bool) (wire.Topic, error) {
	return a.Server.ArchiveTopic(a.ctx, topic, archived)
}

// Search finds messages in the whole log.
func (a *App) Search(q operator.FindQuery) (operator.FindPage, error) {
	return a.Server.Search(a.ctx, q)
}

// TestAddress tries whether an address of this server answers, "" for the one shown.
func (a *App) TestAddress(host string) (lan.AddressTest, error) {
	return a.Server.TestAddress(a.ctx, host)
}

// Settings returns the effective settings, and the flags that override them.
func (a *App) Settings() operator.SettingsAnswer { return a.Server.Settings() }

// SetSettings changes some of them.
func (a *App) SetSettings(c settings.Change) (operator.SettingsAnswer, error) {
	return a.Server.SetSettings(a.ctx, c)
}

// SetPassword sets the password for dashboards on other machines; an empty one removes it.
func (a *App) SetPassword(password string) error { return a.Server.SetPassword(a.ctx, password) }

// Key shows the operator's key.
func (a *App) Key() (operator.KeyAnswer, error) { return a.Server.Key(a.ctx) }

// NewKey makes another key, and ends every session.
func (a *App) NewKey() (operator.KeyAnswer, error) { return a.Server.NewKey(a.ctx) }

// Sessions lists the operator's sessions.
func (a *App) Sessions() operator.SessionsAnswer { return a.Server.Sessions(a.ctx) }

// EndSession ends one of them.
func (a *App) EndSession(session string) error { return a.Server.EndSession(a.ctx, session) }

// Audit reads the audit list before an entry, or from the newest.
func (a *App) Audit(before uint64, limit int, seq uint64) operator.AuditAnswer {
	return a.Server.Audit(operator.AuditQuery{Before: before, Limit: limit, Seq: seq})
}

// Blocked lists the bans: muted and blocked persons, and blocked addresses.
func (a *App) Blocked() admission.BlockedAnswer { return a.Server.Blocked() }

// Mute lets a person read, but not write.
func (a *App) Mute(userID string) error { return a.Server.Mute(a.ctx, userID) }

// Unmute lets a person write again.
func (a *App) Unmute(userID string) error { return a.Server.Unmute(a.ctx, userID) }

// Block keeps a person, or an address, out; they read the reason.
func (a *App) Block(userID, address, reason string) error {
	return a.Server.Block(a.ctx, userID, address, reason)
}

// Unblock lets a person, or what comes from an address, in again.
func (a *App) Unblock(userID, address string) error { return a.Server.Unblock(a.ctx, userID, address) }

// SetAccess sets the access mode.
func (a *App) SetAccess(access string) error { return a.Server.SetAccess(a.ctx, access) }

// NewCode replaces the join code.
func (a *App) NewCode(anew bool) (operator.CodeAnswer, error) { return a.Server.NewCode(a.ctx, anew) }

// NewSecret makes another secret for the QR code.
func (a *App) NewSecret(anew bool) (operator.EndedAnswer, error) {
	return a.Server.NewSecret(a.ctx, anew)
}

// Grants lists who was let in, and comes back without being asked.
func (a *App) Grants() operator.GrantsAnswer { return a.Server.Grants() }

// EndGrants ends the grant of a person, or all.
func (a *App) EndGrants(userID string, all, putOut bool) (operator.EndedAnswer, error) {
	return a.Server.EndGrants(a.ctx, userID, all, putOut)
}

// DismissNotice dismisses the Notice of State.
func (a *App) DismissNotice() error { return a.Server.DismissNotice(a.ctx) }

// Confirm ends a doubt: the settings, or the machine's clock, are right.
func (a *App) Confirm(doubt string) error { return a.Server.Confirm(a.ctx, doubt) }

// Lobby lists the people in the lobby.
func (a *App) Lobby() operator.LobbyAnswer { return a.Server.Lobby() }

// LetIn admits one person in the lobby, or all.
func (a *App) LetIn(userID string, all bool) error { return a.Server.LetIn(a.ctx, userID, all) }

// Refuse sends away somebody who waits, or all; they read the reason.
func (a *App) Refuse(userID string, all bool, reason string) error {
	return a.Server.Refuse(a.ctx, userID, all, reason)
}

// List returns the names with personal codes.
func (a *App) List() admission.ListAnswer { return a.Server.List() }

// AddEntry puts a name on the list, and returns its code.
func (a *App) AddEntry(name string) (admission.EntryCode, error) {
	return a.Server.AddEntry(a.ctx, name)
}

// ImportEntries puts the names of a table on the list, or says what it would put there.
func (a *App) ImportEntries(q admission.ImportQuery) (admission.ImportAnswer, error) {
	return a.Server.ImportEntries(a.ctx, q)
}

// UndoImport takes the last import back.
func (a *App) UndoImport() (admission.UndoAnswer, error) { return a.Server.UndoImport(a.ctx) }

// RenewEntry gives a name on the list another code, and may put out who came in by the old one.
func (a *App) RenewEntry(entry string, putOut bool) (operator.RenewAnswer, error) {
	return a.Server.RenewEntry(a.ctx, entry, putOut)
}

// RemoveEntry removes a name from the list.
func (a *App) RemoveEntry(entry string) error { return a.Server.RemoveEntry(a.ctx, entry) }

// Tokens lists the access tokens of programs.
func (a *App) Tokens() operator.TokensAnswer { return a.Server.Tokens() }

// CreateToken makes an access token, and returns it with its secret.
func (a *App) CreateToken(q operator.NewToken) (operator.CreatedToken, error) {
	return a.Server.CreateToken(a.ctx, q)
}

// RemoveToken ends an access token, by its ID.
func (a *App) RemoveToken(id string) error { return a.Server.RemoveToken(a.ctx, id) }

// Webhooks lists the webhooks.
func (a *App) Webhooks() operator.WebhooksAnswer { return a.Server.Webhooks.Webhooks() }

// CreateWebhook makes a webhook, and shows its secret this once.
func (a *App) CreateWebhook(spec webhook.Spec) (operator.WebhookAnswer, error) {
	return a.Server.CreateWebhook(a.ctx, spec)
}

// ChangeWebhook changes where a webhook leads and what it is sent.
func (a *App) ChangeWebhook(id string, spec webhook.Spec) (operator.WebhookAnswer, error) {
	return a.Server.ChangeWebhook(a.ctx, id, spec)
}

// PauseWebhook pauses a webhook, or has it go on.
func (a *App) PauseWebhook(id string, paused bool) (operator.WebhookAnswer, error) {
	return a.Server.PauseWebhook(a.ctx, id, paused)
}

// RetryWebhook has a webhook that fails try again at once.
func (a *App) RetryWebhook(id string) (operator.WebhookAnswer, error) {
	return a.Server.RetryWebhook(a.ctx, id)
}

// TestWebhook calls a webhook, and returns what it answered.
func (a *App) TestWebhook(id string) (webhook.TestResult, error) {
	return a.Server.TestWebhook(a.ctx, id)
}

// RemoveWebhook removes a webhook.
func (a *App) RemoveWebhook(id string) error { return a.Server.RemoveWebhook(a.ctx, id) }

// Free frees a person's name and user_id for others.
func (a *App) Free(userID string) error { return a.Server.Free(a.ctx, userID) }
