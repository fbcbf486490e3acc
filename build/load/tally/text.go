// Package tally checks and counts what subscribers receive: each message once, in order, and how long it took.
package tally

import (
	"bytes"
	"strings"
	"time"
)

const (
	// mark begins a text; the number of the message and the time of sending follow, in hexadecimal, digits digits each.
	mark   = "load:"
	digits = 16
	head   = len(mark) + 2*digits
)

// Text is the text of message n, sent at a time since the run began. It has size bytes, or a few more if that is too short.
func Text(n uint64, sent time.Duration, size int) string {
	var b strings.Builder
	b.Grow(max(size, head))
	b.WriteString(mark)
	writeHex(&b, n)
	writeHex(&b, uint64(sent))
	for b.Len() < size {
		b.WriteByte('x')
	}
	return b.String()
}

// Parse finds such a text in a frame.
func Parse(frame []byte) (n uint64, sent time.Duration, ok bool) {
	i := bytes.Index(frame, []byte(mark))
	if i < 0 || len(frame) < i+head {
		return 0, 0, false
	}
	rest := frame[i+len(mark):]
	n, ok = parseHex(rest[:digits])
	ns, okToo := parseHex(rest[digits : 2*digits])
	return n, time.Duration(ns), ok && okToo
}

func writeHex(b *strings.Builder, v uint64) {
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b.WriteByte("0123456789abcdef"[v>>shift&15])
	}
}

// parseHex is by hand: a storm has millions of them.
func parseHex(b []byte) (v uint64, ok bool) {
	for _, c := range b {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return 0, false
		}
		v = v<<4 | uint64(c)
	}
	return v, true
}
