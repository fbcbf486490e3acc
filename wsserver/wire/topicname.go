package wire

import "regexp"

// topicName allows letters and digits of any script, and . _ - inside.
var topicName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$`)

// IsTopicName reports whether a topic may have that name, whatever its length.
func IsTopicName(name string) bool { return topicName.MatchString(name) && !IsBlank(name) }
