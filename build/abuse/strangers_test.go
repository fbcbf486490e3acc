package abuse

import (
	"fmt"
	"strings"
)

// comeAndGo lets strangers say hello once and leave: what they leave behind is bounded, and pages of the dashboard stay small.
func comeAndGo(a *arena) {
	n := a.scale(1_000, 50_000)
	before, _ := a.memory()
	for i := range n {
		c := a.client(a.t, address(16, i/50))
		c.Send(hello(fmt.Sprintf("stranger-%d-%d", a.time, i), fmt.Sprintf("a-token-of-a-stranger-%d-%d", a.time, i), ""))
		c.Expect("welcome")
		c.Cut()
	}
	const room = 192 << 20 // what is known of 50,000 for a while, and what the collector has not taken yet
	if now, _ := a.memory(); now > before+room {
		a.t.Errorf("%d strangers hold %d MiB", n, (now-before)>>20)
	}
	var told struct {
		Away []any `json:"away"`
	}
	if refused := a.dashboard(a.t).Ask("clients", nil, &told); refused != nil || len(told.Away) > 500 {
		a.t.Errorf("%d of those away in one answer, refused %v", len(told.Away), refused)
	}
}

// guessedPasswords guesses the operator's password from many addresses: only a few guesses are looked at, and the right
// key is taken beside them.
func guessedPasswords(a *arena) {
	d := a.dashboard(a.t)
	if refused := d.Ask("set_password", map[string]any{"password": "a password that nobody guesses"}, nil); refused != nil {
		a.t.Fatal(refused.Text)
	}
	looked := 0
	for i := range a.scale(150, 1_000) {
		body := fmt.Sprintf(`{"password":"guess number %d"}`, i)
		answer, _ := a.say(a.t, address(17, i), strings.Join([]string{
			"POST /session HTTP/1.1", "Host: " + a.addr, "Content-Type: application/json",
			fmt.Sprintf("Content-Length: %d", len(body)), "Connection: close", "", body,
		}, "\r\n"))
		a.wants("a guess", status(answer), 401, 403, 429)
		if status(answer) == 401 {
			looked++
		}
	}
	if looked > 100 {
		a.t.Errorf("%d guesses were looked at", looked)
	}
	answer, _ := a.get(a.t, "127.17.200.1", "POST", "/session", "Authorization: Bearer "+operatorKey)
	a.wants("the key beside guesses", status(answer), 204)
	if refused := d.Ask("set_password", map[string]any{"password": ""}, nil); refused != nil {
		a.t.Error(refused.Text)
	}
}
