package receipts

import (
	"encoding/json"
	"strconv"
	"time"

	"belfry/wsserver/msglog"
)

// This file keeps which announcements the operator has closed: they remind nobody and wait for nobody any more. Their
// receipts are still recorded.

// Close durably closes an announcement. changed is false if it was already closed. ok is false if seq is not a message from
// the operator to many, or is not kept any more. It blocks for the Keeper, whose error it returns: then nothing has changed.
func (l *Deliveries) Close(k msglog.Keeper, seq uint64) (changed, ok bool, err error) {
	return l.setClosed(k, seq, time.Now().UnixMilli())
}

// Reopen undoes Close.
func (l *Deliveries) Reopen(k msglog.Keeper, seq uint64) (changed, ok bool, err error) {
	return l.setClosed(k, seq, 0)
}

// setClosed notes when an announcement was closed, in Unix ms; 0 opens it.
func (l *Deliveries) setClosed(k msglog.Keeper, seq uint64, at int64) (changed, ok bool, err error) {
	l.closing.Lock()
	defer l.closing.Unlock()
	l.mu.Lock()
	b := l.broadcasts[seq]
	ok, changed = b != nil && b.audience != "", (l.closed[seq] == 0) != (at == 0)
	l.mu.Unlock()
	if !ok || !changed {
		return false, ok, nil
	}
	r := msglog.Record{Kind: recordClosed, Key: seqKey(seq)}
	if at != 0 {
		r.Value = strconv.AppendInt(nil, at, 10)
	}
	if err := k.Keep(r); err != nil {
		return false, ok, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if at == 0 {
		delete(l.closed, seq)
	} else {
		l.closed[seq] = at
	}
	l.rev++
	return true, ok, nil
}

// dropClosed forgets that a message was closed, because the message is not kept any more. mu is held.
func (l *Deliveries) dropClosed(seq uint64) {
	if l.closed[seq] != 0 {
		delete(l.closed, seq)
		l.markDirty(recordClosed, seqKey(seq))
	}
}

func (l *Deliveries) readClosed(key string, value []byte) error {
	seq, err := strconv.ParseUint(key, 10, 64)
	if err != nil {
		return err
	}
	var at int64
	err = json.Unmarshal(value, &at)
	l.closed[seq] = at
	return err
}
