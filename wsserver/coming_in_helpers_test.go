package wsserver_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// This file has the helpers of the tests of coming in.

// access sets the access mode, as a dashboard does.
func (r *room) access(mode string) {
	r.t.Helper()
	r.ask("set_access", map[string]any{"access": mode}, nil)
}

// ask calls a verb as a dashboard; it must succeed.
func (r *room) ask(verb string, args map[string]any, answer any) {
	r.t.Helper()
	d := r.dashboard()
	defer d.Close()
	if e := d.Ask(verb, args, answer); e != nil {
		r.t.Fatalf("%s: %s", verb, e.Text)
	}
}

// accessState has the fields of the verb state about access.
type accessState struct {
	Access  string `json:"access"`
	Code    string `json:"code"`
	JoinURL string `json:"join_url"`
	Waiting int    `json:"waiting"`
	Clients int    `json:"clients"`
}

func (r *room) accessState() (s accessState) {
	r.t.Helper()
	r.ask("state", nil, &s)
	return s
}

// secret returns the secret in the QR code.
func (s accessState) secret() string {
	_, secret, _ := strings.Cut(s.JoinURL, "#code=")
	return secret
}

// wrong returns six digits that are not the code.
func (s accessState) wrong() string {
	if s.Code == "000000" {
		return "000001"
	}
	return "000000"
}

// pending connects to a room that is not open, which sends nothing first.
func (r *room) pending() *wstest.Client {
	r.t.Helper()
	return wstest.Dial(r.t, r.listen.Dial, "/ws/client", nil)
}

// hello returns a page's hello.
func hello(userID, code string) map[string]any {
	f := map[string]any{"action": "hello", "user_id": userID, "name": userID, "token": tokenOf(userID)}
	if code != "" {
		f["code"] = code
	}
	return f
}

// wantAdmitted says hello and expects welcome.
func wantAdmitted(c *wstest.Client, userID, code string) wstest.Frame {
	c.Send(hello(userID, code))
	w := c.Expect("welcome")
	c.Expect("topics")
	return w
}

// wantRefused sends a hello and expects an error with this code.
func wantRefused(t *testing.T, c *wstest.Client, frame map[string]any, code string) wstest.Frame {
	t.Helper()
	c.Send(frame)
	f := c.ExpectError(code)
	if f.Action != "hello" || f.Message == "" {
		t.Errorf("%s does not say what it answers", f.Text)
	}
	return f
}

// wantPending expects the answer to a hello that the access mode does not admit: waiting, or code_needed.
func wantPending(c *wstest.Client, mode string) {
	if mode == "approval" {
		c.Expect("waiting")
	} else {
		c.ExpectError("code_needed")
	}
}

// wantSilence fails where the connection was sent anything at all.
func wantSilence(t *testing.T, c *wstest.Client) {
	t.Helper()
	waitIdle()
	for _, f := range c.Drain() {
		t.Errorf("sent %s", f.Text)
	}
}

func (r *room) wantAccess(t *testing.T, mode string) {
	t.Helper()
	var about struct{ Access string }
	_, body := r.do(request(t, "GET", "/room"))
	if err := json.Unmarshal([]byte(body), &about); err != nil || about.Access != mode {
		t.Errorf("/room is %s (%v), want %s", body, err, mode)
	}
	if s := r.accessState(); s.Access != mode {
		t.Errorf("the state says %q, want %q", s.Access, mode)
	}
	if answer, _ := r.do(request(t, "GET", "/ws/client")); answer.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("a plain GET is answered by %d", answer.StatusCode)
	}
}

var notOpen = []string{"code", "approval", "list"}

// admit connects one more person, admitted as the access mode wants.
func (r *room) admit(t *testing.T, mode, userID string) *wstest.Client {
	t.Helper()
	c := r.pending()
	switch mode {
	case "code":
		wantAdmitted(c, userID, r.accessState().Code)
	case "list":
		wantAdmitted(c, userID, r.card(userID).Code)
	default:
		c.Send(hello(userID, ""))
		c.Expect("waiting")
		r.ask("let_in", map[string]any{"user_id": userID}, nil)
		c.Expect("welcome")
		c.Expect("topics")
	}
	return c
}

func (r *room) messages(t *testing.T) []wire.Message {
	t.Helper()
	var page operator.HistoryPage
	r.ask("history", nil, &page)
	return page.Messages
}
