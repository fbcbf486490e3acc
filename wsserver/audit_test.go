package wsserver_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/auth"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func auditOf(r *room) []operator.AuditEntry { return r.Audit(operator.AuditQuery{}).Entries }

// lines describes the entries, newest first.
func lines(list []operator.AuditEntry) (words []string) {
	for _, e := range list {
		parts := []string{e.What, "by", e.Door + e.Address, e.UserID + e.Target + e.Topic, e.Setting, e.Before, e.After, e.Detail}
		words = append(words, strings.Join(strings.Fields(strings.Join(parts, " ")), " "))
	}
	return words
}

func TestAudit_ListsWhatWasDone(t *testing.T) {
	log := msglog.NewMemory()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, withLog(log))
		r.person("ana")
		d := dashboardAs(t, r, "10.0.0.7", signIn(t, r, "10.0.0.7"))
		ask := func(verb string, args map[string]any) {
			t.Helper()
			if e := d.Ask(verb, args, nil); e != nil {
				t.Fatalf("%s: %s", verb, e.Text)
			}
		}
		ask("set_settings", map[string]any{"keep_days": 30, "max_topics": 16})
		ask("set_settings", map[string]any{"keep_days": 30}) // changes nothing
		ask("set_name", map[string]any{"name": "Hall 3"})
		ask("create_topic", map[string]any{"topic": "tea", "title": "Tea"})
		ask("mute", map[string]any{"user_id": "ana"})
		ask("block", map[string]any{"address": "10.0.0.9", "reason": "Enough."})
		ask("set_password", map[string]any{"password": "a long password"})
		seq := r.say("oops").Seq
		ask("withdraw", map[string]any{"seq": seq})
		ask("disconnect", map[string]any{"user_id": "ana", "reason": "Bye."})
		if err := r.Export(context.Background(), operator.ExportQuery{Format: "csv"}, io.Discard, func(uint64, uint64) {}); err != nil {
			t.Fatal(err)
		}
		want := `exported by window csv
export_began by window csv
disconnected by web10.0.0.7 ana Bye.
withdrawn by web10.0.0.7
broadcast by window
password_set by web10.0.0.7
blocked by web10.0.0.7 10.0.0.9 Enough.
muted by web10.0.0.7 ana
topic_created by web10.0.0.7 tea Tea
setting by web10.0.0.7 name Hall 3
setting by web10.0.0.7 max_topics 32 16
setting by web10.0.0.7 keep_days 90 30
signed_in by web10.0.0.7 key`
		if got := strings.Join(lines(auditOf(r)), "\n"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if e := auditOf(r)[0]; e.N != 13 || e.Time == "" || e.Count != 0 {
			t.Errorf("the newest is %+v", e)
		}
		r.stop()
		r = newRoom(t, withLog(log))
		if got := strings.Join(lines(auditOf(r)), "\n"); got != want {
			t.Errorf("after a restart\n%s", got)
		}
	})
}

func TestAudit_CountsWrongKeysTogether(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		try := func(ip string) {
			do(t, from(r, ip), request(t, "POST", "/session", "Authorization", "Bearer wrong"))
			time.Sleep(time.Second)
		}
		for range 7 {
			try("10.0.0.7")
			try("10.0.0.8")
		}
		list := auditOf(r)
		if len(list) != 2 || list[0].Count != 7 || list[1].Count != 7 || list[0].Since >= list[0].Time || list[0].Door != "" {
			t.Fatalf("%+v", list)
		}
		time.Sleep(11 * time.Minute)
		try("10.0.0.7")
		if list := auditOf(r); len(list) != 3 || list[0].Count != 0 {
			t.Errorf("later: %+v", list)
		}
	})
}

func TestAudit_IsPagedAndBounded(t *testing.T) {
	log := msglog.NewMemory()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, withLog(log))
		const n = wsserver.AuditMost + 30
		for i := range n {
			if err := r.SetName(context.Background(), fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		r.stop()
		r = newRoom(t, withLog(log))
		read, before := 0, uint64(0)
		for more := true; more; {
			page := r.Audit(operator.AuditQuery{Before: before, Limit: 150})
			for _, e := range page.Entries {
				if want := uint64(n - read); e.N != want {
					t.Fatalf("entry %d comes where %d does", e.N, want)
				}
				read++
				before = e.N
			}
			more = page.More
		}
		if read != wsserver.AuditMost {
			t.Errorf("%d are kept, want %d", read, wsserver.AuditMost)
		}
		kept := 0
		if err := log.Records(context.Background(), "audit", func(string, []byte) error { kept++; return nil }); err != nil || kept != wsserver.AuditMost {
			t.Errorf("%d are in the log, %v", kept, err)
		}
	})
}

// Dashboards follow by revisions, and so stay in step.
func TestDashboards_AreInStep(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		one, two := r.dashboard(), r.dashboard()
		revs := map[string]any{}
		told := func() (changed []string) {
			waitIdle()
			for _, f := range two.Drain() {
				var event map[string]any
				if f.Type != "event" || json.Unmarshal([]byte(f.Text), &event) != nil {
					continue
				}
				for name, rev := range event {
					if strings.HasSuffix(name, "_rev") && revs[name] != rev {
						revs[name] = rev
						changed = append(changed, name)
					}
				}
			}
			return changed
		}
		told()
		for _, row := range []struct {
			verb string
			args map[string]any
			rev  string
		}{
			{"set_settings", map[string]any{"keep_days": 7}, "settings_rev"},
			{"set_password", map[string]any{"password": "a long password"}, "settings_rev"},
			{"mute", map[string]any{"user_id": "ana"}, "blocked_rev"},
			{"block", map[string]any{"address": "10.0.0.1"}, "blocked_rev"},
			{"unblock", map[string]any{"address": "10.0.0.1"}, "blocked_rev"},
			{"set_name", map[string]any{"name": "Hall"}, "audit_rev"},
		} {
			if e := one.Ask(row.verb, row.args, nil); e != nil {
				t.Fatalf("%s: %s", row.verb, e.Text)
			}
			if changed := told(); !slices.Contains(changed, row.rev) || !slices.Contains(changed, "audit_rev") {
				t.Errorf("%s: told of %v", row.verb, changed)
			}
		}
		signIn(t, r, "10.0.0.7")
		if changed := told(); !slices.Contains(changed, "sessions_rev") {
			t.Errorf("somebody signs in: told of %v", changed)
		}
		one.Close()
		if changed := told(); !slices.Contains(changed, "sessions_rev") {
			t.Errorf("a dashboard is closed: told of %v", changed)
		}
	})
}

// Wrong keys from thousands of addresses push out no entry of the operator, and a program that reconnects again and
// again is one entry.
func TestAudit_IsNotFlooded(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		if err := r.SetName(context.Background(), "Hall"); err != nil {
			t.Fatal(err)
		}
		for i := range 1200 {
			ip := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}).String()
			do(t, from(r, ip), request(t, "POST", "/session", "Authorization", "Bearer wrong"))
		}
		for range 30 {
			r.dashboard().Close()
		}
		list := allAudit(r)
		first, last := list[len(list)-1], list[0]
		if first.What != "setting" || len(list) != 1002 || last.Detail != "bearer" || last.Count != 30 {
			t.Errorf("%d entries, from %+v to %+v", len(list), first, last)
		}
	})
}

// all reads the whole list, newest first.
func allAudit(r *room) (list []operator.AuditEntry) {
	for page := r.Audit(operator.AuditQuery{}); ; page = r.Audit(operator.AuditQuery{Before: list[len(list)-1].N}) {
		list = append(list, page.Entries...)
		if !page.More {
			return list
		}
	}
}

func count(list []operator.AuditEntry, what string) (n int) {
	for _, e := range list {
		if e.What == what {
			n++
		}
	}
	return n
}

// What is done to everybody at once is one entry, with how many and the first names.
func TestAudit_ManyAtOnceIsOneEntry(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		if err := r.SetAccess(context.Background(), "approval"); err != nil {
			t.Fatal(err)
		}
		knock := func(n int) {
			for i := range n {
				c := wstest.Dial(t, from(r, netip.AddrFrom4([4]byte{10, 2, 0, byte(i)}).String()), "/ws/client", nil)
				c.Send(map[string]any{"action": "hello", "name": fmt.Sprintf("Guest %d", i), "user_id": fmt.Sprintf("u%d", i), "token": fmt.Sprintf("a-long-token-of-%d", i)})
			}
			waitIdle()
		}
		for _, verb := range []func() error{
			func() error { return r.Refuse(context.Background(), "", true, "Full.") },
			func() error { return r.LetIn(context.Background(), "", true) },
		} {
			knock(60)
			before := len(allAudit(r))
			if err := verb(); err != nil {
				t.Fatal(err)
			}
			list := allAudit(r)
			if e := list[0]; len(list) != before+1 || e.Count != 60 || len(e.Names) != 10 || e.UserID != "" || e.Door != "window" {
				t.Errorf("%d new entries, the newest %+v", len(list)-before, e)
			}
		}
	})
}

// One session cannot push out what others did, nor how it came in itself, however much it does.
func TestAudit_OneSessionPushesOutNoOther(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 3 {
			r.person(fmt.Sprint("u", i))
			if _, err := r.CreateTopic(context.Background(), fmt.Sprint("t", i), "", ""); err != nil {
				t.Fatal(err)
			}
		}
		thief := dashboardAs(t, r, "10.0.0.9", signIn(t, r, "10.0.0.9"))
		if e := thief.Ask("key", nil, nil); e != nil {
			t.Fatal(e.Text)
		}
		for i := range 1500 {
			for _, verb := range []string{"mute", "unmute"} {
				if e := thief.Ask(verb, map[string]any{"user_id": fmt.Sprint("u", i%3)}, nil); e != nil {
					t.Fatal(e.Text)
				}
			}
			if e := thief.Ask("block", map[string]any{"address": netip.AddrFrom4([4]byte{10, 9, byte(i >> 8), byte(i)}).String()}, nil); e != nil {
				t.Fatal(e.Text)
			}
			if e := thief.Ask("set_name", map[string]any{"name": fmt.Sprint(i)}, nil); e != nil {
				t.Fatal(e.Text)
			}
		}
		list := allAudit(r)
		if a, b := count(list, "muted")+count(list, "unmuted")+count(list, "blocked"), count(list, "setting"); a > wsserver.AuditMost || b > wsserver.AuditMost {
			t.Errorf("it has %d and %d entries", a, b)
		}
		if count(list, "topic_created") != 3 || count(list, "key_shown") != 1 || count(list, "signed_in") != 1 {
			t.Errorf("pushed out: %d topics, %d key_shown, %d signed_in", count(list, "topic_created"), count(list, "key_shown"), count(list, "signed_in"))
		}
	})
}

// The same over and over becomes a count.
func TestAudit_LoopsAreCounted(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		for range 100 {
			if err := r.Mute(context.Background(), "ana"); err != nil {
				t.Fatal(err)
			}
			if err := r.Unmute(context.Background(), "ana"); err != nil {
				t.Fatal(err)
			}
		}
		list := allAudit(r)
		if len(list) != 6 || list[0].Count+list[1].Count != 2*98 {
			t.Errorf("%d entries: %+v", len(list), list)
		}
	})
}

// Of two operators one knows who wrote what, by its message.
func TestAudit_SaysWhoWrote(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.person("ana")
		one := dashboardAs(t, r, "10.0.0.7", signIn(t, r, "10.0.0.7"))
		two := dashboardAs(t, r, "10.0.0.7", signIn(t, r, "10.0.0.7"))
		var sent [2]operator.Receipt
		for i, d := range []*wstest.Client{one, two} {
			if e := d.Ask("broadcast", map[string]any{"message": "Evacuate", "message_id": fmt.Sprint("m", i), "ack": "Yes", "repeat": map[string]any{"every": 5, "times": 2}}, &sent[i]); e != nil {
				t.Fatal(e.Text)
			}
		}
		for verb, args := range map[string]map[string]any{
			"stop_repeat": {"seq": sent[1].Seq},
			"write_again": {"seq": sent[1].Seq, "missing": "ack", "message_id": "again"},
			"broadcast":   {"message": "Evacuate", "message_id": "m1", "ack": "Yes"}, // the same once more
		} {
			if e := two.Ask(verb, args, nil); e != nil {
				t.Fatal(verb, e.Text)
			}
		}
		var a, b operator.AuditAnswer
		for seq, answer := range map[uint64]*operator.AuditAnswer{sent[0].Seq: &a, sent[1].Seq: &b} {
			if e := one.Ask("audit", map[string]any{"seq": seq}, answer); e != nil {
				t.Fatal(e.Text)
			}
		}
		if len(a.Entries) != 1 || a.Entries[0].What != "broadcast" || a.Entries[0].Session == "" {
			t.Fatalf("the first: %+v", a.Entries)
		}
		if len(b.Entries) != 3 || count(b.Entries, "broadcast") != 1 || count(b.Entries, "written_again") != 1 || count(b.Entries, "repeat_stopped") != 1 {
			t.Fatalf("the second: %+v", b.Entries)
		}
		for _, e := range b.Entries {
			if e.Session == "" || e.Session == a.Entries[0].Session {
				t.Errorf("whose is %+v?", e)
			}
		}
	})
}

// An export that is cut off is known all the same.
func TestAudit_HasExportsThatWereCutOff(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("one")
		r.say("two")
		gone := errors.New("reset")
		err := r.Export(context.Background(), operator.ExportQuery{Format: "jsonl"}, failing{gone}, func(uint64, uint64) {})
		if list := allAudit(r); !errors.Is(err, gone) || list[0].What != "export_began" || list[0].Detail != "jsonl" {
			t.Fatalf("%v, %+v", err, list[0])
		}
		if err := r.Export(context.Background(), operator.ExportQuery{Format: "csv"}, io.Discard, func(uint64, uint64) {}); err != nil {
			t.Fatal(err)
		}
		if list := allAudit(r); list[0].What != "exported" || list[0].Count != 2 || list[1].What != "export_began" {
			t.Errorf("%+v", list[:2])
		}
	})
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// An export ends with the session, or the key, that it was begun with.
func TestExport_EndsWithItsSession(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *room, string) error{
		"end_session": func(_ *testing.T, r *room, session string) error { return r.EndSession(context.Background(), session) },
		"new_key":     func(_ *testing.T, r *room, _ string) error { _, err := r.NewKey(context.Background()); return err },
		"program":     func(_ *testing.T, r *room, _ string) error { _, err := r.NewKey(context.Background()); return err },
		"password": func(_ *testing.T, r *room, _ string) error {
			return r.SetPassword(context.Background(), "another one of them")
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRoom(t, func(c *wsserver.Config) { c.Token = "" })
				answer, err := r.Key(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				for i := range 100 {
					r.say(fmt.Sprint(i, strings.Repeat("x", 60_000)))
				}
				header := []string{"Authorization", "Bearer " + answer.Key}
				session := ""
				if name != "program" {
					signIn := request(t, "POST", "/session", header...)
					if name == "password" {
						if err := r.SetPassword(context.Background(), "this one opens it"); err != nil {
							t.Fatal(err)
						}
						signIn = request(t, "POST", "/session", "Content-Type", "application/json")
						signIn.Body = body(`{"password":"this one opens it"}`)
					}
					signed, _ := r.do(signIn)
					own := shown(signed)
					header = []string{"Cookie", own.Get("Cookie"), auth.HalfHeader, own.Get(auth.HalfHeader)}
					session = r.Sessions(context.Background()).Sessions[0].ID
				}
				conn, err := r.listen.Dial(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if err := request(t, "GET", "/export?format=csv", header...).Write(conn); err != nil {
					t.Fatal(err)
				}
				got, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || got.StatusCode != http.StatusOK {
					t.Fatal(got, err)
				}
				defer got.Body.Close()
				if _, err := io.ReadFull(got.Body, make([]byte, 100_000)); err != nil {
					t.Fatal(err)
				}
				if err := end(t, r, session); err != nil {
					t.Fatal(err)
				}
				n, err := io.Copy(io.Discard, got.Body)
				if err == nil || n > 2_000_000 {
					t.Errorf("after that %d bytes came, %v", n, err)
				}
				if list := allAudit(r); count(list, "export_began") != 1 || count(list, "exported") != 0 {
					t.Errorf("the audit list has %q", lines(list[:3]))
				}
			})
		})
	}
}
