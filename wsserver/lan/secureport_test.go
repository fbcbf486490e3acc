package lan

import "testing"

func TestSecurePortFor(t *testing.T) {
	for _, c := range []struct{ plain, chosen, want int }{
		{8000, 0, 8443}, {80, 0, 443}, {9200, 0, 9643}, {65400, 0, 64957}, {8000, 9000, 9000},
	} {
		if got := securePortFor(c.plain, c.chosen); got != c.want {
			t.Errorf("beside %d, with %d chosen: %d, want %d", c.plain, c.chosen, got, c.want)
		}
	}
}
