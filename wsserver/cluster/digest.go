package cluster

import (
	"sync"

	"belfry/wsserver/sqlite"
)

// digestsKept is of how many of the newest positions a machine remembers its digest, to compare it with those of others, which are
// not at the same position.
const digestsKept = 4096

// digests are those of a machine's newest positions.
type digests struct {
	mu sync.Mutex // guards at
	at map[uint64]string
}

// note remembers the digest of the position that was just applied.
func (d *digests) note(p sqlite.Place) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.at == nil {
		d.at = map[uint64]string{}
	}
	d.at[p.Position] = p.Digest
	delete(d.at, p.Position-digestsKept)
}

// outvoted reports whether two other machines have the same digest of a position, and this one has another. With one that differs
// nobody can tell which of the two is wrong.
func (d *digests) outvoted(others []beat) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, a := range others {
		own, known := d.at[a.Applied]
		if !known || a.Digest == "" || a.Digest == own {
			continue
		}
		for _, b := range others[i+1:] {
			if b.Applied == a.Applied && b.Digest == a.Digest {
				return true
			}
		}
	}
	return false
}

// differsMessage is of a machine whose file is not what it should be: a disk that changed something, or a fault of Belfry's.
const differsMessage = "What this machine has is not what the others have, so it stops."
