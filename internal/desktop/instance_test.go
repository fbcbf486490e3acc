package desktop

import (
	"regexp"
	"testing"
)

func TestInstanceID(t *testing.T) {
	const dir = "/home/ana/.local/share/belfry"
	if id := InstanceID(dir); id != InstanceID(dir) || !regexp.MustCompile(`^belfry_[0-9a-f]{64}$`).MatchString(id) {
		t.Errorf("the id is %q", id)
	}
	if InstanceID(dir) == InstanceID(dir+"2") {
		t.Error("two folders have the same id")
	}
}
