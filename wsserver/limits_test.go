package wsserver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// changeable leaves the limits to the settings, as a program without flags does.
func changeable(c *wsserver.Config) {
	c.ClientRate, c.MaxPerAddress, c.Changeable = 5, 256, []string{"client_rate", "max_per_address"}
}

func set(t *testing.T, r *room, c settings.Change) {
	t.Helper()
	if _, err := r.SetSettings(context.Background(), c); err != nil {
		t.Fatal(err)
	}
}

func TestSettings_AreKeptAndFollowTheirDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, changeable, func(c *wsserver.Config) { c.Dir = dir })
		d := r.dashboard()
		var answer operator.SettingsAnswer
		if e := d.Ask("set_settings", map[string]any{"keep_days": 7, "client_rate": 0.5, "max_topics": 32}, &answer); e != nil {
			t.Fatal(e.Text)
		}
		if v := answer.Values; v.KeepDays != 7 || v.ClientRate != 0.5 || v.MaxTopics != 32 || v.KeepBytes != 1<<30 || !v.RemoteDashboards {
			t.Errorf("answered %+v", v)
		}
		if len(answer.Ruled) != 1 || answer.Defaults.KeepDays != 90 || answer.Bounds["keep_days"].Most != 3650 {
			t.Errorf("answered %+v", answer)
		}
		kept, err := os.ReadFile(filepath.Join(dir, "settings.json"))
		if err != nil || strings.Contains(string(kept), "max_topics") || !strings.Contains(string(kept), `"keep_days": 7`) {
			t.Errorf("kept %s, %v: what is as by default follows the default", kept, err)
		}
		r.stop()
		r = newRoom(t, changeable, func(c *wsserver.Config) { c.Dir = dir })
		if v := r.Settings().Values; v.KeepDays != 7 || v.ClientRate != 0.5 {
			t.Errorf("after a restart %+v", v)
		}
		set(t, r, settings.Change{KeepDays: new(90)})
		if kept, _ := os.ReadFile(filepath.Join(dir, "settings.json")); strings.Contains(string(kept), "keep_days") {
			t.Errorf("kept %s", kept)
		}
	})
}

func TestSettings_OutOfBoundsChangeNothing(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		for name, bound := range r.Settings().Bounds {
			for _, n := range []float64{bound.Least - 1, bound.Most + 1} {
				e := d.Ask("set_settings", map[string]any{"remote_dashboards": false, name: n}, nil)
				if e == nil || e.Code != "bad_frame" || !strings.Contains(e.Message, name) {
					t.Errorf("%s = %v: %+v", name, n, e)
				}
			}
		}
		for _, args := range []map[string]any{{"keep_days": "7"}, {"keep_days": 1.5}, {"remote_dashboards": 1}} {
			if e := d.Ask("set_settings", args, nil); e == nil || e.Code != "bad_frame" {
				t.Errorf("%v: %+v", args, e)
			}
		}
		if v := r.Settings(); v.Values != v.Defaults {
			t.Errorf("changed to %+v", v.Values)
		}
	}, changeable)
}

// A settings file edited by hand does not keep a room from starting, deletes nothing and takes off no limit.
func TestSettings_OfAFileOutOfBoundsAreSafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b, err := json.Marshal(map[string]any{"keep_days": -1, "queue_bytes": 0, "max_topics": 7})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "settings.json"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		r := newRoom(t, func(c *wsserver.Config) { c.Dir = dir })
		if v := r.Settings().Values; v.KeepDays != 3650 || v.QueueBytes != 16<<20 || v.MaxTopics != 7 {
			t.Errorf("%+v", v)
		}
	})
}

func TestSettings_AFlagOverrides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		r := newRoom(t, changeable, func(c *wsserver.Config) { c.Dir = dir })
		set(t, r, settings.Change{ClientRate: new(1.5), MaxPerAddress: new(3)})
		r.stop()
		r = newRoom(t, changeable, func(c *wsserver.Config) {
			c.Dir, c.ClientRate, c.Changeable = dir, 9, []string{"max_per_address"}
		})
		s := r.Settings()
		if s.Values.ClientRate != 9 || s.Ruled["client_rate"] != "-client-rate" || s.Values.MaxPerAddress != 3 || s.Ruled["max_per_address"] != "" {
			t.Errorf("%+v", s)
		}
		_, err := r.SetSettings(context.Background(), settings.Change{KeepDays: new(5), ClientRate: new(2.0)})
		wantCode(t, err, "not_allowed")
		if v := r.Settings().Values; v.KeepDays != 90 || v.ClientRate != 9 {
			t.Errorf("changed all the same: %+v", v)
		}
		r.stop()
		r = newRoom(t, changeable, func(c *wsserver.Config) { c.Dir = dir })
		if v := r.Settings().Values; v.ClientRate != 1.5 {
			t.Errorf("without the flag what was chosen holds again: %+v", v)
		}
	})
}

func TestSettings_OfConnectionsApplyAtOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		status := func(ip string) int {
			answer, _ := do(t, from(r, ip), request(t, "GET", "/ws/client"))
			return answer.StatusCode
		}
		first := r.client()
		set(t, r, settings.Change{MaxConnections: new(1)})
		if got := status("10.0.0.1"); got != 503 {
			t.Errorf("with one in all: %d", got)
		}
		set(t, r, settings.Change{MaxConnections: new(0), MaxPerAddress: new(1)})
		if here, there := status("127.0.0.1"), status("10.0.0.1"); here != 429 || there != 426 {
			t.Errorf("with one per address: %d, elsewhere %d", here, there)
		}
		set(t, r, settings.Change{MaxPerAddress: new(3), HandshakesPerSecond: new(1)})
		for range 3 {
			wstest.Dial(t, from(r, "10.0.0.1"), "/ws/client", nil).Close()
		}
		synctest.Wait()
		time.Sleep(500 * time.Millisecond)
		if got := status("10.0.0.1"); got != 429 {
			t.Errorf("half a second after all the handshakes of a second: %d", got)
		}
		time.Sleep(500 * time.Millisecond)
		if got := status("10.0.0.1"); got != 426 {
			t.Errorf("a second after: %d", got)
		}
		if first.Closed() {
			t.Error("somebody who was there has ended")
		}
	}, changeable)
}

func TestSettings_OfRatesApplyAtOnceToOpenConnections(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		c := r.person("ana")
		burst := func(n int) (refused int) {
			for i := range n {
				c.Send(map[string]any{"action": "notify", "message": fmt.Sprint(i)})
			}
			waitIdle()
			for _, f := range c.Drain() {
				if f.Code == "rate_limited" {
					refused++
				}
			}
			return refused
		}
		set(t, r, settings.Change{ClientRate: new(1.0)})
		if n := burst(8); n != 3 {
			t.Errorf("%d of 8 were refused at one a second, want 3", n)
		}
		set(t, r, settings.Change{ClientRate: new(0.0)})
		if n := burst(300); n != 0 {
			t.Errorf("%d were refused without a limit", n)
		}
	}, changeable)
}

func TestSettings_OfTopicsApplyAtOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for i := range 40 {
			r.topic(fmt.Sprintf("t%d", i), wire.TopicOpen)
		}
		names := func(n int) (list []string) {
			for i := range n {
				list = append(list, fmt.Sprintf("t%d", i))
			}
			return list
		}
		set(t, r, settings.Change{MaxTopics: new(3)})
		c := r.client()
		if w := c.Hello("ana", "Ana", names(3)...); w.Limits["topics"] != 3 {
			t.Errorf("welcome says %v", w.Limits)
		}
		c.Send(map[string]any{"action": "subscribe", "topics": []string{"t7"}})
		c.ExpectError("too_large")
		set(t, r, settings.Change{MaxTopics: new(40)})
		c.Subscribe(names(40)...)
	})
}

func TestSettings_OfRetentionApplyAtOnce(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for range 40 {
			r.say(strings.Repeat("x", 60<<10))
		}
		set(t, r, settings.Change{KeepBytes: new(int64(1 << 20))})
		synctest.Wait() // and no minute later
		if kept := r.State().Kept; kept < 10 || kept > 17 {
			t.Errorf("%d are kept, want what 1 MiB holds", kept)
		}
	})
}

func TestSettings_OfMembershipApply(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		set(t, r, settings.Change{MemberHours: new(1)})
		r.person("ana").Cut()
		time.Sleep(59 * time.Minute)
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 1 {
			t.Errorf("within the hour: %v", away)
		}
		time.Sleep(3 * time.Minute)
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 0 {
			t.Errorf("after it: %v", away)
		}
	})
}

// A pending connection that never says hello is closed after that time.
func TestSettings_OfTheTimeToSayHelloApply(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		connect := func() *wstest.Client { return wstest.Dial(t, r.listen.Dial, "/ws/client", nil) }
		before := connect()
		if err := r.SetAccess(background, "code"); err != nil {
			t.Fatal(err)
		}
		set(t, r, settings.Change{HelloSeconds: new(10)})
		silent, busy, typing := connect(), connect(), connect()
		busy.SendText(`{"action":"unsubscribe"}`)
		typing.SendText(`{"action":"hello","user_id":"ana","name":"Ana"}`)
		time.Sleep(9 * time.Second)
		for name, c := range map[string]*wstest.Client{"silent": silent, "busy": busy, "typing": typing} {
			if c.Closed() {
				t.Errorf("%s was ended before its time", name)
			}
		}
		time.Sleep(2 * time.Second)
		wantClose(t, silent, 4002, "")
		wantClose(t, busy, 4002, "")
		if before.Closed() || typing.Closed() {
			t.Error("who was there before, or types a code, was ended")
		}
		waits := connect()
		if err := r.SetAccess(background, "open"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if waits.Closed() {
			t.Error("the room is open, and somebody was ended for saying nothing")
		}
	})
}
