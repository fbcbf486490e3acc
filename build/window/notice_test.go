//go:build window

package window

import (
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// notice is a notification that the desktop was asked to show.
type notice struct{ title, text string }

// noticeboard is the part of a desktop that shows notices.
type noticeboard chan notice

// Notify is org.freedesktop.Notifications.Notify.
func (b noticeboard) Notify(_ string, _ uint32, _, title, text string, _ []string, _ map[string]dbus.Variant,
	_ int32,
) (uint32, *dbus.Error) {
	b <- notice{title, text}
	return 1, nil
}

func openNoticeboard(t *testing.T) noticeboard {
	t.Helper()
	const name = "org.freedesktop.Notifications"
	session, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	b := make(noticeboard, 10)
	if err := session.Export(b, "/org/freedesktop/Notifications", name); err != nil {
		t.Fatal(err)
	}
	if r, err := session.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("take the desktop's place: %v, %v", r, err)
	}
	return b
}

// TestNotice: the desktop shows a notification of a message while another window is in front, and only then.
func TestNotice(t *testing.T) {
	b := openNoticeboard(t)
	d := begin(t)
	d.find(t, entry, "Message").write(t, "In front") // typing works only there
	c := dial(t, d.address)
	c.send(t, `{"action":"subscribe","user_id":"abc123"}`)
	c.send(t, `{"action":"notify","message":"Seen at once"}`)
	await(t, "the message on the screen", func() (node, bool) { return d.screenText("Seen at once") })

	// Without a window manager the newest window covers the others.
	startApp(t, d.screen, t.TempDir(), "-addr", freeAddress(t), "-data", "memory")
	await(t, "a second window", func() (node, bool) {
		apps := d.root().children()
		if len(apps) < 2 {
			return node{}, false
		}
		return apps[1].find(button, "Send")
	})
	c.send(t, `{"action":"notify","message":"$(id) <b>Where are you?</b>"}`)
	select {
	case n := <-b:
		if want := (notice{"No name (abc123) wrote to you", "＄(id) ‹b›Where are you?‹/b›"}); n != want {
			t.Errorf("the notice is %q, want %q", n, want)
		}
	case <-time.After(patience):
		t.Error("no notice came")
	}
}
