package process

import (
	"runtime/debug"
	"strings"
)

// The linker sets both, since neither Wails nor a build from an archive of the source lets Go look at the repository:
// the commit's hash and its day as 2026-11-30.
var commit, committed string

// shortHash is how much of a commit's hash is shown.
const shortHash = 7

// Build says what the program was built from, as "commit abc1234, 2026-11-30". It is "" if nobody knows.
func Build() string {
	if commit != "" {
		return buildText(commit, committed, false)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	stamp := map[string]string{}
	for _, s := range info.Settings {
		stamp[s.Key] = s.Value
	}
	return buildText(stamp["vcs.revision"], stamp["vcs.time"], stamp["vcs.modified"] == "true")
}

// buildText takes a time for its day.
func buildText(hash, at string, changed bool) string {
	if hash == "" {
		return ""
	}
	text := "commit " + hash[:min(shortHash, len(hash))]
	if day, _, _ := strings.Cut(at, "T"); day != "" {
		text += ", " + day
	}
	if changed {
		text += ", with changes"
	}
	return text
}
