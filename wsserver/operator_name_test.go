package wsserver_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

func (r *room) set(c settings.Change) {
	r.t.Helper()
	if _, err := r.SetSettings(context.Background(), c); err != nil {
		r.t.Fatal(err)
	}
}

// texts are the frames that a client was sent, of one type.
func texts(c *wstest.Client, kind string) (list []string) {
	synctest.Wait()
	for _, f := range c.Drain() {
		if f.Type == kind {
			list = append(list, f.Text)
		}
	}
	return list
}

func TestRoom_NewNamesReachWhoIsHere(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana, silent, dashboard := r.person("ana"), r.client(), r.dashboard()
		silent.Subscribe()
		if err := r.SetName(t.Context(), "Hall 3"); err != nil {
			t.Fatal(err)
		}
		r.set(settings.Change{OperatorName: new(" Ana  Lima ")})
		r.set(settings.Change{OperatorName: new("Ana Lima"), KeepDays: new(7)})
		want := []string{`{"type":"room","name":"Hall 3","operator":"Operator"}`, `{"type":"room","name":"Hall 3","operator":"Ana Lima"}`}
		if got := texts(ana, "room"); !slices.Equal(got, want) {
			t.Errorf("ana was sent %q", got)
		}
		for what, c := range map[string]*wstest.Client{"a client without a hello": silent, "a dashboard": dashboard} {
			if got := texts(c, "room"); len(got) > 0 {
				t.Errorf("%s was sent %q", what, got)
			}
		}
		if st := r.State(); st.Operator != "Ana Lima" || st.Name != "Hall 3" {
			t.Errorf("state %q, %q", st.Name, st.Operator)
		}
		if got := texts(r.person("ben"), "room"); len(got) > 0 {
			t.Errorf("who comes later was sent %q", got)
		}
	}, func(c *wsserver.Config) { c.Name = "Workshop" })
}

func TestOperatorName_IsOnTheMessages(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ana := r.person("ana")
		r.say("one")
		r.set(settings.Change{OperatorName: new("Ms Ortega")})
		r.say("two")
		r.set(settings.Change{OperatorName: new("")})
		r.say("three")
		synctest.Wait()
		var names []string
		for _, f := range ana.Drain() {
			if f.Type == "message" {
				var m wire.Message
				if _, err := wire.Decode([]byte(f.Text), &m); err != nil || !m.From.Operator || m.From.UserID != "" {
					t.Errorf("%s: %v", f.Text, err)
				}
				names = append(names, m.From.Name)
			}
		}
		if want := []string{"Operator", "Ms Ortega", "Operator"}; !slices.Equal(names, want) {
			t.Errorf("from %q, want %q", names, want)
		}
	})
}

func TestOperatorName_IsNobodyElses(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		ben := r.client()
		wantWelcome(t, helloNamed(ben, "ben", "Ana Lima"))
		r.set(settings.Change{OperatorName: new("Ana Lima")})
		synctest.Wait()
		renamed := ben.ExpectError("identity_taken")
		if renamed.Field != "name" || renamed.Free != "Ana Lima 2" || renamed.Action != "" {
			t.Errorf("ben was told %s", renamed.Text)
		}
		if list := r.Clients(operator.ClientsQuery{}).Clients; list[0].Name != "Ana Lima 2" {
			t.Errorf("ben is called %q", list[0].Name)
		}
		cid := r.client()
		for _, like := range []string{"Ana Lima", "ana lima", "Ana Iima"} {
			if f := helloNamed(cid, "cid", like); f.Code != "identity_taken" || f.Free == "" {
				t.Errorf("%q: %s", like, f.Text)
			}
		}
		r.set(settings.Change{OperatorName: new("")})
		wantWelcome(t, helloNamed(cid, "cid", "Ana Lima"))
	})
}

func TestOperatorName_FollowsTheRulesOfNames(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for name, code := range map[string]string{
			strings.Repeat("n", 65): "too_large", "Аna": "name_refused", "!!": "name_refused",
		} {
			_, err := r.SetSettings(t.Context(), settings.Change{OperatorName: &name})
			wantCode(t, err, code)
		}
		r.set(settings.Change{OperatorName: new("Operator Ana")})
		if got := r.Settings().Values.OperatorName; got != "Operator Ana" {
			t.Errorf("the operator is called %q", got)
		}
	})
}

func TestRoom_SaysHowManyAreHereWhereItIsOpen(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		r.person("ana")
		r.person("ben")
		synctest.Wait()
		if _, body := r.do(request(t, "GET", "/room")); !strings.Contains(body, `"people":2`) {
			t.Errorf("open: %s", body)
		}
		if err := r.SetAccess(t.Context(), settings.AccessApproval); err != nil {
			t.Fatal(err)
		}
		if _, body := r.do(request(t, "GET", "/room")); strings.Contains(body, "people") || !strings.Contains(body, `"operator":"Operator"`) {
			t.Errorf("not open: %s", body)
		}
	})
}

func TestWiFi_StandsInNoListAndNoLog(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.set(settings.Change{WiFiName: new("Hall guests"), WiFiPassword: new(" correct horse "), UndoSeconds: new(0)})
		if v := r.Settings().Values; v.WiFiName != "Hall guests" || v.WiFiPassword != " correct horse " || v.UndoSeconds != 0 {
			t.Errorf("holds %+v", v)
		}
		noted := 0
		for _, e := range r.Audit(operator.AuditQuery{}).Entries {
			if strings.Contains(e.Before+e.After, "horse") {
				t.Errorf("noted %+v", e)
			}
			if e.Setting == "wifi_password" {
				noted++
			}
		}
		if noted != 1 {
			t.Errorf("noted %d times", noted)
		}
		for _, c := range []settings.Change{
			{WiFiName: new(strings.Repeat("n", 33))}, {WiFiPassword: new(strings.Repeat("p", 65))},
		} {
			_, err := r.SetSettings(t.Context(), c)
			wantCode(t, err, "too_large")
		}
		_, err := r.SetSettings(t.Context(), settings.Change{WiFiName: new("two\nlines")})
		wantCode(t, err, "bad_frame")
		_, err = r.SetSettings(t.Context(), settings.Change{UndoSeconds: new(31)})
		wantCode(t, err, "bad_frame")
	})
}
