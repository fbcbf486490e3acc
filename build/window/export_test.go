//go:build window

package window

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestExport: what is found is saved where the operator says, in the system's own dialog, and nowhere where they say
// nothing.
func TestExport(t *testing.T) {
	d := begin(t)
	d.find(t, button, "Send")
	c := dial(t, d.address)
	c.send(t, `{"action":"notify","message":"=1+1 \"in\" the window"}`)
	await(t, "the client's message on the screen", func() (node, bool) { return d.screenText(`"in" the window`) })
	d.find(t, button, "Search").press(t)

	d.find(t, button, "Export this message").press(t)
	d.inDialog(t, field, "belfry-")
	d.screen.keep(t, "export")
	d.inDialog(t, button, "Cancel").press(t)
	d.dialogGone(t)

	file := filepath.Join(t.TempDir(), "taken away.csv")
	d.find(t, button, "Export this message").press(t)
	d.inDialog(t, field, "belfry-").set(t, file)
	d.inDialog(t, button, "Save").press(t)
	d.dialogGone(t)
	await(t, "the page to say what was saved", func() (node, bool) { return d.screenText("taken away.csv, ") })
	d.screen.keep(t, "exported")

	saved, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`^\x{feff}seq,time,kind,topic,person,user_id,title,message,priority,reply_to\r\n` +
		`1,\d{4}-\d\d-\d\d [\d:]+ [+-]\d\d:\d\d,private,,,guest-[a-z0-9-]+,,"'=1\+1 ""in"" the window",,\r\n$`)
	if !rows.Match(saved) {
		t.Errorf("saved %q", saved)
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("beside it are %v, error %v", left, err)
	}
}

// inDialog finds what has these words in the dialog for saving: its label, or in a field what it suggests.
func (d *day) inDialog(t *testing.T, kind role, words string) node {
	t.Helper()
	return await(t, fmt.Sprintf("%q in the dialog", words), func() (node, bool) {
		dialog, ok := d.root().find(fileChooser, "Export")
		if !ok {
			return node{}, false
		}
		return dialog.search(func(n node) bool {
			return n.role() == kind && (strings.HasPrefix(n.label(), words) || strings.HasPrefix(n.text(), words))
		})
	})
}

func (d *day) dialogGone(t *testing.T) {
	t.Helper()
	await(t, "the dialog to go away", func() (bool, bool) {
		_, there := d.root().find(fileChooser, "")
		return true, !there
	})
}
