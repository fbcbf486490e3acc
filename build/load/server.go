package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the program under measurement.
type server struct {
	cmd *exec.Cmd
	url string
	dir string
}

func start(p plan) (*server, error) {
	s := &server{}
	data := p.data
	if data != "memory" {
		dir, err := os.MkdirTemp("", "belfry-load-")
		if err != nil {
			return nil, err
		}
		s.dir, data = dir, dir
	}
	//nolint:noctx // ended by stop
	s.cmd = exec.Command(p.bin, "-headless", "-addr", "127.0.0.1:0", "-data", data, "-client-rate", "0", "-max-per-address", "0")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", p.bin, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "client http://")
	if err != nil || !ok {
		s.stop()
		return nil, fmt.Errorf("%s printed %q: %w", p.bin, line, err)
	}
	s.url = "ws://" + url + "ws/client"
	return s, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait() // how it ends does not matter here
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// usage is the CPU time and the memory in bytes that the server uses. ok is false if the system has no /proc.
type usage struct {
	cpu    time.Duration
	memory int64
	ok     bool
}

func (s *server) usage() (u usage) {
	proc := filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid))
	// The first figure of schedstat is the CPU time of a thread in nanoseconds: utime and stime of stat count whole ticks.
	tasks, err := filepath.Glob(filepath.Join(proc, "task", "*", "schedstat"))
	if err != nil {
		return u
	}
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if err != nil {
			continue // it has just ended
		}
		ns, _, _ := strings.Cut(string(b), " ")
		n, err := strconv.ParseInt(ns, 10, 64)
		if err != nil {
			return u
		}
		u.cpu += time.Duration(n)
	}
	b, err := os.ReadFile(filepath.Join(proc, "statm"))
	if err != nil {
		return u
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return u
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	u.memory = pages * int64(os.Getpagesize())
	u.ok = err == nil
	return u
}
