package storm

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unmasked is a frame as the server sends it.
func unmasked(op byte, payload string) []byte {
	b := appendFrame(nil, op, []byte(payload))
	at := len(b) - len(payload)
	head := append([]byte{}, b[:at-4]...)
	head[1] &^= 0x80
	return append(head, payload...)
}

func TestFrame_EachLengthIsReadWhole(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 200_000} {
		text := strings.Repeat("x", size)
		b := append(unmasked(opText, text), unmasked(opPing, "next")...)
		op, payload, n, err := cutFrame(b)
		if op != opText || string(payload) != text || err != nil {
			t.Fatalf("%d bytes: %d, %d bytes, %v", size, op, len(payload), err)
		}
		if op, payload, _, err := cutFrame(b[n:]); op != opPing || string(payload) != "next" || err != nil {
			t.Errorf("behind %d bytes: %d, %q, %v", size, op, payload, err)
		}
		for _, short := range []int{0, 1, 2, 3, 9, n - 1} {
			if short < n {
				if _, _, n, err := cutFrame(b[:short]); n != 0 || err != nil {
					t.Errorf("the first %d bytes of %d: %d, %v", short, size, n, err)
				}
			}
		}
	}
}

func TestFrame_IsMasked(t *testing.T) {
	b := appendFrame(nil, opText, []byte("hello, hello"))
	if bytes.Contains(b, []byte("hello")) || b[1] != 0x80|12 {
		t.Fatalf("% x", b)
	}
	for i := range b[6:] {
		b[6+i] ^= b[2+i&3]
	}
	if string(b[6:]) != "hello, hello" {
		t.Errorf("%q", b[6:])
	}
}

func TestFrame_RefusesWhatTheServerNeverSends(t *testing.T) {
	for want, b := range map[error][]byte{
		errMasked:   appendFrame(nil, opText, []byte("x")),
		errFragment: {0x01, 1, 'x'},
		errTooLarge: {0x81, 127, 0, 0, 0, 0, 1, 0, 0, 1},
	} {
		if _, _, _, err := cutFrame(b); !errors.Is(err, want) {
			t.Errorf("% x: %v, want %v", b, err, want)
		}
	}
}

func TestAnswer(t *testing.T) {
	good := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n"
	if n, err := cutAnswer([]byte(good + "frame")); n != len(good) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := cutAnswer([]byte(good[:len(good)-1])); n != 0 || err != nil {
		t.Errorf("not whole: %d, %v", n, err)
	}
	for _, bad := range []string{"HTTP/1.1 503 Service Unavailable\r\n\r\n", strings.Replace(good, accept, "bm90IHRoaXM=", 1)} {
		if _, err := cutAnswer([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// What is looked for in bytes must be what decoding finds, in each frame of the protocol.
func TestFields_OfTheProtocolsFrames(t *testing.T) {
	files, err := filepath.Glob("../../../wsserver/testdata/protocol/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var golden struct {
			Direction string
			Frame     json.RawMessage
		}
		if err := json.Unmarshal(b, &golden); err != nil {
			t.Fatal(err)
		}
		if golden.Direction != "out" || golden.Frame == nil || strings.HasPrefix(filepath.Base(file), "dashboard_") {
			continue // a dashboard's answers are the test below
		}
		var frame bytes.Buffer
		var want struct {
			Type, Epoch string
			Seq         uint64
			Complete    bool
		}
		if err := errors.Join(json.Compact(&frame, golden.Frame), json.Unmarshal(golden.Frame, &want)); err != nil {
			t.Fatal(err)
		}
		got := frame.Bytes()
		if kindOf(got) != want.Type || isTrue(got, "complete") != want.Complete {
			t.Errorf("%s: type %q, complete %v", file, kindOf(got), isTrue(got, "complete"))
		}
		if kind := want.Type; kind == "welcome" || kind == "message" || kind == "accepted" {
			if numberIn(got, "seq") != want.Seq || textIn(got, "epoch") != want.Epoch {
				t.Errorf("%s: seq %d, epoch %q", file, numberIn(got, "seq"), textIn(got, "epoch"))
			}
		}
	}
}

func TestFields_WhereThereAreNone(t *testing.T) {
	answer := []byte(`{"id":"7","seq":12,"time":"…","type":"result"}`)
	if kindOf(answer) != "" || numberIn(answer, "seq") != 12 || textIn(answer, "id") != "7" {
		t.Errorf("%q, %d, %q", kindOf(answer), numberIn(answer, "seq"), textIn(answer, "id"))
	}
	if numberIn(answer, "rev") != 0 || textIn(answer, "epoch") != "" || isTrue(answer, "more") {
		t.Error("it finds what is not there")
	}
}
