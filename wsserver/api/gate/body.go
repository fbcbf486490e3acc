package gate

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"belfry/wsserver/wire"
)

const (
	// bodyTimeout is how long a body may take to begin, and how long the answer to it may take.
	bodyTimeout = 15 * time.Second
	// leastRate is how many bytes of a body a second must come: a slow line may take its time, a stalled one is let go.
	leastRate = 1 << 10
)

// ReadBody reads a request's body of at most limit bytes. It may come as slowly as leastRate, and no slower. Errors: too_large,
// bad_frame where it does not come whole.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, error) {
	c := http.NewResponseController(w)
	start := time.Now()
	// A body that is too long is not read to its end: the connection is closed after the answer.
	body := http.MaxBytesReader(w, r.Body, int64(limit))
	// The server's own deadline for the answer counts from the header.
	defer func() { _ = c.SetWriteDeadline(time.Now().Add(bodyTimeout)) }() // where it fails, so does the answer
	var got []byte
	chunk := make([]byte, 4<<10)
	for {
		if err := c.SetReadDeadline(start.Add(bodyTimeout + time.Duration(len(got))*time.Second/leastRate)); err != nil {
			return nil, err
		}
		n, err := body.Read(chunk)
		got = append(got, chunk[:n]...)
		var tooLarge *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return got, nil
		case errors.As(err, &tooLarge):
			return nil, wire.ErrTooLarge
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, wire.ErrBadFrame.WithMessage("The body came too slowly.")
		case err != nil:
			return nil, wire.ErrBadFrame.WithMessage("The body was cut off.")
		}
	}
}
