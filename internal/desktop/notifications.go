package desktop

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"belfry/wsserver/wire"
)

const (
	// noticePeriod is the least time between two notices: a busy room must not ring all the time.
	noticePeriod = 5 * time.Second
	// noticeText is how many characters of a message a notice shows.
	noticeText = 160
	// noticeBytes is how much of a message is looked at for them.
	noticeBytes = 4 << 10
)

// Notices gathers the messages that came while nobody looked at the window, and tells of them in few words.
type Notices struct {
	count  int
	newest wire.Message
	told   time.Time
}

// Add takes messages in rising seq; the operator's own are nothing new to the operator.
func (n *Notices) Add(messages []wire.Message) {
	for _, m := range messages {
		if !m.From.Operator {
			n.count++
			n.newest = m
		}
	}
}

// Forget drops what waits: the operator looks at the window.
func (n *Notices) Forget() { n.count, n.newest = 0, wire.Message{} }

// Due returns how long to wait before the next notice, and whether there is one to come at all.
func (n *Notices) Due(now time.Time) (wait time.Duration, some bool) {
	if n.count == 0 {
		return 0, false
	}
	return max(0, n.told.Add(noticePeriod).Sub(now)), true
}

// Take returns the notice of everything that waits, and forgets it.
func (n *Notices) Take(now time.Time) (title, text string) {
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
	n.told = now
	n.Forget()
	return plain(title), plain(text)
}

func senderName(s wire.Sender) string {
	switch {
	case s.Name != "":
		return s.Name
	case strings.HasPrefix(s.UserID, "guest-"):
		return "a guest"
	}
	return "no name (" + s.UserID + ")" // the id may read as anybody's name
}

// harmless are characters that mean something to what shows notices: markup to Linux desktops and in Windows' toasts,
// and an expression to execute in the PowerShell script by which a toast is shown where the usual way fails. The text
// is a stranger's, so they are replaced by ones that only look alike.
var harmless = strings.NewReplacer("$", "\uff04", "`", "'", "<", "\u2039", ">", "\u203a", "&", "\uff06")

// plain is s fit for a notice: one line, short, and nothing but text.
func plain(s string) string {
	s = s[:min(len(s), noticeBytes)]
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(harmless.Replace(s)), " ")
	if r := []rune(s); len(r) > noticeText {
		s = string(r[:noticeText-1]) + "…"
	}
	// Linux' notify-send would take it for an option.
	return strings.TrimLeft(s, "-")
}
