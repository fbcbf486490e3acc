package desktop

import (
	"log/slog"
	"net/url"
	"strings"
)

// OwnPage reports whether the window may show an address: those of Belfry's own pages, which Wails serves under a scheme
// that exists only in the window.
func OwnPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "wails" && u.User == nil &&
		(u.Host == "wails" || Developing && u.Hostname() == "wails.localhost")
}

// Link returns an address that may be handed to the system's browser: http or https, with a host, without a user's name,
// in ASCII, and without what a shell or a desktop's settings could read as more than an address. What a stranger wrote
// goes through here last.
func Link(address string) (string, bool) {
	for i := range len(address) {
		if address[i] <= ' ' || address[i] >= 0x7f {
			return "", false
		}
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", false
	}
	return unsafeInLinks.Replace(u.String()), true
}

var unsafeInLinks = strings.NewReplacer(`"`, "%22", "'", "%27", "<", "%3C", ">", "%3E", `\`, "%5C", "^", "%5E", "`", "%60", "{", "%7B", "|", "%7C", "}", "%7D")

// Follow has the system's browser open a link, and logs what it does not open. It returns at once: open may wait until
// the browser has it.
func Follow(address string, open func(link string) error, log *slog.Logger) {
	link, ok := Link(address)
	if !ok {
		log.Warn("a link was not opened: it is not a plain web address")
		return
	}
	go func() {
		if err := open(link); err != nil {
			log.Warn("no browser opened a link", "error", err)
		}
	}()
}
