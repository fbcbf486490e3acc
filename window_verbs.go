//go:build desktop || dev || bindings

package main

import "belfry/wsserver"

// This file is the bound methods that need nothing of the window itself: one line each, the server's verb.

// Clients returns what changed in the list of clients since a revision, or just the connections named; and who is
// away, unless the page has that revision.
func (a *App) Clients(since uint64, conns []uint64, awayRev uint64) wsserver.ClientsAnswer {
	return a.Server.Clients(wsserver.ClientsQuery{Since: since, Conns: conns, AwayRev: awayRev})
}

// Receipts says what became of messages, with detail also for whom.
func (a *App) Receipts(seqs []uint64, detail bool) (wsserver.ReceiptsAnswer, error) {
	return a.Server.Receipts(a.ctx, seqs, detail)
}

// WriteAgain writes to those who have not received, read or acknowledged a message, and returns how many they are.
func (a *App) WriteAgain(seq uint64, missing, message, messageID string) (int, error) {
	return a.Server.WriteAgain(a.ctx, seq, missing, message, messageID)
}

// StopRepeat ends the repetition of a message.
func (a *App) StopRepeat(seq uint64) error { return a.Server.StopRepeat(seq) }

// Withdraw takes a message back.
func (a *App) Withdraw(seq uint64) (wsserver.Receipt, error) { return a.Server.Withdraw(a.ctx, seq) }

// RenameTopic changes what a topic is called.
func (a *App) RenameTopic(topic, title string) (wsserver.Topic, error) {
	return a.Server.RenameTopic(topic, title)
}

// ArchiveTopic closes a topic to new messages, or opens it again.
func (a *App) ArchiveTopic(topic string, archived bool) (wsserver.Topic, error) {
	return a.Server.ArchiveTopic(topic, archived)
}

// Search finds messages in the whole log.
func (a *App) Search(q wsserver.FindQuery) (wsserver.FindPage, error) {
	return a.Server.Search(a.ctx, q)
}
