// Package server runs the program under measurement, and reads what it uses.
package server

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Server is a Belfry that runs with its own folder, on a free port of the loopback address.
type Server struct {
	// Host is its address with the port, Key the operator's key.
	Host, Key string
	// Took is how long it took until it listened.
	Took time.Duration

	bin, data string
	fresh     bool // the folder was made for it, and goes with it
	cmd       *exec.Cmd
}

// Start starts one without any limit per client. data is its folder; "memory" keeps no log, and "" makes a fresh folder.
func Start(bin, data string) (*Server, error) {
	s := &Server{bin: bin, data: data}
	if data == "" {
		dir, err := os.MkdirTemp("", "belfry-load-")
		if err != nil {
			return nil, err
		}
		s.data, s.fresh = dir, true
	}
	began := time.Now()
	//nolint:noctx // ended by Stop
	s.cmd = exec.Command(bin, "-headless", "-addr", "127.0.0.1:0", "-data", s.data, "-client-rate", "0", "-max-per-address", "0")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.clean()
		return nil, fmt.Errorf("start %s: %w", bin, err)
	}
	lines := bufio.NewReader(out)
	client, err := lines.ReadString('\n')
	s.Took = time.Since(began)
	dashboard, errToo := lines.ReadString('\n')
	host, ok := strings.CutPrefix(strings.TrimSpace(client), "client http://")
	_, key, okToo := strings.Cut(strings.TrimSpace(dashboard), "#token=")
	if err != nil || errToo != nil || !ok || !okToo {
		s.Stop()
		return nil, fmt.Errorf("%s printed %q and %q", bin, client, dashboard)
	}
	s.Host, s.Key = strings.TrimSuffix(host, "/"), key
	return s, nil
}

// URL is where its clients connect.
func (s *Server) URL() string { return "ws://" + s.Host + "/ws/client" }

// Stop ends it, and waits for that.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait() // how it ends does not matter here
	s.clean()
}

func (s *Server) clean() {
	if s.fresh {
		_ = os.RemoveAll(s.data)
	}
}

// Token makes an access token for the topic general.
func (s *Server) Token() (string, error) {
	//nolint:noctx // it ends by itself
	out, err := exec.Command(s.bin, "token", "add", "-data", s.data, "-name", "load", "-publish", "general", "-rate", "0").Output()
	if err != nil {
		return "", fmt.Errorf("belfry token: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
