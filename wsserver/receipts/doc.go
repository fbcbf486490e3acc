// Package receipts knows the recipients of each of the operator's messages, and their receipts. It works per person,
// not per connection, so that the operator also sees people whose phones are asleep.
//
// A Ledger has two halves. Membership knows who belongs to the room and to which topics, since which message, who is
// connected, and which names are reserved. Deliveries knows what each person has received, read and acknowledged, and
// keeps every message's counts up to date as that changes. Reminders are separate from both.
//
// Promises:
//
//   - Changes take effect at once. They are written by the next Flush, which comes at most FlushEvery later; only an
//     acknowledgement and a reminder are durable before their call returns.
//   - What Flush has returned is written, or handed to MarkDirty and returned again.
//   - A message's counts always equal what counting person by person would give, also after a restart.
//
// What changes with each receipt, and with each device that comes or goes, is written as a delta of a few bytes: see the
// package delta. From time to time the deltas are merged into the rows of the persons and cursors that they have changed. A
// row says which deltas it has, so a crash at any moment leaves rows and deltas that together are what was written last.
//
// Where several servers share the log, all apply the deltas of all in its order, and so know the same: Applied takes what the log
// has applied. What was changed here takes effect at once all the same, and is made anew where another server's change comes first.
// Each writes rows, and erases deltas, for itself.
//
// Every method may be called from any goroutine. Load, Ack and the methods that take a Keeper block for the log; all
// others return at once.
//
// Both halves share one mutex, core.mu: a message's counts follow from memberships and cursors together. It guards
// everything in this package but Reminders, which have a lock of their own. Nothing blocks while it is held, and nothing
// outside this package is called but the functions given to ReserveName, CanReserve and ReassignName: these may take the
// locks of the list and of grants, which therefore come after core.mu. Receipts with detail and Flush, which look at
// thousands of records, release it between chunks.
package receipts
