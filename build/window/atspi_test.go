//go:build window

package window

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// This file reads and presses what is on the screen as a screen reader does: through AT-SPI, over D-Bus. WebKitGTK
// shows its whole page there.

const (
	accessible = "org.a11y.atspi.Accessible"
	text       = "org.a11y.atspi.Text"
)

// role is a kind of node.
type role uint32

const (
	anything    role = 0
	fileChooser role = 19
	filler      role = 20
	menuItem    role = 35
	button      role = 43
	field       role = 61 // GTK's own, which can be set
	entry       role = 79
	link        role = 88
)

// desktop is the root of everything that can be read.
type desktop struct{ bus *dbus.Conn }

// node is one thing on the screen.
type node struct {
	bus  *dbus.Conn
	name string // of its owner on the bus
	path dbus.ObjectPath
}

// openDesktop starts the accessibility bus, whose keyboard types on the given display.
func openDesktop(t *testing.T, display string) desktop {
	t.Helper()
	session, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatalf("no session bus (run under dbus-run-session): %v", err)
	}
	defer session.Close()
	err = session.BusObject().Call("org.freedesktop.DBus.UpdateActivationEnvironment", 0,
		map[string]string{"DISPLAY": display}).Err
	if err != nil {
		t.Fatal(err)
	}
	var address string
	err = session.Object("org.a11y.Bus", "/org/a11y/bus").Call("org.a11y.Bus.GetAddress", 0).Store(&address)
	if err != nil {
		t.Fatalf("no accessibility bus (is at-spi2-core installed?): %v", err)
	}
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatalf("connect to the accessibility bus: %v", err)
	}
	t.Cleanup(func() { bus.Close() })
	return desktop{bus}
}

func (d desktop) root() node {
	return node{d.bus, "org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"}
}

func (n node) call(method string, args ...any) *dbus.Call {
	return n.bus.Object(n.name, n.path).Call(method, 0, args...)
}

// label is its accessible name.
func (n node) label() string {
	v, err := n.bus.Object(n.name, n.path).GetProperty(accessible + ".Name")
	if err != nil {
		return ""
	}
	s, _ := v.Value().(string)
	return s
}

// role is its AtspiRole, a number; WebKit gives no names of roles.
func (n node) role() role {
	var r uint32
	if n.call(accessible+".GetRole").Store(&r) != nil {
		return anything
	}
	return role(r)
}

// reference is how AT-SPI names another node.
type reference struct {
	Name string
	Path dbus.ObjectPath
}

func (n node) children() []node {
	var refs []reference
	if n.call(accessible+".GetChildren").Store(&refs) != nil {
		return nil
	}
	if len(refs) == 0 {
		// The place of a page in a GTK window lists no children, yet gives the one that it has.
		var r reference
		if n.role() == filler && n.call(accessible+".GetChildAtIndex", int32(0)).Store(&r) == nil {
			refs = append(refs, r)
		}
	}
	nodes := make([]node, 0, len(refs))
	for _, r := range refs {
		if r.Path != "/org/a11y/atspi/null" {
			nodes = append(nodes, node{n.bus, r.Name, r.Path})
		}
	}
	return nodes
}

// can reports whether it has an interface; asking GTK's nodes for one they lack makes the program complain.
func (n node) can(name string) bool {
	var all []string
	return n.call(accessible+".GetInterfaces").Store(&all) == nil && slices.Contains(all, name)
}

// text is its own text, without that of its children.
func (n node) text() string {
	var s string
	if !n.can(text) || n.call(text+".GetText", int32(0), int32(-1)).Store(&s) != nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(s, "\ufffc", ""))
}

// search returns the first node that is wanted, in reading order.
func (n node) search(wanted func(node) bool) (node, bool) {
	if wanted(n) {
		return n, true
	}
	for _, c := range n.children() {
		if found, ok := c.search(wanted); ok {
			return found, true
		}
	}
	return node{}, false
}

// find is search by kind and the beginning of the label.
func (n node) find(kind role, label string) (node, bool) {
	return n.search(func(n node) bool {
		return (kind == anything || n.role() == kind) && strings.HasPrefix(n.label(), label)
	})
}

// press does what it is there for.
func (n node) press(t *testing.T) {
	t.Helper()
	var done bool
	if err := n.call("org.a11y.atspi.Action.DoAction", int32(0)).Store(&done); err != nil || !done {
		t.Fatalf("press %q: done is %v, error %v", n.label(), done, err)
	}
}

// set puts text into one of GTK's own fields.
func (n node) set(t *testing.T, words string) {
	t.Helper()
	var done bool
	err := n.call("org.a11y.atspi.EditableText.SetTextContents", words).Store(&done)
	if err != nil || !done || n.text() != words {
		t.Fatalf("set %q to %q: it says %q, done is %v, error %v", n.label(), words, n.text(), done, err)
	}
}

// focus has the keyboard's keys go to it.
func (n node) focus(t *testing.T) {
	t.Helper()
	var done bool
	if err := n.call("org.a11y.atspi.Component.GrabFocus").Store(&done); err != nil || !done {
		t.Fatalf("go to %q: done is %v, error %v", n.label(), done, err)
	}
}

// write types text into a field, key by key: WebKit lets nobody set it. The text may hold no newline.
func (n node) write(t *testing.T, words string) {
	t.Helper()
	n.focus(t)
	const asText = uint32(4) // ATSPI_KEY_STRING
	keyboard := n.bus.Object("org.a11y.atspi.Registry", "/org/a11y/atspi/registry/deviceeventcontroller")
	err := keyboard.Call("org.a11y.atspi.DeviceEventController.GenerateKeyboardEvent", 0, int32(0), words, asText).Err
	if err != nil {
		t.Fatalf("type into %q: %v", n.label(), err)
	}
	await(t, fmt.Sprintf("%q to say %q", n.label(), words), func() (bool, bool) { return true, n.text() == words })
}

// outline is the whole tree, to find out why a test fails.
func (n node) outline(indent string, b *strings.Builder) {
	fmt.Fprintf(b, "%s%d %q %q\n", indent, n.role(), n.label(), n.text())
	for _, c := range n.children() {
		c.outline(indent+"  ", b)
	}
}

// await returns get's result as soon as there is one.
func await[T any](t *testing.T, what string, get func() (T, bool)) T {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		v, ok := get()
		if ok {
			return v
		}
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}
