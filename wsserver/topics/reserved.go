package topics

import (
	"path"
	"slices"
	"strings"
)

// reserved are the first parts of this server's own addresses, and of those that it may have one day: programs find a topic
// at an address of its name. And they are the words that an access token's rights have for other things than topics.
var reserved = []string{
	"everyone", "all", "people",
	// The pages, their files and what they ask.
	"assets", "display", "export", "healthz", "room", "server", "session", "trust", "ws",
	// The doors for programs.
	"api", "file", "metrics", "readyz", "v1",
	// Gotify's.
	"application", "client", "current", "gotifyinfo", "health", "message", "plugin", "stream", "version",
}

// reservedEndings are those of files that pages consist of.
var reservedEndings = []string{".css", ".html", ".ico", ".js", ".json", ".map", ".png", ".svg", ".txt", ".webmanifest", ".xml"}

// Reserved reports whether a name is an address of this server, in whatever case it is written.
func Reserved(name string) bool {
	is := func(other string) bool { return strings.EqualFold(other, name) }
	ends := func(ending string) bool { return strings.EqualFold(ending, path.Ext(name)) }
	return slices.ContainsFunc(reserved, is) || slices.ContainsFunc(reservedEndings, ends)
}
