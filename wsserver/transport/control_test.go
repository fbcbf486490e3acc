package transport

import (
	"bytes"
	"testing"
)

func TestControl_TakesWholePingsAndPongsAlone(t *testing.T) {
	pong := []byte{0x8a, 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2}
	change := func(at int, to byte) []byte {
		b := bytes.Clone(pong)
		b[at] = to
		return b
	}
	for _, c := range []struct {
		name string
		in   []byte
		kind int // 0: it is left alone
		data string
		rest string
	}{
		{"a pong", pong, 10, "hi", ""},
		{"a ping", change(0, 0x89), 9, "hi", ""},
		{"more behind it", append(bytes.Clone(pong), "more"...), 10, "hi", "more"},
		{"an empty one", []byte{0x8a, 0x80, 1, 2, 3, 4}, 10, "", ""},
		{"a close", change(0, 0x88), 0, "", ""},
		{"text", change(0, 0x81), 0, "", ""},
		{"a part of one", pong[:7], 0, "", ""},
		{"its head alone", pong[:1], 0, "", ""},
		{"nothing", nil, 0, "", ""},
		{"unmasked", change(1, 0x02), 0, "", ""},
		{"fragmented", change(0, 0x0a), 0, "", ""},
		{"a reserved bit", change(0, 0xca), 0, "", ""},
		{"too long", append([]byte{0x8a, 0xfe, 0, 126}, make([]byte, 130)...), 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := bytes.Clone(c.in)
			kind, data, rest, ok := parseControl(in)
			if ok != (c.kind != 0) {
				t.Fatalf("taken: %v", ok)
			}
			if !ok {
				if !bytes.Equal(rest, c.in) {
					t.Errorf("left %q of %q", rest, c.in)
				}
				return
			}
			if kind != c.kind || data != c.data || string(rest) != c.rest {
				t.Errorf("kind %d, data %q, rest %q", kind, data, rest)
			}
		})
	}
}
