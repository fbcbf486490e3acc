package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/wire"
)

const (
	dialTimeout   = 5 * time.Second
	answerTimeout = 20 * time.Second
	// maxAnswer bounds what is read of one answer.
	maxAnswer = 16 << 20
)

// server is the Belfry that a verb talks to, by its API.
type server struct {
	base   *url.URL
	secret string // a token, or the folder's key
	client *http.Client
}

// serverFlags are those by which a verb finds its server.
type serverFlags struct{ url, data string }

// add defines them. use is what the verb does with its server, for the help.
func (s *serverFlags) add(f *flag.FlagSet, use string) {
	f.StringVar(&s.url, "server", "", "`URL` of the Belfry "+use+" (default: BELFRY_SERVER, else the one that runs on this computer)")
	f.StringVar(&s.data, "data", "", "`DIR` with the data of the Belfry on this computer")
}

// server finds the server of a verb: the one that -server or BELFRY_SERVER names, with the token in BELFRY_TOKEN, or the one
// that runs on this machine with the data folder. The folder's key is shown to that one alone.
func (c *call) server(flags serverFlags) (*server, error) {
	token := strings.TrimSpace(c.getenv("BELFRY_TOKEN"))
	base, err := c.named(flags)
	switch {
	case err != nil:
		return nil, err
	case base == nil:
		return c.localServer(flags.data, token)
	case token == "":
		return nil, wrongUsage("a token is needed to talk to %s: give it in the variable BELFRY_TOKEN", base.Host)
	}
	return overNetwork(base, token), nil
}

// named is the address that -server or BELFRY_SERVER names, nil where neither does.
func (c *call) named(flags serverFlags) (*url.URL, error) {
	given := cmp.Or(flags.url, c.getenv("BELFRY_SERVER"))
	if given == "" {
		return nil, nil
	}
	return parseServer(given)
}

// overNetwork is a server that was named.
func overNetwork(base *url.URL, secret string) *server {
	return newServer(base, secret, &http.Transport{Proxy: http.ProxyFromEnvironment})
}

func (c *call) localServer(data, token string) (*server, error) {
	dir, err := c.folder(data)
	if err != nil {
		return nil, err
	}
	local, err := wsserver.FindLocal(dir)
	if err != nil && (token == "" || local.Address == "") {
		return nil, err
	}
	if token == "" {
		token = local.Key
	}
	return overLoopback(local, token), nil
}

// overLoopback is a server on this machine.
func overLoopback(local wsserver.Local, secret string) *server {
	base := &url.URL{Scheme: "http", Host: local.Address}
	transport := &http.Transport{}
	if local.TLS {
		base.Scheme = "https"
		// The certificate is for the server's name on the network. That it is this server is known by its lock and its port.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	}
	return newServer(base, secret, transport)
}

func newServer(base *url.URL, secret string, transport *http.Transport) *server {
	transport.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	transport.ResponseHeaderTimeout = answerTimeout
	return &server{base, secret, &http.Client{
		Transport: transport,
		// The token is for the server that was named, and nobody that it names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// parseServer reads an address as people write it.
func parseServer(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, wrongUsage("-server must be an address such as http://192.168.1.24:8000")
	}
	return u, nil
}

// request makes a request of the API. body is sent as JSON, nil: none.
func (s *server) request(ctx context.Context, method, path string, query url.Values, body any) (*http.Request, error) {
	at := s.base.JoinPath("/api/v1/", path)
	at.RawQuery = query.Encode()
	var sent io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, at.String(), sent)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.secret)
	r.Header.Set("User-Agent", "belfry")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// do asks the API, and reads the answer into answer.
func (s *server) do(ctx context.Context, method, path string, query url.Values, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	r, err := s.request(ctx, method, path, query, body)
	if err != nil {
		return err
	}
	response, err := s.client.Do(r)
	if err != nil {
		return s.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }() // it has been read
	b, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return s.unreachable(err)
	}
	if response.StatusCode != http.StatusOK {
		return s.refusal(response.StatusCode, b)
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return s.noBelfry()
	}
	return nil
}

// refusedError is what the server says instead of an answer.
type refusedError struct {
	status int
	wire.Refusal
}

func (e *refusedError) Error() string { return e.Message }

// refusal reads why a server refused a request.
func (s *server) refusal(status int, body []byte) error {
	e := &refusedError{status: status}
	if json.Unmarshal(body, &e.Refusal) != nil || e.Message == "" {
		return s.noBelfry()
	}
	return e
}

// problemOf is a failure as a person reads it.
func problemOf(err error) error {
	var refused *refusedError
	if !errors.As(err, &refused) {
		return err
	}
	hint := "The server refused it: " + refused.Code + "."
	switch refused.status {
	case http.StatusUnauthorized:
		hint = "Make a token in the dashboard, in Settings under Programs, or with belfry token add."
	case http.StatusForbidden:
		hint = "Make a token with that right."
	case http.StatusNotFound:
		hint = "Check the spelling of -to."
	}
	return &wire.Problem{Message: forTerminal(refused.Message), Hint: hint, Err: err}
}

func (s *server) unreachable(err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return &wire.Problem{
		Message: fmt.Sprintf("Belfry cannot be reached at %s: %s.", s.base.Host, wire.Reason(err)),
		Hint:    "Check the address, and that Belfry is running there.", Err: err,
	}
}

func (s *server) noBelfry() error {
	return &wire.Problem{Message: fmt.Sprintf("What answers at %s is no Belfry, or one without this API.", s.base.Host), Hint: "Check the address, and the version of Belfry there."}
}
