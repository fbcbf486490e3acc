package abuse

import (
	"fmt"
	"net/http"
	"strings"

	"belfry/wsserver/wstest"
)

func hello(userID, token, code string) map[string]any {
	f := map[string]any{"action": "hello", "user_id": userID, "name": userID}
	if token != "" {
		f["token"] = token
	}
	if code != "" {
		f["code"] = code
	}
	return f
}

// forgedTokens tries to take over the identities of others.
func forgedTokens(a *arena) {
	user, token := fmt.Sprint("holder", a.time), fmt.Sprintf("token-of-the-holder-0123456789-%d", a.time)
	holder := a.client(a.t, "127.11.0.1")
	holder.Send(hello(user, token, ""))
	holder.Expect("welcome")
	for i, forged := range []string{"", strings.ToUpper(token), token + "0", token[1:], strings.Repeat("a", 128)} {
		c := a.client(a.t, fmt.Sprintf("127.11.0.%d", i+2))
		c.Send(hello(user, forged, ""))
		if f := c.ExpectError("identity_taken"); f.Field != "user_id" {
			a.t.Errorf("a forged token: %s", f.Text)
		}
		c.Send(map[string]any{"action": "subscribe", "user_id": user})
		c.ExpectError("identity_taken")
	}
	for _, userID := range []string{"operator", "guest-abcde-1"} {
		c := a.client(a.t, "127.11.0.20")
		c.Send(hello(userID, token, ""))
		if f := c.Expect("error"); f.Code == "" {
			a.t.Errorf("%s: %s", userID, f.Text)
		}
	}
	// A token that the operator has freed is refused for good, also under another user_id.
	if refused := a.dashboard(a.t).Ask("free", map[string]any{"user_id": user}, nil); refused != nil {
		a.t.Fatal(refused.Text)
	}
	if code, _ := holder.ExpectClosed(); code != 4001 {
		a.t.Errorf("freed: closed with %d", code)
	}
	for _, userID := range []string{user, "somebody"} {
		c := a.client(a.t, "127.11.0.21")
		c.Send(hello(userID, token, ""))
		if f := c.Expect("error"); f.Code != "identity_taken" {
			a.t.Errorf("the old token as %s: %s", userID, f.Text)
		}
	}
}

// forgedKeys tries to sign in as the operator.
func forgedKeys(a *arena) {
	port := a.addr[strings.LastIndexByte(a.addr, ':')+1:]
	cookie := "Cookie: belfry_" + port + "="
	right := "Authorization: Bearer " + operatorKey
	for _, with := range []string{
		"Authorization: Bearer ", "Authorization: Bearer " + operatorKey + "0", "Authorization: Bearer " + strings.ToUpper(operatorKey),
		"Authorization: Basic " + operatorKey, cookie, cookie + "forged", cookie + operatorKey, "Cookie: belfry=" + operatorKey, "X-Token: " + operatorKey,
	} {
		answer, _ := a.get(a.t, "127.12.0.1", "GET", "/ws/server", append([]string{with, "Connection: Upgrade"}, upgrade...)...)
		a.wants(with, status(answer), 401, 429)
	}
	for _, path := range []string{"/ws/server?token=" + operatorKey, "/export?token=" + operatorKey} {
		answer, _ := a.get(a.t, "127.12.0.2", "GET", path)
		a.wants(path, status(answer), 401)
	}
	// Guesses are limited by address, so the operator's own address is not affected.
	last := 0
	for i := range 30 {
		answer, _ := a.get(a.t, "127.12.0.3", "POST", "/session", fmt.Sprintf("Authorization: Bearer guess-%d", i))
		last = status(answer)
	}
	a.wants("the thirtieth guess", last, 429)
	answer, _ := a.get(a.t, "127.12.0.4", "POST", "/session", right)
	a.wants("the right key from elsewhere", status(answer), 204)
	if answer == nil || len(answer.Cookies()) != 1 {
		a.t.Fatal("no cookie")
	}
	// The cookie of a session that was ended opens nothing.
	session := cookie + answer.Cookies()[0].Value
	half := "Belfry-Session: " + answer.Header.Get("Belfry-Session")
	for _, step := range []struct {
		method string
		want   int
	}{{"GET", 204}, {"DELETE", 204}, {"GET", 401}} {
		answer, _ := a.get(a.t, "127.12.0.5", step.method, "/session", session, half)
		a.wants(step.method+" /session", status(answer), step.want)
	}
	answer, _ = a.get(a.t, "127.12.0.6", "GET", "/ws/server", append([]string{session, "Connection: Upgrade"}, upgrade...)...)
	a.wants("an ended session", status(answer), http.StatusUnauthorized)
}

// room is the part of the state about the access mode.
type room struct {
	Code    string `json:"code"`
	JoinURL string `json:"join_url"`
}

// guessedCodes tries the six digits from many addresses. They change; the secret of the QR code stays.
func guessedCodes(a *arena) {
	d := a.dashboard(a.t)
	ask := func(verb string, args map[string]any, answer any) {
		a.t.Helper()
		if refused := d.Ask(verb, args, answer); refused != nil {
			a.t.Fatal(refused.Text)
		}
	}
	ask("set_access", map[string]any{"access": "code"}, nil)
	defer ask("set_access", map[string]any{"access": "open"}, nil)
	var before, after room
	ask("state", nil, &before)
	wrong := "000000"
	if before.Code == wrong {
		wrong = "000001"
	}
	var guesser *wstest.Client
	for i := range 21 {
		guesser = a.client(a.t, fmt.Sprintf("127.13.%d.%d", a.time, i+1))
		for range 11 {
			guesser.Send(hello(fmt.Sprint("guesser", a.time), "", wrong))
			if f := guesser.ExpectError("code_wrong"); f.RetryMS <= 0 {
				a.t.Errorf("a guess has no retry_ms: %s", f.Text)
			}
		}
	}
	ask("state", nil, &after)
	if after.Code == before.Code || after.JoinURL != before.JoinURL {
		a.t.Errorf("after 210 guesses: %+v, before %+v", after, before)
	}
	guesser.Send(hello(fmt.Sprint("guesser", a.time), "", after.Code)) // from an address that is being limited
	guesser.ExpectError("code_wrong")
	_, secret, _ := strings.Cut(after.JoinURL, "#code=")
	guesser.Send(hello(fmt.Sprint("guesser", a.time), "", secret))
	guesser.Expect("welcome")
}
