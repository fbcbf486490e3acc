package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// maxURL is how many bytes a URL may have.
const maxURL = 2048

// checkURL returns the URL of a webhook as it is kept, or an error that says what is wrong with it. refuses reports whether
// an address is refused. Names are looked up at each request, not here. Errors: bad_frame, too_large.
func checkURL(text string, refuses func(netip.Addr) bool) (string, error) {
	text = strings.TrimSpace(text)
	bad := func(sentence string) error { return wire.ErrBadFrame.WithMessage(sentence) }
	switch {
	case len(text) > maxURL:
		return "", wire.ErrTooLarge.WithMessage("The address of a webhook can have at most 2048 bytes.")
	case text == "":
		return "", bad("Enter the address that Belfry is to call.")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, isHidden):
		return "", bad("The address of a webhook cannot contain blanks or invisible characters.")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "":
		return "", bad("That is not an address that Belfry can call. It looks like https://example.org/path.")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", bad("The address of a webhook begins with http:// or https://.")
	case u.User != nil:
		return "", bad("The address of a webhook cannot contain a name or password. Check the signature instead.")
	case u.Fragment != "":
		return "", bad("The address of a webhook cannot contain a #.")
	case !isHost(u):
		return "", bad("The address of a webhook needs a host, as in https://example.org/path.")
	}
	if ip, ok := literal(u); ok && refuses(ip) {
		return "", bad(errRefused.Error() + ". Choose an address of another machine.")
	}
	return u.String(), nil
}

// literal is the address that a URL names itself, without a look-up.
func literal(u *url.URL) (ip netip.Addr, ok bool) {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return netip.IPv6Loopback(), true
	}
	ip, err := netip.ParseAddr(host)
	return ip, err == nil
}

// isHidden reports whether a character cannot be seen in an address.
func isHidden(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || wire.Invisible(r) }

// isHost reports whether a URL has a host, and a port that exists where it names one.
func isHost(u *url.URL) bool {
	host, port := strings.Trim(u.Hostname(), "."), u.Port()
	if host == "" || len(host) > 253 || strings.HasSuffix(u.Host, ":") {
		return false
	}
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n >= 1 && n <= 65535
}

// Event types, as the operator chooses them and as a payload names them.
const (
	Message      = "message"      // somebody wrote
	Answer       = "answer"       // a reply to an announcement, or a private message to the operator
	Acknowledged = "acknowledged" // somebody has acknowledged a message
	Joined       = "joined"       // a person is here
	Left         = "left"         // a person is not here any more
	Complete     = "complete"     // all recipients of an announcement have received it, or acknowledged it where it asks for that
)

// Types lists the types of events, in the order in which they are listed.
var Types = []string{Message, Answer, Acknowledged, Joined, Left, Complete}

// checkEvents returns types of events in the order of Types, each once, or bad_frame.
func checkEvents(events []string) ([]string, error) {
	for _, name := range events {
		if !slices.Contains(Types, name) {
			return nil, wire.ErrBadFrame.WithMessage("An event is one of: " + strings.Join(Types, ", ") + ".")
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(Types), func(name string) bool { return !slices.Contains(events, name) })
	if len(chosen) == 0 {
		return nil, wire.ErrBadFrame.WithMessage("Choose at least one event.")
	}
	return chosen, nil
}
