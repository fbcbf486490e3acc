package abuse

import (
	"fmt"
	"strings"
)

// wrongKeysBeside shows wrong keys from the operator's own address: the right one is taken all the same.
func wrongKeysBeside(a *arena) {
	for i := range 40 {
		answer, _ := a.get(a.t, "127.14.0.1", "POST", "/session", fmt.Sprintf("Authorization: Bearer wrong-%d", i))
		a.wants("a wrong key", status(answer), 401, 429)
	}
	answer, _ := a.get(a.t, "127.14.0.1", "POST", "/session", "Authorization: Bearer "+operatorKey)
	a.wants("the right key beside wrong ones", status(answer), 204)
}

// rememberedHellos fills what a pending connection's hello leaves behind: as good as nothing.
func rememberedHellos(a *arena) {
	d := a.dashboard(a.t)
	for _, access := range []string{"code", "open"} {
		if refused := d.Ask("set_access", map[string]any{"access": access}, nil); refused != nil {
			a.t.Fatal(refused.Text)
		}
		if access == "open" {
			return
		}
		big := strings.Repeat("A", 400_000)
		before, _ := a.memory()
		n := a.scale(100, 240)
		for i := range n {
			c := a.client(a.t, fmt.Sprintf("127.15.0.%d", i+1))
			f := hello(fmt.Sprint("sleeper", i), fmt.Sprintf("a-token-of-a-sleeper-%d", i), "")
			f["topic"] = big
			c.Send(f)
			c.ExpectError("too_large")
		}
		const room = 96 << 20 // frames that are being read, before the collector runs
		if now, _ := a.memory(); now > before+room {
			a.t.Errorf("%d hellos hold %d MiB", n, (now-before)>>20)
		}
	}
}
