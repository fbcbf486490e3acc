package process

import "testing"

func TestBuildText(t *testing.T) {
	for want, got := range map[string]string{
		"":                             buildText("", "2026-11-30", true),
		"commit abc1234":               buildText("abc1234def5678", "", false),
		"commit abc1234, 2026-11-30":   buildText("abc1234", "2026-11-30T17:59:00Z", false),
		"commit abc12, 2026-11-30":     buildText("abc12", "2026-11-30", false),
		"commit abc1234, with changes": buildText("abc1234", "", true),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
