package ntfy

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/api/inbound"
)

// params are the parameters of a request: its headers, which count first, and its query.
type params struct {
	header http.Header
	query  url.Values
}

// decoder reads header values that are encoded after RFC 2047.
var decoder = new(mime.WordDecoder)

// browserPriority is the Priority header that browsers and proxies send of their own (RFC 9218).
var browserPriority = regexp.MustCompile(`^u=\d,\s*(i|\d)$|^u=\d$`)

// get returns the first value that is not empty, by any of the names, which are in lower case. "" means that there is none.
func (p params) get(names ...string) (string, error) {
	for _, name := range names {
		raw := strings.TrimSpace(p.header.Get(name))
		value, err := decoder.DecodeHeader(raw)
		if err != nil {
			value = raw // an unknown charset
		}
		switch {
		case value == "", name == "priority" && browserPriority.MatchString(value):
			continue
		case strings.ContainsAny(value, "\r\n\x00"):
			return "", badRequest("A header holds a line break or a null character.")
		case !utf8.ValidString(value):
			return "", newError(codeNotUTF8, "invalid message: it must be UTF-8")
		}
		return strings.TrimSpace(value), nil
	}
	for _, name := range names {
		value := strings.TrimSpace(p.query.Get(name))
		switch {
		case value == "":
			continue
		case strings.Contains(value, "\x00"):
			return "", badRequest("A parameter holds a null character.")
		case !utf8.ValidString(value):
			return "", newError(codeNotUTF8, "invalid message: it must be UTF-8")
		}
		return value, nil
	}
	return "", nil
}

// list returns a parameter with commas as its trimmed items.
func (p params) list(names ...string) ([]string, error) {
	value, err := p.get(names...)
	return splitList(value), err
}

// splitList splits at commas, and leaves empty items out.
func splitList(value string) (items []string) {
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// isTrue reports whether a parameter is switched on.
func (p params) isTrue(names ...string) (bool, error) {
	value, err := p.get(names...)
	switch strings.ToLower(value) {
	case "1", "yes", "true":
		return true, err
	}
	return false, err
}

// priority returns a parameter as a priority from 1 to 5; 0: there is none.
func parsePriority(word string) (int, error) {
	if word == "" {
		return 0, nil
	}
	priority, ok := inbound.ParsePriority(word)
	if !ok {
		return 0, newError(codePriority, "invalid priority parameter: a number from 1 to 5, or min, low, default, high, max")
	}
	return priority, nil
}
