package delta

import "encoding/binary"

// Numbers reads varints and texts, one after the other.
type Numbers struct {
	left    []byte
	damaged bool
}

// NumbersOf reads b.
func NumbersOf(b []byte) *Numbers { return &Numbers{left: b} }

// Err is ErrDamaged if something was not there to be read, or not as it must be.
func (n *Numbers) Err() error {
	if n.damaged {
		return ErrDamaged
	}
	return nil
}

// Refuse has Err return ErrDamaged where what was read cannot be.
func (n *Numbers) Refuse(what bool) { n.damaged = n.damaged || what }

// more reports whether there is something left to be read.
func (n *Numbers) more() bool { return len(n.left) > 0 && !n.damaged }

// Byte reads one byte.
func (n *Numbers) Byte() byte {
	if !n.more() {
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
func (n *Numbers) Text() string {
	size := n.Count()
	s := string(n.left[:size])
	n.left = n.left[size:]
	return s
}

func (n *Numbers) skip(size int) {
	if size <= 0 {
		n.damaged, n.left = true, nil
		return
	}
	n.left = n.left[size:]
}
