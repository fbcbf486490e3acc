package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// This file has a machine step aside whose own file a disk has changed, where another machine has that as it was: it stops, and takes
// a copy when it is started again. Until it is, a file beside the log says so; the log itself may not be fit to.
//
// Two machines never take copies from each other: one that is to take a copy gives none, and neither does one that has noticed damage
// of its own. Where no machine has a row as it was written, nobody steps aside for it: that would end the room, and mend nothing.

// AsideFile is that file in the data folder. Whoever removes it has the machine go on with the log that it has.
const AsideFile = "damaged.json"

const (
	subjectWhole = "_whole"
	// damageEvery is how often a machine looks whether it has noticed damage, and damageAgain how soon it asks again where the others
	// could not help.
	damageEvery = time.Second
	damageAgain = 30 * time.Second
)

// aside is what AsideFile says, for people: that it is there is what counts.
type aside struct {
	Why   string `json:"why"`
	Since string `json:"since"`
}

// stepAside stops the machine, which takes a copy when it is started again. message says why.
func stepAside(e *Engine, message string) { e.fail(asideProblem(e, message)) }

// asideProblem has the machine take a copy when it is started again, and is what the operator is told.
func asideProblem(e *Engine, message string) *wire.Problem {
	p := &wire.Problem{Code: "cluster", Message: message, Hint: "Start it again: it then takes a copy of another machine's. Check its disk."}
	b, err := json.Marshal(aside{Why: message, Since: wire.Time(time.Now()).String()})
	if err == nil {
		err = atomicfile.Write(filepath.Join(e.o.Dir, AsideFile), b)
	}
	if err != nil {
		e.o.Logger.Error("write that a copy is to be taken", "error", err)
		p.Hint = "Move its log.db to another place and start it again: it then takes a copy of another machine's. Check its disk."
	}
	return p
}

// isAside reports whether this machine is to take a copy. Where that cannot be found out it is not: its own file is still checked.
func isAside(e *Engine) bool { return atomicfile.Exists(filepath.Join(e.o.Dir, AsideFile)) }

// back notes that the machine has a log that is not the damaged one. Where that cannot be, the next start takes another copy.
func back(e *Engine) {
	if err := atomicfile.Remove(filepath.Join(e.o.Dir, AsideFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		e.o.Logger.Error("a copy was taken, and the next start will take another", "error", err)
	}
}

// spread are rows that no machine of the room has as they were written.
type spread struct {
	mu   sync.Mutex // guards rows
	rows []sqlite.Damage
}

func (s *spread) set(rows []sqlite.Damage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows = rows
}

// has reports whether all of these are among them.
func (s *spread) has(rows []sqlite.Damage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(rows, func(d sqlite.Damage) bool { return !slices.Contains(s.rows, d) })
}

// watchDamage is a loop until Close: it has the machine step aside for damage that others do not have. A machine that is cut off
// stays, so that its people can read, and so does one without which the others would be no majority: nobody could write.
func (l *Log) watchDamage() {
	for wait := damageEvery; ; {
		select {
		case <-time.After(wait):
		case <-l.closed:
			return
		}
		wait = damageEvery
		list := l.Damaged()
		if len(list) == 0 || l.e.failure() != nil || l.e.Status().CutOff || !l.e.isMajority(l.p, len(l.e.beats())-1) {
			continue
		}
		if i := l.wholeElsewhere(list); i >= 0 {
			stepAside(l.e, "The disk of this machine has changed "+list[i].String()+", so it stops.")
			continue
		}
		wait = damageAgain
	}
}

// wholeElsewhere returns which of the damaged rows another machine has as it was written, -1 if it is none.
func (l *Log) wholeElsewhere(list []sqlite.Damage) int {
	request, err := json.Marshal(list)
	if err != nil {
		return -1
	}
	ctx, cancel := context.WithTimeout(l.p.ctx, copyBegins)
	defer cancel()
	found, answers := -1, 0
	l.e.Ask(ctx, subjectWhole, request, func(_ string, answer []byte) {
		var whole []bool
		if json.Unmarshal(answer, &whole) != nil || len(whole) != len(list) {
			return
		}
		answers++
		if i := slices.Index(whole, true); i >= 0 {
			found = i
			cancel()
		}
	})
	if status := l.e.Status(); found < 0 && answers > 0 && len(status.Missing) == 0 && !status.CutOff {
		l.spread.set(list)
	}
	return found
}

// whole answers which rows this machine has as they were written.
func (l *Log) whole(_ string, data []byte) []byte {
	var list []sqlite.Damage
	if json.Unmarshal(data, &list) != nil || l.e.failure() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(l.p.ctx, copyBegins)
	defer cancel()
	whole := make([]bool, len(list))
	for i, d := range list {
		whole[i] = l.IsWhole(ctx, d)
	}
	b, err := json.Marshal(whole)
	if err != nil {
		return nil
	}
	return b
}

// errDamagedCopy is of a copy that is not given.
var errDamagedCopy = errors.New("the disk has changed something in it")

// checkCopy refuses a copy in which there is damage that others may not have. What is in the log too is noted there.
func (l *Log) checkCopy(ctx context.Context, file string) error {
	list, err := sqlite.Check(ctx, file)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(d sqlite.Damage) bool { return l.spread.has([]sqlite.Damage{d}) })
	for _, d := range list {
		if !l.IsWhole(ctx, d) {
			l.NoteDamage(d)
		}
	}
	if len(list) > 0 {
		return errDamagedCopy
	}
	return nil
}
