package token

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// redacted stands where a secret was.
const redacted = "[secret]"

// secrets are access tokens wherever they stand, headers that show a secret, and the parameters of a URL that do.
var secrets = regexp.MustCompile(`(?i)` + Prefix + `[a-z0-9]{8,}` +
	`|\b(?:bearer|basic)\s+[^\s"',;]+` +
	`|\b(?:x-gotify-key)["']?\s*[:=]\s*[^\s"',;]+` +
	`|\b(?:auth|authorization|token)=[^\s"'&;,]+`)

// Redact returns a text without the secrets in it: what a log, a panic or an error may say of a request.
func Redact(text string) string {
	if !secrets.MatchString(text) {
		return text
	}
	return secrets.ReplaceAllStringFunc(text, func(found string) string {
		if i := strings.IndexAny(found, "=: "); i >= 0 {
			return found[:i+1] + redacted
		}
		return redacted
	})
}

// RedactAttr is Redact for the attributes of a log's handler: its ReplaceAttr.
func RedactAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value; v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Redact(v.String()))
	case slog.KindAny:
		text := fmt.Sprint(v.Any())
		if clean := Redact(text); clean != text {
			a.Value = slog.StringValue(clean)
		}
	}
	return a
}
