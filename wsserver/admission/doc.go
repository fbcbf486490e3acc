// Package admission has the data by which people are admitted: the lobby, the list of names with personal codes, the
// grants by which people come back, bans, and the room's codes. Package client decides by them; the operator changes them.
//
// # What it promises
//
//   - A change of the list, of grants or of bans is durable when it returns nil. One that admits is effective from
//     then on; one that revokes a grant is effective at once, whatever the commit does.
//   - Only hashes of tokens and personal codes are kept: a personal code is shown once.
//   - The lobby is not kept: it ends with the server.
//
// # Locks
//
// Each type guards itself, and calls nothing of ours under its mutex but, in those that keep records, the Keeper: a second
// mutex (changing) makes changes of one list or of the bans one after another, and is held over their commit, before the
// first. Reading never waits for a commit. A person's lock may be held during a call; none is taken here. Load may block for a
// disk.
package admission
