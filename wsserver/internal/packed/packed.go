// Package packed reads varints and texts that stand one after the other, as receipts and announcements are stored.
package packed

import "encoding/binary"

// Numbers reads varints and texts, one after the other.
type Numbers struct {
	left    []byte
	bad     error
	damaged bool
}

// NumbersOf reads b. bad is the error where something of it cannot be read.
func NumbersOf(b []byte, bad error) *Numbers { return &Numbers{left: b, bad: bad} }

// Err is an error if something was not there to be read, or not as it must be.
func (n *Numbers) Err() error {
	if n.damaged {
		return n.bad
	}
	return nil
}

// Refuse has Err return the error where what was read cannot be.
func (n *Numbers) Refuse(what bool) { n.damaged = n.damaged || what }

// More reports whether there is something left to be read.
func (n *Numbers) More() bool { return len(n.left) > 0 && !n.damaged }

// Byte reads one byte.
func (n *Numbers) Byte() byte {
	if !n.More() {
		n.damaged = true
		return 0
	}
	b := n.left[0]
	n.left = n.left[1:]
	return b
}

// Uvarint reads a number; 0 if there is none.
func (n *Numbers) Uvarint() uint64 {
	v, size := binary.Uvarint(n.left)
	n.skip(size)
	return v
}

// Varint reads a number that may be negative; 0 if there is none.
func (n *Numbers) Varint() int64 {
	v, size := binary.Varint(n.left)
	n.skip(size)
	return v
}

// Count reads how many of something follow, each of at least one byte.
func (n *Numbers) Count() int {
	v := n.Uvarint()
	if n.Refuse(v > uint64(len(n.left))); n.damaged {
		return 0
	}
	return int(v) //nolint:gosec // at most as many as there are bytes
}

// Text reads a text.
func (n *Numbers) Text() string { return string(n.Bytes()) }

// Bytes reads a text, as a part of what is read.
func (n *Numbers) Bytes() []byte {
	size := n.Count()
	b := n.left[:size]
	n.left = n.left[size:]
	return b
}

func (n *Numbers) skip(size int) {
	if size <= 0 {
		n.damaged, n.left = true, nil
		return
	}
	n.left = n.left[size:]
}

// Rest reads all that is left, as a part of what is read.
func (n *Numbers) Rest() []byte {
	b := n.left
	n.left = nil
	return b
}
