package wsserver_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func TestComingInByCode_DigitsOrSecret(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		s := r.accessState()
		if len(s.Code) != 6 || strings.Trim(s.Code, "0123456789") != "" {
			t.Errorf("the code is %q", s.Code)
		}
		if len(s.secret()) < 22 {
			t.Errorf("the secret is %q: less than 128 bits", s.secret())
		}
		c := r.pending()
		wantRefused(t, c, hello("ana", ""), "code_needed")
		for _, wrong := range []string{s.wrong(), "12345", "1234567", "not a code", s.secret() + "x", s.secret()[1:], strings.Repeat("9", 500)} {
			if f := wantRefused(t, c, hello("ana", wrong), "code_wrong"); f.RetryMS <= 0 {
				t.Errorf("%q is answered by %s", wrong, f.Text)
			}
		}
		wantAdmitted(c, "ana", s.Code) // and the connection lives
		wantAdmitted(r.pending(), "ben", s.secret())
		wantAdmitted(r.pending(), "cleo", s.Code[:3]+" "+s.Code[3:]) // as it is shown
	})
}

func TestComingInByCode_BothAreKept(t *testing.T) {
	dir := t.TempDir()
	var before accessState
	kept := func(c *wsserver.Config) { c.Dir = dir }
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		before = r.accessState()
		r.access("open")
		r.access("code")
		if s := r.accessState(); s.Code != before.Code || s.JoinURL != before.JoinURL {
			t.Errorf("%+v, then %+v", before, s)
		}
	}, kept)
	inRoom(t, func(t *testing.T, r *room) {
		if s := r.accessState(); s.Code != before.Code || s.secret() != before.secret() {
			t.Errorf("%+v before the restart, then %+v", before, s)
		}
	}, kept)
}

func TestComingInByCode_EachIsChangedAlone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		first := r.accessState()
		var made struct{ Code string }
		r.ask("new_code", nil, &made)
		second := r.accessState()
		if made.Code != second.Code || second.Code == first.Code || second.JoinURL != first.JoinURL {
			t.Errorf("%+v, then %+v", first, second)
		}
		wantRefused(t, r.pending(), hello("ana", first.Code), "code_wrong")
		wantAdmitted(r.pending(), "ana", first.secret()) // printed QR codes go on
		r.ask("new_secret", nil, nil)
		third := r.accessState()
		if third.Code != second.Code || third.secret() == first.secret() {
			t.Errorf("%+v, then %+v", second, third)
		}
		wantRefused(t, r.pending(), hello("ben", first.secret()), "code_wrong")
		wantAdmitted(r.pending(), "ben", third.secret())
		wantAdmitted(r.pending(), "cleo", third.Code)
		wantAdmitted(r.pending(), "ana", "") // by the grant
	})
}

// Wrong digits are slowed per address; the secret is checked first and never slowed.
func TestComingInByCode_WrongDigitsAreSlowedPerAddress(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		s := r.accessState()
		bad := wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil)
		var retry int64
		for range 40 {
			retry = wantRefused(t, bad, hello("eve", s.wrong()), "code_wrong").RetryMS
		}
		wantRefused(t, bad, hello("eve", s.Code), "code_wrong") // not checked any more
		another := wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil)
		wantRefused(t, another, hello("eve", s.Code), "code_wrong") // nor on another connection
		wantAdmitted(another, "ben", s.secret())
		wantAdmitted(wstest.Dial(t, from(r, "10.0.0.2"), "/ws/client", nil), "cleo", s.Code)
		if retry <= 0 || retry > 60_000 {
			t.Fatalf("come back after %d ms", retry)
		}
		time.Sleep(time.Duration(retry) * time.Millisecond)
		wantAdmitted(bad, "dora", s.Code)
		if r.accessState().Code != s.Code {
			t.Error("a few tries from one address changed the digits")
		}
	}, func(c *wsserver.Config) { c.MaxPerAddress = 256 })
}

// After 200 wrong ones in all the six digits change by themselves and the operator is told; printed QR codes go on.
func TestComingInByCode_ManyWrongOnesChangeTheDigits(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		s, d := r.accessState(), r.dashboard()
		waitIdle()
		d.Drain()
		c := r.pending()
		for range 199 {
			wantRefused(t, c, hello("eve", s.wrong()), "code_wrong")
		}
		if r.accessState().Code != s.Code {
			t.Fatal("changed before")
		}
		wantRefused(t, c, hello("eve", s.wrong()), "code_wrong")
		waitIdle()
		changed := r.accessState()
		if changed.Code == s.Code || len(changed.Code) != 6 || changed.secret() != s.secret() {
			t.Errorf("%+v, then %+v", s, changed)
		}
		wantAdmitted(r.pending(), "ana", s.secret())
		wantAdmitted(r.pending(), "ben", changed.Code)
		var audit operator.AuditAnswer
		r.ask("audit", nil, &audit)
		told := false
		for _, e := range audit.Entries {
			text, _ := json.Marshal(e)
			told = told || strings.Contains(e.What, "code") && e.Door == "" && !strings.Contains(string(text), changed.Code)
		}
		if !told {
			t.Errorf("not in the audit list: %+v", audit.Entries)
		}
		events := 0
		for _, f := range d.Drain() {
			if f.Type == "event" {
				events++
			}
		}
		if events == 0 {
			t.Error("the dashboard is told of nothing")
		}
		wrong := changed.wrong() // and it counts from the start
		for range 150 {
			wantRefused(t, c, hello("eve", wrong), "code_wrong")
		}
		if r.accessState().Code != changed.Code {
			t.Error("changed again too soon")
		}
	})
}

// The grant is durable before welcome.
func TestComingInByCode_IsKeptBeforeWelcome(t *testing.T) {
	log := &manualLog{Log: msglog.NewMemory()}
	inRoom(t, func(t *testing.T, r *room) {
		if err := r.SetAccess(context.Background(), "code"); err != nil {
			t.Fatal(err)
		}
		code := r.State().Code
		waitIdle()
		log.records = make(chan error)
		c := r.pending()
		c.Send(hello("ana", code))
		synctest.Wait()
		for _, f := range c.Drain() {
			if f.Type == "welcome" {
				t.Error("welcome before it is kept")
			}
		}
		log.records <- nil
		close(log.records)
		c.Expect("welcome")
	}, withLog(log))
}

// Neither code nor secret is in anything that a client is sent.
func TestComingInByCode_TheSecretIsToldToNobody(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		s, c := r.accessState(), r.pending()
		wantRefused(t, c, hello("ana", s.wrong()), "code_wrong")
		w := wantAdmitted(c, "ana", s.Code)
		_, about := r.do(request(t, "GET", "/room"))
		for _, text := range []string{w.Text, about} {
			if strings.Contains(text, s.Code) || strings.Contains(text, s.secret()) {
				t.Errorf("told %s", text)
			}
		}
	})
}

// The notice of digits that the server changed is shown until it is dismissed.
func TestComingInByCode_TheOperatorIsToldThatItChanged(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("code")
		c, wrong := r.pending(), r.accessState().wrong()
		for range 200 {
			wantRefused(t, c, hello("eve", wrong), "code_wrong")
		}
		if n := r.State().Notice; n == nil || n.Code != "code_changed" || n.Message == "" || n.Since == "" {
			t.Errorf("told %+v", n)
		}
		if err := r.DismissNotice(context.Background()); err != nil || r.State().Notice != nil {
			t.Errorf("dismissed: %v, %+v", err, r.State().Notice)
		}
	})
}
