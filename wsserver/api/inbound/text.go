package inbound

import (
	"net/url"
	"strings"
	"unicode"

	"belfry/wsserver/wire"
)

const (
	maxTags = 8
	maxTag  = 32 // bytes
	maxLink = 2048
	// maxExtract is how much of a long description is shown, in bytes.
	maxExtract = 1000
)

// priorities are ntfy's words for priorities, and the numbers.
var priorities = map[string]int{
	"1": 1, "2": 2, "3": 3, "4": 4, "5": 5,
	"min": 1, "low": priorityLow, "default": priorityNormal, "high": priorityHigh, "max": priorityMax, "urgent": priorityMax,
}

// ParsePriority reads a priority as ntfy's clients write it: a number from 1 to 5, or a word in any case.
func ParsePriority(word string) (priority int, ok bool) {
	priority, ok = priorities[strings.ToLower(strings.TrimSpace(word))]
	return priority, ok
}

// Link returns a URL that people may be offered to open: http or https with a host and without a user, of at most 2048
// bytes that can be seen. It returns "" for everything else.
func Link(link string) string {
	odd := func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) }
	link = strings.TrimSpace(link)
	u, err := url.Parse(link)
	if err != nil || strings.ContainsFunc(link, odd) || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || len(link) > maxLink {
		return ""
	}
	return link
}

// plain takes out what would change how a text is shown: control characters but line feeds and tabs, and bidi controls.
func plain(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', r == '\u2028', r == '\u2029':
			return '\n'
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

// oneLine is plain, with single blanks for line breaks and the like.
func oneLine(text string) string { return strings.Join(strings.Fields(plain(text)), " ") }

// clip cuts a text to at most n bytes, and says so by an ellipsis.
func clip(text string, n int) string {
	const more = "…"
	if len(text) <= n {
		return text
	}
	return strings.TrimSpace(wire.Clip(text, n-len(more))) + more
}

// extract is the beginning of a long description.
func extract(text string) string { return clip(strings.TrimSpace(plain(text)), maxExtract) }

// tidyTags returns those of the tags that are short enough, each once, and no more than a message may have.
func tidyTags(tags []string) (tidy []string) {
	seen := map[string]bool{}
	for _, tag := range tags {
		tag = oneLine(tag)
		if wire.IsBlank(tag) || len(tag) > maxTag || seen[tag] || len(tidy) == maxTags {
			continue
		}
		seen[tag] = true
		tidy = append(tidy, tag)
	}
	return tidy
}

// firstOf returns the first text that is not blank, or "".
func firstOf(texts ...string) string {
	for _, text := range texts {
		if !wire.IsBlank(text) {
			return text
		}
	}
	return ""
}

// lines joins those texts that are not blank, each on a line of its own.
func lines(texts ...string) string {
	kept := make([]string, 0, len(texts))
	for _, text := range texts {
		if !wire.IsBlank(text) {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, "\n")
}
