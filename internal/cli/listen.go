package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"belfry/internal/process"
	"belfry/wsserver/wire"
)

const listenUsage = `Usage: belfry listen [flags]

Prints messages as they come, a line each, until it is interrupted. When the connection is lost it comes back, and misses
nothing that the server still has.

Flags:
`

// listener is a call of listen.
type listener struct {
	call   *call
	server *server
	topic  string // "" for all
	userID string // of one conversation alone; "" for all
	json   bool
	place  place
}

// place is how far a listener has come; begun is false before it knows any.
type place struct {
	seq   uint64
	epoch string
	begun bool
}

// listen is the verb of that name.
func listen(c *call) error {
	f := flag.NewFlagSet("listen", flag.ContinueOnError)
	var at serverFlags
	at.add(f, "to talk to, with a token in BELFRY_TOKEN")
	to := f.String("to", "", "`TARGET` to listen to: everyone, the name of a topic, or @ and the user_id of a person (default: all that the token may read)")
	since := f.String("since", "", "begin after the message with the number `N`, instead of with what comes")
	asJSON := f.Bool("json", false, "print each message as it travels, a JSON object a line")
	words, err := c.parse(f, c.args, usageOf(listenUsage, f))
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return wrongUsage("listen takes no %q: it has flags alone", words[0])
	}
	l := &listener{call: c, json: *asJSON}
	if *to != "" {
		topic, userID, err := target(*to)
		if err != nil {
			return err
		}
		l.topic, l.userID = topic, userID
		if topic == "" && userID == "" {
			l.topic = "everyone"
		}
	}
	if *since != "" {
		if l.place.seq, err = wire.ParseNumber(*since); err != nil {
			return wrongUsage("-since must be the number of a message")
		}
		l.place.begun = true
	}
	if l.server, err = c.server(at); err != nil {
		return err
	}
	ctx, stop := interrupted()
	defer stop()
	return l.run(ctx)
}

// Times of coming back: a random part of a time that doubles.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// run follows the stream until ctx ends. What is refused ends it; a connection that breaks is made again.
func (l *listener) run(ctx context.Context) error {
	ever := false
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		began := time.Now()
		opened, err := l.follow(ctx)
		ever = ever || opened
		var refused *refusedError
		switch {
		case ctx.Err() != nil, errors.Is(err, errUnread):
			return nil
		case errors.As(err, &refused) && refused.status < 500 && refused.status != http.StatusTooManyRequests, !ever, errors.Is(err, errOutput):
			return problemOf(err)
		case opened && time.Since(began) > lastRetry:
			wait = firstRetry
		}
		fmt.Fprintf(l.call.stderr, "belfry: the connection was lost, trying again: %s\n", oneLine(err.Error()))
		if pause(ctx, time.Duration(float64(wait)*(0.5+rand.Float64()/2))) != nil { //nolint:gosec // no secret
			return nil
		}
	}
}

// follow opens the stream and prints what it says until it ends, with the reason. opened: the server let it in.
func (l *listener) follow(ctx context.Context) (opened bool, err error) {
	query := url.Values{}
	if l.topic != "" {
		query.Set("topic", l.topic)
	}
	if l.place.begun {
		query.Set("after", strconv.FormatUint(l.place.seq, 10))
	}
	if l.place.epoch != "" {
		query.Set("epoch", l.place.epoch)
	}
	r, err := l.server.request(ctx, http.MethodGet, "stream", query, nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Accept", "text/event-stream")
	response, err := l.server.client.Do(r)
	if err != nil {
		return false, l.server.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }() // what follows has read it as far as it could
	if response.StatusCode != http.StatusOK {
		b := make([]byte, 4096)
		n, _ := response.Body.Read(b)
		return false, l.server.refusal(response.StatusCode, b[:n])
	}
	return true, readEvents(ctx, response.Body, l.event)
}

// event prints one event of the stream.
func (l *listener) event(e event) error {
	switch e.name {
	case "message":
		var m wire.Message
		if err := json.Unmarshal([]byte(e.data), &m); err != nil {
			return l.server.noBelfry()
		}
		l.place.seq, l.place.begun = m.Seq, true
		if l.userID != "" && (m.Audience != "private" || m.UserID != l.userID) {
			return nil
		}
		return l.print(m, e.data)
	case "recovered":
		var r wire.RecoveredFrame
		if err := json.Unmarshal([]byte(e.data), &r); err != nil {
			return l.server.noBelfry()
		}
		l.place.seq, l.place.epoch, l.place.begun = max(l.place.seq, r.To), r.Epoch, true
		if r.Gone {
			l.place.seq = r.To
			fmt.Fprintln(l.call.stderr, "belfry: some messages before this are no longer kept, or the log is another one.")
		}
	}
	return nil
}

// errOutput is of an output that takes no more, errUnread of one that nobody reads any more, which is no failure.
var (
	errOutput = errors.New("the output cannot be written")
	errUnread = errors.New("nobody reads the output")
)

// print prints one message.
func (l *listener) print(m wire.Message, data string) error {
	line := safeJSON(data)
	if !l.json {
		line = lineOf(m)
	}
	_, err := fmt.Fprintln(l.call.stdout, line)
	switch {
	case process.IsClosedPipe(err):
		return errUnread
	case err != nil:
		return fmt.Errorf("%w: %s", errOutput, wire.Reason(err))
	}
	return nil
}

// lineOf is a message as a line for people: its time of day here, where it went, who wrote it, and what.
func lineOf(m wire.Message) string {
	at := m.Time
	if t, err := time.Parse(time.RFC3339Nano, m.Time); err == nil {
		at = t.Local().Format("15:04:05") //nolint:gosmopolitan // the reader's clock
	}
	where := m.Audience
	if m.Topic != "" {
		where = m.Topic
	}
	text := m.Message
	if m.Title != "" {
		text = m.Title + ": " + text
	}
	from := m.From.Name
	if from == "" {
		from = m.From.UserID
	}
	return fmt.Sprintf("%s [%s] %s: %s", at, forTerminal(where), forTerminal(from), forTerminal(text))
}
