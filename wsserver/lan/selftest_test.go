package lan

import (
	"strings"
	"testing"
)

// Every result is a sentence with hints, for every system.
func TestDescribe_SaysWhatToDo(t *testing.T) {
	at := Address{URL: "http://192.168.1.24/", Host: "192.168.1.24", Kind: kindWifi}
	for system, want := range map[string]string{"windows": "Windows Security", "darwin": "System Settings", "linux": "80/tcp"} {
		for _, code := range []string{"answers", "silent", "refused", "other", "loopback"} {
			message, hints := describe(AddressTest{Code: code}, at, system)
			if !strings.HasSuffix(message, ".") || len(hints) == 0 {
				t.Errorf("%s on %s: %q, %q", code, system, message, hints)
			}
			if code == "silent" && !strings.Contains(hints[0], want) {
				t.Errorf("on %s the first hint is %q", system, hints[0])
			}
		}
	}
	if _, hints := describe(AddressTest{Code: "answers", Reached: true}, at, "linux"); len(hints) > 0 {
		t.Errorf("others come in, and still: %q", hints)
	}
}
