package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

// event is one event of a stream (Server-Sent Events).
type event struct{ name, data string }

const (
	// silence is how long a stream may say nothing: the server sends a comment every 15 seconds.
	silence = 50 * time.Second
	// maxLine bounds one line of a stream: a message of 64 KiB, each of whose bytes may be escaped.
	maxLine = 1 << 20
)

var (
	errSilent = errors.New("the server says nothing any more")
	errEnded  = errors.New("the server has ended the connection")
)

// readEvents calls each for every event of a stream until it ends, says nothing for too long, or each fails. It closes body
// in the second case.
func readEvents(ctx context.Context, body io.ReadCloser, each func(event) error) error {
	watch := time.AfterFunc(silence, func() { _ = body.Close() })
	defer watch.Stop()
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	var e event
	var data []string
	for lines.Scan() {
		watch.Reset(silence)
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if len(data) > 0 {
				e.data = strings.Join(data, "\n")
				if err := each(e); err != nil {
					return err
				}
			}
			e, data = event{}, nil
		case field == "event":
			e.name = value
		case field == "data":
			data = append(data, value)
		}
	}
	switch err := lines.Err(); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return errEnded
	case !watch.Stop():
		return errSilent
	default:
		return err
	}
}
