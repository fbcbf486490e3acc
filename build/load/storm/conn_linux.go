package storm

import (
	"errors"
	"fmt"
	"syscall"
	"time"
)

// state of a connection.
type state uint8

const (
	closed state = iota
	connecting
	shaking // hands: the request of the handshake is sent
	open
)

// perAddress is how many connections one loopback address makes: it has about 28,000 ports.
const perAddress = 20_000

// bindNoPort is IP_BIND_ADDRESS_NO_PORT: the port is chosen when the socket connects, not when it is bound.
const bindNoPort = 24

// conn is a WebSocket connection of the loop. It can be dialled again after its end.
type conn struct {
	loop          *loop
	to            *target // nil: where the loop's connections go
	path, headers string
	opened        func()
	frame         func(frame []byte)
	ended         func(error) // not called after close

	fd       int
	state    state
	writable bool // epoll waits until it can be written to
	rest     []byte
	out      []byte
	dialled  time.Duration
}

// where is where it goes.
func (c *conn) where() *target {
	if c.to != nil {
		return c.to
	}
	return c.loop.target
}

// dial begins a handshake.
func (c *conn) dial() {
	c.dialled = c.loop.now()
	if err := c.connect(); err != nil {
		c.loop.fail(fmt.Errorf("connection %d: %w", c.loop.opened, err))
	}
}

func (c *conn) connect() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err // most likely there are too few descriptors
	}
	l := c.loop
	from := syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, byte(2 + l.opened/perAddress%250)}}
	l.opened++
	err = errors.Join(syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1),
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindNoPort, 1), syscall.Bind(fd, &from))
	if err == nil {
		if err = syscall.Connect(fd, &c.where().server); errors.Is(err, syscall.EINPROGRESS) {
			err = nil
		}
	}
	if err == nil {
		err = syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: events(true), Fd: int32(fd)})
	}
	if err != nil {
		return errors.Join(err, syscall.Close(fd))
	}
	c.fd, c.state, c.writable, c.rest, c.out = fd, connecting, true, nil, nil
	l.conns[int32(fd)] = c
	return nil
}

func events(writable bool) uint32 {
	if writable {
		return syscall.EPOLLIN | syscall.EPOLLOUT
	}
	return syscall.EPOLLIN
}

// await tells epoll whether to wait until it can be written to.
func (c *conn) await(writable bool) {
	if c.writable == writable {
		return
	}
	c.writable = writable
	if err := syscall.EpollCtl(c.loop.epoll, syscall.EPOLL_CTL_MOD, c.fd, &syscall.EpollEvent{Events: events(writable), Fd: int32(c.fd)}); err != nil {
		c.loop.fail(fmt.Errorf("epoll: %w", err))
	}
}

// ready handles what epoll reports.
func (c *conn) ready(events uint32) {
	if c.state == connecting {
		c.connected()
	} else if events&syscall.EPOLLOUT != 0 {
		c.await(false)
		out := c.out
		c.out = nil
		c.write(out)
	}
	if c.state > connecting && events&^syscall.EPOLLOUT != 0 {
		c.receive()
	}
}

// connected sends the handshake, or ends the connection if it was refused.
func (c *conn) connected() {
	if code, err := syscall.GetsockoptInt(c.fd, syscall.SOL_SOCKET, syscall.SO_ERROR); err != nil || code != 0 {
		c.end(errors.Join(err, syscall.Errno(code)))
		return
	}
	c.await(false)
	c.state = shaking
	c.write(handshake(c.where().host, c.path, c.headers))
}

// say sends a text frame.
func (c *conn) say(text []byte) {
	if c.state == open {
		c.write(appendFrame(nil, opText, text))
	}
}

// write sends bytes, or what the socket does not take of them later.
func (c *conn) write(b []byte) {
	if len(c.out) == 0 && len(b) > 0 {
		n, err := syscall.Write(c.fd, b)
		if err != nil && !errors.Is(err, syscall.EAGAIN) {
			c.end(err)
			return
		}
		b = b[max(0, n):]
	}
	if len(b) > 0 {
		c.out = append(c.out, b...)
		c.await(true)
	}
}

// receive reads what has come. Where there is more, epoll reports the socket again.
func (c *conn) receive() {
	n, err := syscall.Read(c.fd, c.loop.read)
	switch {
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR):
		return
	case err != nil:
		c.end(err)
		return
	case n == 0:
		c.end(errors.New("closed without a close frame"))
		return
	}
	c.loop.at = c.loop.now()
	b := c.loop.read[:n]
	if len(c.rest) > 0 {
		b = append(c.rest, b...)
	}
	used := c.take(b)
	if c.state != closed {
		c.rest = append(c.rest[:0:0], b[used:]...)
	}
}

// take handles whole frames, and returns how many bytes they have.
func (c *conn) take(b []byte) (used int) {
	if c.state == shaking {
		size, err := cutAnswer(b)
		if err != nil {
			c.end(err)
		}
		if size == 0 {
			return 0
		}
		used, c.state = size, open
		c.opened()
	}
	for c.state == open {
		op, payload, size, err := cutFrame(b[used:])
		if err != nil {
			c.end(err)
		}
		if size == 0 {
			return used
		}
		used += size
		c.handle(op, payload)
	}
	return used
}

func (c *conn) handle(op byte, payload []byte) {
	switch op {
	case opText:
		c.frame(payload)
	case opPing:
		c.write(appendFrame(nil, opPong, payload))
	case opClose:
		code := 0
		if len(payload) >= 2 {
			code = int(payload[0])<<8 | int(payload[1])
		}
		c.end(fmt.Errorf("closed with %d", code))
	}
}

// end is the end that somebody else made.
func (c *conn) end(err error) {
	if c.state != closed {
		c.close()
		c.ended(err)
	}
}

// close closes the socket.
func (c *conn) close() {
	if c.state != closed {
		_ = syscall.Close(c.abandon())
	}
}

// abandon leaves the socket open, unread and silent, and returns it.
func (c *conn) abandon() (fd int) {
	_ = syscall.EpollCtl(c.loop.epoll, syscall.EPOLL_CTL_DEL, c.fd, nil) // it is in there
	delete(c.loop.conns, int32(c.fd))
	c.state, c.rest, c.out = closed, nil, nil
	return c.fd
}
