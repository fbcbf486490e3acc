//go:build window

package window

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinks_LeadOutOfTheWindow: a link that a guest wrote is opened by the system's browser, whichever button or key is
// pressed on it, and the window stays what it is.
func TestLinks_LeadOutOfTheWindow(t *testing.T) {
	d, evil := begin(t), openStranger(t)
	d.find(t, button, "Send")
	c := dial(t, d.address)
	c.send(t, `{"action":"subscribe","user_id":"abc123"}`)
	want := evil.url + "/timetable"
	c.send(t, fmt.Sprintf(`{"action":"notify","message":"%s is the new timetable, is it right?"}`, want))
	n := d.find(t, link, evil.url)

	for i, press := range []struct {
		name string
		do   func()
	}{
		{"left", func() { d.screen.click(t, n, "1") }},
		{"middle", func() { d.screen.click(t, n, "2") }},
		{"ctrl and left", func() { d.screen.click(t, n, "1", "ctrl") }},
		{"shift and left", func() { d.screen.click(t, n, "1", "shift") }},
		{"ctrl, shift and middle", func() { d.screen.click(t, n, "2", "ctrl", "shift") }},
		{"alt and left", func() { d.screen.click(t, n, "1", "alt") }},
		{"enter", func() { n.focus(t); d.screen.hand(t, "key", "Return") }},
		{"ctrl and enter", func() { n.focus(t); d.screen.hand(t, "key", "ctrl+Return") }},
	} {
		press.do()
		await(t, press.name+" to open the link", func() (bool, bool) { return true, len(d.opened()) > i })
		if got := d.opened(); len(got) != i+1 || got[i] != want {
			t.Fatalf("after %s the browser was asked to open %q", press.name, got)
		}
		d.stays(t, evil, press.name)
	}
	d.screen.keep(t, "link")

	// Three clicks select the line with the link: the menu over it could open what is selected.
	d.screen.click(t, d.find(t, link, evil.url), "3")
	d.screen.hand(t, "key", "Down", "key", "Return")
	d.screen.hand(t, "key", "Escape", "key", "alt+Left", "key", "alt+Right", "key", "F5", "key", "ctrl+r")
	d.stays(t, evil, "a menu, and the keys of a browser")
}

// TestDrops_NeverTakeThePlaceOfTheDashboard: files, links and pages that are let go over the window.
func TestDrops_NeverTakeThePlaceOfTheDashboard(t *testing.T) {
	d, evil := begin(t), openStranger(t)
	file := filepath.Join(d.home, "list.html")
	page := `<title>false dashboard</title><script>window.webkit.messageHandlers.external.postMessage(` +
		`'C{"name":"main.App.Quit","args":[],"callbackID":"a"}')</script><meta http-equiv="refresh" content="0;` + evil.url + `">`
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	d.find(t, button, "Send")
	onto := d.find(t, button, "Name the room")
	for _, drop := range []struct{ kind, data string }{
		{"text/uri-list", "file://" + file + "\r\n"},
		{"text/uri-list", evil.url + "/dropped\r\n"},
		{"text/x-moz-url", evil.url + "/dropped\nA link"},
		{"_NETSCAPE_URL", evil.url + "/dropped\nA link"},
		{"text/html", `<a href="` + evil.url + `/dropped">A link</a>`},
		{"text/plain", evil.url + "/dropped"},
	} {
		d.screen.dragged(t, drop.kind, drop.data, onto)
		d.stays(t, evil, "a drop of "+drop.kind)
	}
	message := d.find(t, entry, "Message")
	d.screen.dragged(t, "text/uri-list", "file://"+file+"\r\n", message)
	if got := message.text(); got != "" {
		t.Errorf("a file let go over a field writes %q into it", got)
	}
	d.stays(t, evil, "a drop on a field")
	if got := d.opened(); len(got) > 0 {
		t.Errorf("the browser was asked to open %q", got)
	}
}

// TestEnvironment_DoesNotLeadThePageElsewhere: what Wails' development mode reads means nothing to the program.
func TestEnvironment_DoesNotLeadThePageElsewhere(t *testing.T) {
	evil := openStranger(t)
	d := &day{home: t.TempDir()}
	d.data = filepath.Join(d.home, "data")
	d.more = []string{
		"frontenddevserverurl=" + evil.url, "devserver=" + strings.TrimPrefix(evil.url, "http://"), "assetdir=" + d.home,
		"FRONTENDDEVSERVERURL=" + evil.url,
	}
	d.start(t)
	d.find(t, button, "Send")
	d.stays(t, evil, "the start")
}

// stays: the dashboard is on the screen and works, and the stranger has heard nothing.
func (d *day) stays(t *testing.T, evil *stranger, after string) {
	t.Helper()
	d.find(t, button, "Send")
	d.find(t, entry, "Message").write(t, "after "+after)
	d.screen.hand(t, "key", "ctrl+a", "key", "BackSpace")
	if n, found := d.screenText("false dashboard"); found {
		t.Fatalf("after %s the window shows %q", after, n.text())
	}
	evil.heardNothing(t)
}
