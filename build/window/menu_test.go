//go:build window

package window

import (
	"strings"
	"testing"
)

// TestMenu_DoesWhatItSays: the menu Edit in a field, the size of text, what runs here, and the menu of the mouse.
func TestMenu_DoesWhatItSays(t *testing.T) {
	d := begin(t)
	message := d.find(t, entry, "Message")
	holds := func(words string) {
		t.Helper()
		await(t, "the field to hold "+words, func() (string, bool) {
			got := strings.TrimSpace(message.text())
			return got, got == words
		})
	}
	message.focus(t)
	message.write(t, "Lunch at noon")
	d.find(t, menuItem, "Select all").press(t)
	d.find(t, menuItem, "Cut").press(t)
	holds("")
	d.find(t, menuItem, "Paste").press(t)
	holds("Lunch at noon")

	// The menu of the window has no Delete.
	d.screen.click(t, message, "3")
	d.find(t, menuItem, "Delete")
	d.screen.keep(t, "mouse menu")
	d.screen.hand(t, "key", "Escape")

	d.find(t, menuItem, "Larger text").press(t)
	d.screen.hand(t, "key", "ctrl+equal", "key", "ctrl+0")
	d.find(t, menuItem, "About Belfry").press(t)
	await(t, "what runs here", func() (node, bool) { return d.screenText("Belfry never calls home") })
	d.screen.keep(t, "about")
}
