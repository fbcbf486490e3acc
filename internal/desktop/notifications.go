package desktop

import (
	"fmt"
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

// Notifications collects the messages that arrive while the window is not in front, and sums them up in one notification
// at a time.
type Notifications struct {
	count  int
	newest wire.Message
	shown  time.Time // when the last notification was taken
}

// Add collects messages, in rising seq, without the operator's own.
func (n *Notifications) Add(messages []wire.Message) {
	for _, m := range messages {
		if !m.From.Operator {
			n.count++
			n.newest = m
		}
	}
}

// Clear drops what was collected: the operator now sees the window.
func (n *Notifications) Clear() { n.count, n.newest = 0, wire.Message{} }

// Wait returns how long to wait before the next notification may be shown, and whether there is one.
func (n *Notifications) Wait(now time.Time) (wait time.Duration, ok bool) {
	if n.count == 0 {
		return 0, false
	}
	return max(0, n.shown.Add(notificationInterval).Sub(now)), true
}

// Take returns the notification of everything collected, and clears it.
func (n *Notifications) Take(now time.Time) (title, text string) {
	who := senderName(n.newest.From)
	text = n.newest.Message
	if n.newest.Title != "" {
		text = n.newest.Title + ": " + text
	}
	title = "Message from " + who
	if n.count > 1 {
		title = fmt.Sprintf("%d new messages", n.count)
		text = who + ": " + text
	}
	n.shown = now
	n.Clear()
	return plainText(title), plainText(text)
}

func senderName(s wire.Sender) string {
	switch {
	case s.Name != "":
		return s.Name
	case strings.HasPrefix(s.UserID, "guest-"):
		return "a guest"
	}
	return "no name (" + s.UserID + ")" // the bare id may read as somebody's name
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
