package desktop

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"belfry/wsserver/wire"
)

const (
	// notificationInterval is the least time between two notifications: a busy room would show them all the time.
	notificationInterval = 5 * time.Second
	// maxNotificationChars is how much of a text a notification shows.
	maxNotificationChars = 160
	// maxNotificationBytes is how much of a text is read for that.
	maxNotificationBytes = 4 << 10
)

// Notifications collects what comes while the window is not in front, messages and people who wait to join, and sums it
// up in one notification at a time. Whoever waits for the operator comes first, in the words of the page's own title.
type Notifications struct {
	count   int // messages
	newest  wire.Message
	callers []string // people who wrote privately to the operator, each once
	call    wire.Message
	known   map[string]bool // the lobby as it was told
	knocks  []string
	shown   time.Time // when the last notification was taken
}

// Add collects messages, in rising seq, without the operator's own.
func (n *Notifications) Add(messages []wire.Message) {
	for _, m := range messages {
		if m.From.Operator {
			continue
		}
		n.count++
		n.newest = m
		if m.Audience != "private" || m.From.Program {
			continue // a program waits for no answer
		}
		n.call = m
		if who := senderName(m.From); !slices.Contains(n.callers, who) {
			n.callers = append(n.callers, who)
		}
	}
}

// Lobby takes everybody in the lobby, and collects whoever is new in it.
func (n *Notifications) Lobby(waiting []wire.Sender) {
	before := n.known
	n.known, n.knocks = make(map[string]bool, len(waiting)), nil
	for _, w := range waiting {
		told, ok := before[w.UserID]
		n.known[w.UserID] = ok && told
		if !n.known[w.UserID] {
			n.knocks = append(n.knocks, senderName(w))
		}
	}
}

// Clear drops what was collected: the operator now sees the window.
func (n *Notifications) Clear() {
	n.count, n.newest, n.callers, n.call, n.knocks = 0, wire.Message{}, nil, wire.Message{}, nil
	for id := range n.known {
		n.known[id] = true
	}
}

// Wait returns how long to wait before the next notification may be shown, and whether there is one.
func (n *Notifications) Wait(now time.Time) (wait time.Duration, ok bool) {
	if n.count+len(n.knocks) == 0 {
		return 0, false
	}
	return max(0, n.shown.Add(notificationInterval).Sub(now)), true
}

// Take returns the notification of everything collected, and clears it.
func (n *Notifications) Take(now time.Time) (title, text string) {
	title, text = n.words()
	n.shown = now
	n.Clear()
	return plainText(title), plainText(text)
}

func (n *Notifications) words() (title, text string) {
	switch waiting := len(n.callers) + len(n.knocks); {
	case waiting > 1 && len(n.callers) > 0:
		return fmt.Sprintf("%d people are waiting for you", waiting), senderName(n.call.From) + ": " + said(n.call)
	case waiting > 1:
		return fmt.Sprintf("%d people are waiting for you", waiting), strings.Join(n.knocks, ", ")
	case len(n.callers) == 1:
		return n.callers[0] + " wrote to you", said(n.call)
	case len(n.knocks) == 1:
		return n.knocks[0] + " is waiting to join", "Let them in, or refuse."
	case n.count > 1:
		return fmt.Sprintf("%d new messages", n.count), senderName(n.newest.From) + ": " + said(n.newest)
	}
	return senderName(n.newest.From) + " wrote", said(n.newest)
}

// said is the text of a message, with its title before it.
func said(m wire.Message) string {
	if m.Title != "" {
		return m.Title + ": " + m.Message
	}
	return m.Message
}

func senderName(s wire.Sender) string {
	switch {
	case s.Program:
		return "Program " + s.Name
	case s.Name != "":
		return s.Name
	case strings.HasPrefix(s.UserID, "guest-"):
		return "A guest"
	}
	return "No name (" + s.UserID + ")" // the bare id may read as somebody's name
}

// lookalikes replaces characters that mean something to the programs that show notifications: markup on Linux desktops
// and in Windows' toasts, and expressions in the PowerShell script that shows a toast where the system's interface fails.
// The text is a stranger's and nothing in it may be executed or laid out.
var lookalikes = strings.NewReplacer("$", "\uff04", "`", "'", "<", "\u2039", ">", "\u203a", "&", "\uff06")

// plainText is s fit for a notification: one short line of nothing but text.
func plainText(s string) string {
	s = s[:min(len(s), maxNotificationBytes)]
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(lookalikes.Replace(s)), " ")
	if r := []rune(s); len(r) > maxNotificationChars {
		s = string(r[:maxNotificationChars-1]) + "…"
	}
	// notify-send on Linux would take a leading dash for an option.
	return strings.TrimLeft(s, "-")
}
