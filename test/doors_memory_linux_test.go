package test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// resident is the memory of the program, in bytes.
func (p *program) resident() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		p.t.Fatal(err)
	}
	return n << 10
}

// each opens n connections, and returns how much memory each takes.
func (p *program) each(n int, open func() net.Conn) int {
	p.t.Helper()
	settle := func() int {
		// Messages make the program collect its garbage, which is not what a connection takes.
		least := p.resident()
		for range 20 {
			time.Sleep(100 * time.Millisecond)
			least = min(least, p.resident())
		}
		return least
	}
	before := settle()
	for range n {
		nc := open()
		p.t.Cleanup(func() { _ = nc.Close() })
	}
	return (settle() - before) / n
}

func (p *program) request(head string, until string) net.Conn {
	p.t.Helper()
	nc, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := nc.Write([]byte(head)); err != nil {
		p.t.Fatal(err)
	}
	in := bufio.NewReader(nc)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			p.t.Fatal(err)
		}
		if strings.Contains(line, until) {
			return nc
		}
	}
}

// A program that listens takes no more memory than three people's pages.
func TestDoors_AListenerIsCheap(t *testing.T) {
	if raced() {
		t.Skip("the race detector takes memory of its own for each")
	}
	const n, files = 1000, 3000 // one thousand stays open beside the other, and some belong to the program
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most); err != nil {
		t.Fatal(err)
	}
	if most.Max < files {
		t.Skipf("not checked: a process may open %d files here, and this takes up to %d", most.Max, files)
	}
	var client, listener int
	for _, listen := range []bool{false, true} {
		p := newProgram(t)
		token := p.token("add", "-name", "reader", "-read", "general")
		p.start()
		if listen {
			head := "GET /general/json HTTP/1.1\r\nHost: " + p.addr + "\r\nAuthorization: Bearer " + token + "\r\n\r\n"
			listener = p.each(n, func() net.Conn { return p.request(head, `"event":"open"`) })
		} else {
			client = p.each(n, func() net.Conn {
				c := p.device()
				c.Subscribe("general")
				return c.Conn().UnderlyingConn()
			})
		}
		p.kill()
	}
	t.Logf("a listener takes %d bytes, a page %d", listener, client)
	if listener > 3*client {
		t.Errorf("a listener takes %d bytes, a page %d", listener, client)
	}
}
