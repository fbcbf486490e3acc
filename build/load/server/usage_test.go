package server

import "testing"

func TestFigure(t *testing.T) {
	status := []byte("Name:\tbelfry\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\nrchar: 1\nwchar: 987654321012\n")
	for name, want := range map[string]int64{"VmRSS:": 10240, "VmHWM:": 20480, "wchar:": 987654321012, "VmSwap:": 0, "char:": 0} {
		if got := figure(status, name); got != want {
			t.Errorf("%s %d, want %d", name, got, want)
		}
	}
}
