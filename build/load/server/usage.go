package server

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Usage is what the server has used so far. OK is false if the system has no /proc to read it from.
type Usage struct {
	CPU          time.Duration
	Memory, Peak int64 // resident bytes, now and at most
	Written      int64 // bytes given to write(2) and pwrite(2), most of them for files: the sockets have other calls
	OK           bool
}

// Usage reads it.
func (s *Server) Usage() Usage { return UsageOf(s.cmd.Process.Pid) }

// UsageOf reads what another process has used.
func UsageOf(pid int) (u Usage) {
	var ok bool
	if u.CPU, ok = cpuOf(pid); !ok {
		return u
	}
	status, err := os.ReadFile(proc(pid, "status"))
	if err != nil {
		return u
	}
	u.Memory, u.Peak = figure(status, "VmRSS:")*1024, figure(status, "VmHWM:")*1024
	if io, err := os.ReadFile(proc(pid, "io")); err == nil { // some containers forbid it
		u.Written = figure(io, "wchar:")
	}
	u.OK = true
	return u
}

// cpuOf is the CPU time of all threads of a process. The first figure of schedstat has nanoseconds; utime and stime of stat count whole ticks.
func cpuOf(pid int) (sum time.Duration, ok bool) {
	tasks, err := filepath.Glob(proc(pid, "task", "*", "schedstat"))
	if err != nil {
		return 0, false
	}
	for _, task := range tasks {
		b, err := os.ReadFile(task)
		if err != nil {
			continue // it has just ended
		}
		ns, _, _ := strings.Cut(string(b), " ")
		n, err := strconv.ParseInt(ns, 10, 64)
		if err != nil {
			return 0, false
		}
		sum += time.Duration(n)
	}
	return sum, len(tasks) > 0
}

// ForgetPeak lets Peak begin anew.
func (s *Server) ForgetPeak() {
	_ = os.WriteFile(proc(s.cmd.Process.Pid, "clear_refs"), []byte("5"), 0)
} // where that is forbidden, it is that of the whole run

func proc(pid int, names ...string) string {
	return filepath.Join(append([]string{"/proc", strconv.Itoa(pid)}, names...)...)
}

// figure is the number behind a name at the beginning of a line; 0 if there is none.
func figure(text []byte, name string) int64 {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			n, _ := strconv.ParseInt(number, 10, 64) // of a kernel's table
			return n
		}
	}
	return 0
}
