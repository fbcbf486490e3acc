package wsserver_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wstest"
)

// The settings of a room are the same at each of its servers; those of a machine are its own.

// What is set at one holds at the other, whose people and dashboards are told, and is noted once.
func TestSeveral_Settings(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		there, dashboard := s[1].person("ana"), s[1].dashboard()
		waitIdle()
		there.Drain()
		dashboard.Drain()
		if err := s[0].SetName(t.Context(), "Ward 5"); err != nil {
			t.Fatal(err)
		}
		hours, name, port := 5, "The desk", 9443
		if _, err := s[0].SetSettings(t.Context(), settings.Change{NameHours: &hours, OperatorName: &name, SecurePort: &port}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		waitIdle()
		var told wstest.Frame
		for _, f := range there.Drain() {
			if f.Type == "room" {
				told = f
			}
		}
		if !strings.Contains(told.Text, `"Ward 5"`) || !strings.Contains(told.Text, `"The desk"`) {
			t.Errorf("people are told %s", told.Text)
		}
		v := s[1].Settings().Values
		if st := s[1].State(); st.Name != "Ward 5" || v.NameHours != 5 || v.OperatorName != "The desk" || v.SecurePort != 0 {
			t.Errorf("there it is %q with %+v", st.Name, v)
		}
		if len(dashboard.Drain()) == 0 {
			t.Error("dashboards are not told")
		}
		for i := range s {
			n := 0
			for _, e := range s[i].Audit(operator.AuditQuery{}).Entries {
				if e.What == "setting" {
					n++
				}
			}
			if n != 4 {
				t.Errorf("server %d has %d of 4 changes in its list", i, n)
			}
		}
	})
}

// Changes of two settings at once both hold; of one setting, one of them does, and the same everywhere.
func TestSeveral_SettingsAtOnce(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(30 * time.Millisecond)
		days, hours := []int{10, 20}, []int{6, 7}
		var running sync.WaitGroup
		for i := range s {
			running.Go(func() {
				if _, err := s[i].SetSettings(t.Context(), settings.Change{KeepDays: &days[i]}); err != nil {
					t.Error(err)
				}
			})
		}
		running.Wait()
		running.Go(func() { _, _ = s[0].SetSettings(t.Context(), settings.Change{NameHours: &hours[0]}) })
		running.Go(func() { _, _ = s[1].SetSettings(t.Context(), settings.Change{MemberHours: &hours[1]}) })
		running.Wait()
		time.Sleep(time.Second)
		a, b := s[0].Settings().Values, s[1].Settings().Values
		if a != b || a.NameHours != 6 || a.MemberHours != 7 || a.KeepDays != 10 && a.KeepDays != 20 {
			t.Errorf("one has %+v\nthe other %+v", a, b)
		}
	})
}

// A room that is not open any more is not open at any server: newcomers need the one code, and who was in stays and comes back.
func TestSeveral_AccessMode(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		inside := s[1].person("ana")
		if err := s[0].SetAccess(t.Context(), "code"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if inside.Closed() {
			t.Error("who was in was put out")
		}
		code := s[0].State().Code
		if st := s[1].State(); st.Access != "code" || st.Code != code || code == "" {
			t.Errorf("there it is %q with the code %q, want %q", st.Access, st.Code, code)
		}
		wantRefused(t, s[1].pending(), hello("eve", ""), "code_needed")
		wantAdmitted(s[1].pending(), "eve", code)
		wantAdmitted(s[0].pending(), "ana", "")
		if _, err := s[1].NewCode(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		wantRefused(t, s[0].pending(), hello("fay", code), "code_wrong")
		waiting := s[0].pending()
		waiting.Send(hello("gus", ""))
		waiting.ExpectError("code_needed")
		if err := s[1].SetAccess(t.Context(), "open"); err != nil {
			t.Fatal(err)
		}
		waiting.Expect("welcome")
	})
}

// A server that is cut off changes nothing of the room, and follows what was changed meanwhile once it is back.
func TestSeveral_SettingsWhileCutOff(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetCut(true)
		wantCode(t, s[1].SetName(t.Context(), "There"), "not_kept")
		if name := s[1].State().Name; name != "" {
			t.Errorf("cut off it is called %q", name)
		}
		if err := s[0].SetName(t.Context(), "Here"); err != nil {
			t.Fatal(err)
		}
		s[1].view.SetCut(false)
		time.Sleep(time.Second)
		if name := s[1].State().Name; name != "Here" {
			t.Errorf("back it is called %q", name)
		}
	})
}

func inFolder(dir string, v *wstest.View) func(*wsserver.Config) {
	return func(c *wsserver.Config) {
		c.Dir = dir
		c.OpenLog = func(string) (msglog.Log, error) { return v, nil }
	}
}

// The settings of a folder in use are the room's; a machine that joins follows them, whatever its own file says, and keeps what is
// the machine's. When one is alone again, it has what the room had.
func TestSeveral_SettingsOfFoldersInUse(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	write := func(dir, text string) {
		if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(dir string) (v settings.Values) {
		b, err := os.ReadFile(filepath.Join(dir, "settings.json"))
		if err == nil {
			err = json.Unmarshal(b, &v)
		}
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	write(first, `{"name":"Ward 5","access":"code","code":"123456","secret":"s","keep_days":30,"address":"10.0.0.1"}`)
	write(second, `{"name":"Old","keep_days":7,"member_hours":3,"address":"10.0.0.2"}`)
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		own, err := sqlite.Open(first)
		if err != nil {
			t.Fatal(err)
		}
		one := newRoom(t, inFolder(first, shared.View(own)))
		two := newRoom(t, inFolder(second, shared.View(msglog.NewMemory())))
		time.Sleep(time.Second)
		for i, r := range []*room{one, two} {
			st, v := r.State(), r.Settings().Values
			if st.Name != "Ward 5" || st.Access != "code" || st.Code != "123456" || v.KeepDays != 30 || v.MemberHours != 12 {
				t.Errorf("machine %d is %q, %s %s, %+v", i, st.Name, st.Access, st.Code, v)
			}
		}
		if err := two.SetName(t.Context(), "Ward 6"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
	})
	for i, dir := range []string{first, second} {
		if v := read(dir); v.Name != "Ward 6" || v.Access != "code" || v.Address != []string{"10.0.0.1", "10.0.0.2"}[i] {
			t.Errorf("machine %d keeps %+v", i, v)
		}
	}
	write(first, `{"name":"Changed by hand"}`)
	for _, name := range []string{"Ward 6", "Alone"} {
		inRoom(t, func(t *testing.T, r *room) {
			if st := r.State(); st.Name != name || st.Access != "code" {
				t.Errorf("alone it is %q, %s; want %q", st.Name, st.Access, name)
			}
			if err := r.SetName(t.Context(), "Alone"); err != nil {
				t.Fatal(err)
			}
		}, func(c *wsserver.Config) {
			c.Dir = first
			c.OpenLog = func(dir string) (msglog.Log, error) { return sqlite.Open(dir) }
		})
	}
}
