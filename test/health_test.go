package test

import (
	"strings"
	"testing"
)

// A health check finds the server by its folder alone, also where a flag has given the key.
func TestHealth_OfTheServerOnAFolder(t *testing.T) {
	p := newProgram(t)
	p.start()
	for _, args := range [][]string{{"health"}, {"health", "-ready"}} {
		if status, out, told := p.verb("", "", args...); status != 0 || out+told != "" {
			t.Errorf("%q of a server that runs: status %d, %q %q", args, status, out, told)
		}
	}
	p.kill()
	if status, out, told := p.verb("", "", "health"); status != 1 || out != "" || !strings.Contains(told, "No Belfry is running") {
		t.Errorf("of one that was killed: status %d, %q %q", status, out, told)
	}
}
