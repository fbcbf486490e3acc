package cli

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
)

func readAll(stream string) (events []event, err error) {
	err = readEvents(context.Background(), io.NopCloser(strings.NewReader(stream)), func(e event) error {
		events = append(events, e)
		return nil
	})
	return events, err
}

func TestReadEvents_ReadsWhatTheServerSends(t *testing.T) {
	events, err := readAll(": hello\n\nevent: message\nid: 7\ndata: {\"seq\":7}\n\nevent: recovered\ndata: a\ndata: b\n\n:\n\nevent: message\ndata: cut off")
	want := []event{{"message", `{"seq":7}`}, {"recovered", "a\nb"}}
	if !reflect.DeepEqual(events, want) || !errors.Is(err, errEnded) {
		t.Errorf("read %+v, error %v", events, err)
	}
}

func TestReadEvents_ASilentServerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body, in := io.Pipe()
		defer func() { _ = in.Close() }()
		if err := readEvents(t.Context(), body, func(event) error { return nil }); !errors.Is(err, errSilent) {
			t.Errorf("error %v", err)
		}
	})
}

func FuzzReadEvents(f *testing.F) {
	f.Add("event: message\ndata: {}\n\n")
	f.Add("data\n\r\n:::\nevent:\ndata:x\n\n")
	f.Fuzz(func(t *testing.T, stream string) {
		if _, err := readAll(stream); err == nil {
			t.Error("a stream that has ended gives no error")
		}
	})
}
