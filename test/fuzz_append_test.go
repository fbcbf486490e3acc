package test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

// watchedLog remembers the first error of Append.
type watchedLog struct {
	msglog.Log
	failed atomic.Pointer[error]
}

func (l *watchedLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	results, err := l.Log.Append(ctx, changes)
	if err != nil {
		l.failed.CompareAndSwap(nil, &err)
	}
	return results, err
}

// Whatever frames a client and a dashboard send, no commit fails, and a message that is posted meanwhile is accepted.
func FuzzAppend(f *testing.F) {
	const hello = `{"action":"hello","user_id":"mallory","token":"token-of-mallory-01","topics":["general"],"name":"M"}` + "\n"
	for _, number := range []string{"9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "-1", "1e18", "1e19", "1.5"} {
		f.Add(hello+`{"action":"notify","id":"a","message":"x","reply_to":`+number+"}\n"+`{"action":"read","seq":`+number+"}\n"+`{"action":"ack","seq":`+number+`}`,
			`{"action":"broadcast","message":"x","ack":"OK","reply_to":`+number+"}\n"+`{"action":"withdraw","seq":`+number+`}`)
		f.Add(`{"action":"hello","user_id":"mallory","since":`+number+`,"epoch":"e"}`+"\n"+`{"action":"subscribe","since":`+number+`}`+"\n"+`{"action":"history","before":`+number+`}`,
			`{"action":"stop_repeat","seq":`+number+"}\n"+`{"action":"receipts","seqs":[`+number+`],"detail":true}`)
	}
	f.Add(hello+`{"action":"notify","id":"\u0000","message":"\u0000","topic":"general"}`+"\n"+`{"action":"notify","message":"\ud800"}`+"\n"+`{"action":"leave"}`,
		`{"action":"broadcast","message":"\u0000\ud800","title":"\u0000","ack":"\u0000","message_id":"\u0000","repeat":{"every":1440,"times":100}}`)
	dir := f.TempDir()
	log := &watchedLog{}
	listen := wstest.Listen()
	server := wsserver.New(wsserver.Config{
		Dir: dir, Token: "the-operators-key", Listener: listen, Logger: slog.New(slog.DiscardHandler),
		OpenLog: func(dir string) (msglog.Log, error) {
			opened, err := sqlite.Open(dir)
			log.Log = opened
			return log, err
		},
	})
	if err := server.Start(context.Background()); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = server.Close(context.Background()) })
	f.Fuzz(func(t *testing.T, frames, verbs string) {
		mallory := wstest.Dial(t, listen.Dial, "/ws/client", nil)
		d := wstest.Dial(t, listen.Dial, "/ws/server", map[string][]string{"Authorization": {"Bearer the-operators-key"}})
		for _, frame := range strings.Split(strings.ToValidUTF8(frames, "?"), "\n") {
			mallory.SendText(frame)
		}
		for _, frame := range strings.Split(strings.ToValidUTF8(verbs, "?"), "\n") {
			if !strings.Contains(frame, "key") && !strings.Contains(frame, "session") && !strings.Contains(frame, "set_") {
				d.SendText(frame)
			}
		}
		if _, err := server.Broadcast(t.Context(), operator.Broadcast{Message: "meanwhile"}); err != nil {
			t.Fatalf("%q and %q: another's message is refused: %v", frames, verbs, err)
		}
		mallory.Cut()
		d.Cut()
		if why := log.failed.Load(); why != nil || server.State().Trouble != nil {
			t.Fatalf("%q and %q: append failed with %v, trouble %+v", frames, verbs, why, server.State().Trouble)
		}
	})
}
