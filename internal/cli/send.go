package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"belfry/internal/process"
	"belfry/wsserver/wire"
)

const sendUsage = `Usage: belfry send [flags] TEXT

Sends a message. Without TEXT it is read from the standard input.

With -wait it returns once everyone has received it, or confirmed it where -ack asks for that: status 0. Where the time runs
out first the status is 3, and those who are missing are printed, a name a line.

Flags:
`

// TimeRanOut is the status where -wait has ended before everyone was reached.
const TimeRanOut = 3

// message is what is sent, as the API takes it.
type message struct {
	Message  string `json:"message"`
	Topic    string `json:"topic,omitempty"`
	UserID   string `json:"user_id,omitempty"`
	Title    string `json:"title,omitempty"`
	Priority int    `json:"priority,omitempty"`
	Ack      string `json:"ack,omitempty"`
	ID       string `json:"id"`
}

// receipts of a message, as the API has them.
type receipts struct {
	Sent     int `json:"sent"`
	Received int `json:"received"`
	Acked    int `json:"acked"`
	Who      []struct {
		UserID   string `json:"user_id"`
		Name     string `json:"name"`
		Received string `json:"received"`
		Acked    string `json:"acked"`
	} `json:"who"`
}

// target is whom TARGET names: everyone, a topic, or @ and a user_id.
func target(text string) (topic, userID string, err error) {
	switch name, person := strings.CutPrefix(text, "@"); {
	case text == "everyone":
		return "", "", nil
	case person && name == "":
		return "", "", wrongUsage("-to @ lacks the user_id of a person")
	case person:
		return "", name, nil
	}
	return text, "", nil
}

// send is the verb of that name.
func send(c *call) error {
	f := flag.NewFlagSet("send", flag.ContinueOnError)
	var at serverFlags
	at.add(f, "to talk to, with a token in BELFRY_TOKEN")
	to := f.String("to", "everyone", "`TARGET`: everyone, the name of a topic, or @ and the user_id of a person")
	m := message{ID: rand.Text()}
	f.StringVar(&m.Title, "title", "", "`TITLE` above the text")
	f.IntVar(&m.Priority, "priority", 0, "`P` from 1 (lowest) to 5 (urgent); without it 3")
	f.StringVar(&m.Ack, "ack", "", "`WORDS` on a button that asks people to confirm")
	wait := f.Duration("wait", 0, "`TIME` to wait until everyone has received or confirmed it, such as 60s")
	words, err := c.parse(f, c.args, usageOf(sendUsage, f))
	if err != nil {
		return err
	}
	if m.Topic, m.UserID, err = target(*to); err != nil {
		return err
	}
	if m.Message, err = c.text(words); err != nil {
		return err
	}
	switch {
	case *wait < 0:
		return wrongUsage("-wait must be a time such as 60s")
	case m.Priority < 0 || m.Priority > 5:
		return wrongUsage("-priority must be a number from 1 to 5")
	}
	s, err := c.server(at)
	if err != nil {
		return err
	}
	ctx, stop := interrupted()
	defer stop()
	seq, err := s.send(ctx, m)
	if err != nil {
		return problemOf(err)
	}
	if *wait == 0 {
		return nil
	}
	return c.awaitAll(ctx, s, seq, m.Ack != "", *wait)
}

// interrupted is a context that ends when the program is asked to stop.
func interrupted() (context.Context, func()) {
	stop := process.OnStop()
	return stop.Context(), stop.Release
}

// text is the message: the words, or the standard input.
func (c *call) text(words []string) (string, error) {
	text := strings.Join(words, " ")
	if len(words) == 0 {
		if file, ok := c.stdin.(*os.File); ok && process.IsTerminal(file) {
			return "", wrongUsage("there is no text: write it behind the flags, or into the standard input")
		}
		b, err := io.ReadAll(io.LimitReader(c.stdin, wire.MaxMessage+1))
		if err != nil {
			return "", fmt.Errorf("read the text: %w", err)
		}
		text = strings.TrimRight(string(b), "\r\n")
	}
	switch {
	case wire.IsBlank(text):
		return "", wrongUsage("there is no text")
	case len(text) > wire.MaxMessage:
		return "", &wire.Problem{Message: "A message can have at most 64 KiB.", Hint: "Send it in parts."}
	}
	return text, nil
}

// maxRetry is how long a message is tried again that came too fast.
const maxRetry = time.Minute

// send sends a message and returns its seq. It is the same message however often it is tried: its id says so.
func (s *server) send(ctx context.Context, m message) (seq uint64, err error) {
	var sent struct {
		Seq uint64 `json:"seq"`
	}
	for began := time.Now(); ; {
		err = s.do(ctx, http.MethodPost, "messages", nil, m, &sent)
		var refused *refusedError
		if !errors.As(err, &refused) || refused.status != http.StatusTooManyRequests || time.Since(began) > maxRetry {
			return sent.Seq, err
		}
		if err := pause(ctx, max(time.Duration(refused.RetryMS)*time.Millisecond, 100*time.Millisecond)); err != nil {
			return 0, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// askEvery is how often receipts are asked for: at first often, since most phones are there.
const (
	askEvery   = 200 * time.Millisecond
	askSlowest = 2 * time.Second
)

// awaitAll waits until everyone has received a message, or acknowledged it.
func (c *call) awaitAll(ctx context.Context, s *server, seq uint64, acked bool, wait time.Duration) error {
	path := "messages/" + strconv.FormatUint(seq, 10) + "/receipts"
	deadline := time.Now().Add(wait)
	for every := askEvery; ; every = min(every*5/4, askSlowest) {
		var r receipts
		if err := s.do(ctx, http.MethodGet, path, nil, nil, &r); err != nil {
			return sentBut(err)
		}
		if r.all(acked) {
			return nil
		}
		left := time.Until(deadline)
		if left <= 0 {
			return c.missing(ctx, s, path, acked)
		}
		if err := pause(ctx, min(every, left)); err != nil {
			return sentBut(err)
		}
	}
}

func (r *receipts) all(acked bool) bool {
	if acked {
		return r.Acked >= r.Sent
	}
	return r.Received >= r.Sent
}

// missing prints who has not received or acknowledged a message, a name a line.
func (c *call) missing(ctx context.Context, s *server, path string, acked bool) error {
	var r receipts
	if err := s.do(ctx, http.MethodGet, path, url.Values{"detail": {"1"}}, nil, &r); err != nil {
		return sentBut(err)
	}
	if r.all(acked) {
		return nil
	}
	for _, who := range r.Who {
		if acked && who.Acked != "" || !acked && who.Received != "" {
			continue
		}
		name := forTerminal(who.Name)
		if name == "" {
			name = forTerminal(who.UserID)
		}
		fmt.Fprintln(c.stderr, name)
	}
	return errTimeRanOut
}

// errTimeRanOut ends the program with TimeRanOut; the names were printed.
var errTimeRanOut = errors.New("the time ran out")

// sentBut is an error after the message was sent.
func sentBut(err error) error {
	err = problemOf(err)
	var p *wire.Problem
	if errors.As(err, &p) {
		return &wire.Problem{Message: "The message was sent, but who has it is not known. " + p.Message, Hint: p.Hint, Err: err}
	}
	return &wire.Problem{Message: "The message was sent, but Belfry was stopped before everyone had it.", Hint: "Look at its receipts in the dashboard.", Err: err}
}
