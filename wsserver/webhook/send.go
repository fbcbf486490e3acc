package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"belfry/wsserver/wire"
)

const (
	// maxAnswer is how many bytes of headers and of body an answer may have.
	maxAnswer = 64 << 10
	// shownAnswer is how many characters of it the operator is shown.
	shownAnswer = 200
)

// outcome is what became of one request. Status is 0 where there was no answer, and err "" where it was a good one.
type outcome struct {
	status int
	took   time.Duration
	body   string // cleaned, at most shownAnswer characters
	err    string // a sentence
	after  time.Duration
}

// dialer connects, as net.Dialer.DialContext does.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// newClient makes a client for one request: no proxy, no redirect, a connection of its own, so that each is checked as it
// is dialled. The dial ends with ctx; http's own goes on in the background.
func newClient(ctx context.Context, dial dialer) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:       func(_ context.Context, network, address string) (net.Conn, error) { return dial(ctx, network, address) },
			DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswer,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// request is one body on its way to a webhook.
type request struct {
	url, id string
	key     []byte
	body    []byte
}

// post sends a request, signed at this moment.
func post(ctx context.Context, dial dialer, agent string, q request) (o outcome) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() { o.took = time.Since(began) }()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, q.url, bytes.NewReader(q.body))
	if err != nil {
		return outcome{err: reason(err)}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", agent)
	r.Header.Set("webhook-id", q.id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(began.Unix(), 10))
	r.Header.Set("webhook-signature", sign(q.key, q.id, began, q.body))
	answer, err := newClient(ctx, dial).Do(r)
	if err != nil {
		return outcome{err: reason(err)}
	}
	defer func() { _ = answer.Body.Close() }() // only read from
	return read(answer)
}

// read reads an answer. Its status says whether the event has arrived, whatever becomes of the rest.
func read(answer *http.Response) outcome {
	b, _ := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	o := outcome{status: answer.StatusCode, body: shown(b), after: retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	said := strings.TrimSpace(fmt.Sprintf("%d %s", o.status, http.StatusText(o.status)))
	switch {
	case o.status >= 300 && o.status < 400:
		o.err = fmt.Sprintf("It answered %s, and Belfry follows no redirects.", said)
	case o.status < 200 || o.status >= 300:
		o.err = fmt.Sprintf("It answered %s.", said)
	}
	return o
}

// shown is the beginning of an answer as the operator reads it.
func shown(b []byte) string {
	runes := []rune(clean(wire.Clip(string(b), 4*shownAnswer)))
	return string(runes[:min(len(runes), shownAnswer)])
}

// clean leaves of a stranger's text what can be seen, on one line.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case wire.Invisible(r), r == unicode.ReplacementChar, unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return strings.Join(strings.Fields(text), " ")
}

// retryAfter reads a Retry-After: seconds or a date. 0 where there is none.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32); err == nil {
		return time.Duration(min(n, uint64(maxWait/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxWait)
	}
	return 0
}

// isCertificate reports whether TLS failed because of the other side's certificate.
func isCertificate(err error) bool {
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	return errors.As(err, &verify) || errors.As(err, &unknown) || errors.As(err, &host)
}
