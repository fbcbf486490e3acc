package storm

import (
	"context"
	"errors"
	"fmt"

	"belfry/wsserver/msglog"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// fillGroup is how many messages one commit takes.
const fillGroup = 5000

// fillLog appends what lacks to so many messages, as 1,000 people write them in ten topics. Every tenth is the operator's.
func fillLog(ctx context.Context, dir string, messages int) (err error) {
	l, err := sqlite.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for n := l.Len(); n < messages; n = l.Len() {
		group := make([]msglog.Change, min(fillGroup, messages-n))
		for i := range group {
			group[i].Entry = madeUp(n + i)
		}
		if _, err := l.Append(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// madeUp is message n of the log: some words that are frequent, and some that are rare.
func madeUp(n int) *msglog.Entry {
	spread := func(words int) int { return int(uint32(n) * 2654435761 >> 8 % uint32(words)) }
	e := &msglog.Entry{
		ID: fmt.Sprintf("fill%d", n), Audience: msglog.AudienceTopic, Topic: fmt.Sprintf("topic%d", n%9),
		From: wire.Sender{UserID: fmt.Sprintf("writer%d", spread(1000)), Name: fmt.Sprintf("Writer %d", spread(1000))},
		Text: fmt.Sprintf("the w%d of room w%d is w%d and w%d then w%d over there by the window", n%100, spread(100_000), n%10_000,
			spread(1000), n%97_001),
	}
	switch {
	case n%10 == 0:
		e.Audience, e.Topic, e.From = msglog.AudienceEveryone, "", wire.Sender{Operator: true, Name: "Operator"}
	case n%3 == 0:
		e.Topic = "general"
	}
	return e
}
