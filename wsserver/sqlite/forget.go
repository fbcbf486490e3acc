package sqlite

import (
	"context"
	"slices"

	"belfry/wsserver/msglog"
)

// forgetStep is how many streams one transaction forgets.
const forgetStep = 200

// ForgetPruned forgets the positions of private conversations, in small steps.
func (l *Log) ForgetPruned(ctx context.Context, gone func(userID string) bool) error {
	l.mu.RLock()
	list := msglog.PrivateOf(l.pruned)
	l.mu.RUnlock()
	list = slices.DeleteFunc(list, func(s msglog.Stream) bool { return !gone(s.Name) })
	for some := range slices.Chunk(list, forgetStep) {
		if err := forgetPruned(ctx, l, some); err != nil {
			return err
		}
	}
	return nil
}

func forgetPruned(ctx context.Context, l *Log, list []msglog.Stream) error {
	l.appending.Lock() // whose transaction is of the same connection
	defer l.appending.Unlock()
	tx, err := l.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for _, s := range list {
		if _, err := tx.ExecContext(ctx, "DELETE FROM pruned WHERE stream = ?", keyOf(s)); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range list {
		delete(l.pruned, s)
	}
	return nil
}
