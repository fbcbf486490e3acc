package cli

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"

	"belfry/wsserver"
	"belfry/wsserver/wire"
)

const healthUsage = `Usage: belfry health [flags]

Asks a running Belfry whether it serves, for the health check of a container or a watchdog. It needs no key. The status is 0
if it does, 1 if not.

Flags:
`

// maxHealth bounds what is read of an answer of a few words.
const maxHealth = 4 << 10

// health is the verb of that name.
func health(c *call) error {
	f := flag.NewFlagSet("health", flag.ContinueOnError)
	var flags serverFlags
	flags.add(f, "to ask")
	ready := f.Bool("ready", false, "ask whether people can write too, as /readyz does")
	words, err := c.parse(f, c.args, usageOf(healthUsage, f))
	if err != nil {
		return err
	}
	if len(words) > 0 {
		return wrongUsage("unexpected argument %q", words[0])
	}
	s, err := c.anyServer(flags)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	if *ready {
		return s.ready(ctx)
	}
	return s.healthy(ctx)
}

// anyServer finds the server of a verb that needs no key.
func (c *call) anyServer(flags serverFlags) (*server, error) {
	base, err := c.named(flags)
	if err != nil {
		return nil, err
	}
	if base != nil {
		return overNetwork(base, ""), nil
	}
	dir, err := c.folder(flags.data)
	if err != nil {
		return nil, err
	}
	local, err := wsserver.FindLocal(dir)
	if local.Address == "" {
		return nil, err // otherwise only its key is missing
	}
	return overLoopback(local, ""), nil
}

// healthy is nil if the server answers /healthz.
func (s *server) healthy(ctx context.Context) error {
	status, body, err := s.ask(ctx, "healthz")
	if err == nil && (status != http.StatusOK || strings.TrimSpace(string(body)) != "ok") {
		err = s.noBelfry()
	}
	return err
}

// ready is nil if the server answers /readyz that people can write.
func (s *server) ready(ctx context.Context) error {
	status, body, err := s.ask(ctx, "readyz")
	if err != nil {
		return err
	}
	var answer struct {
		Ready bool     `json:"ready"`
		Why   []string `json:"why"`
	}
	if json.Unmarshal(body, &answer) != nil || status != http.StatusOK && len(answer.Why) == 0 {
		return s.noBelfry()
	}
	if !answer.Ready {
		return &wire.Problem{
			Message: fmt.Sprintf("Nobody can write at %s now: %s.", s.base.Host, forTerminal(strings.Join(answer.Why, ", "))),
			Hint:    "docs/metrics.md says what each word means. Belfry's own log has the reason.",
		}
	}
	return nil
}

// ask requests one of the addresses that need no key.
func (s *server) ask(ctx context.Context, path string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base.JoinPath(path).String(), http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	response, err := s.client.Do(r)
	if err != nil {
		return 0, nil, s.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }() // it has been read
	if body, err = io.ReadAll(io.LimitReader(response.Body, maxHealth)); err != nil {
		return 0, nil, s.unreachable(err)
	}
	return response.StatusCode, body, nil
}
