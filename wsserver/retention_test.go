package wsserver_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
)

const day = 24 * time.Hour

// wrongClock is a machine's clock in years in which there is a Belfry, and wrong by so much. The room asks it meanwhile.
type wrongClock struct{ wrong atomic.Int64 }

func (c *wrongClock) set(wrong time.Duration) { c.wrong.Store(int64(wrong)) }

func (c *wrongClock) right() time.Time { return time.Now().Add(27 * 365 * day) }

func (c *wrongClock) now() time.Time { return c.right().Add(time.Duration(c.wrong.Load())) }

// inAgedRoom runs a test in a room with messages that were written so long ago, in an earlier run. The test may set its
// clock wrong.
func inAgedRoom(t *testing.T, ages []time.Duration, test func(t *testing.T, r *room, c *wrongClock)) {
	t.Helper()
	c, log := &wrongClock{}, msglog.NewMemory()
	with := func(conf *wsserver.Config) { conf.SetClock(c.now) }
	inRoom(t, func(_ *testing.T, r *room) {
		for _, age := range ages {
			r.writtenAt(log, c.right().Add(-age))
		}
	}, withLog(log), with)
	inRoom(t, func(t *testing.T, r *room) { test(t, r, c) }, withLog(log), with)
}

// writtenAt says something while the clock shows a time.
func (r *room) writtenAt(log msglog.Log, at time.Time) {
	r.t.Helper()
	seq := r.say("x").Seq
	page, _, err := log.Page(background, msglog.Query{After: seq - 1, Forward: true, Limit: 1})
	if err != nil {
		r.t.Fatal(err)
	}
	page[0].Time = at
}

// wantKept lets the retention's minutes pass.
func (r *room) wantKept(after time.Duration, want int) {
	r.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	if kept := r.State().Kept; kept != want {
		r.t.Errorf("%d are kept, want %d", kept, want)
	}
}

func (r *room) doubts() (codes []string) {
	for _, d := range r.State().Doubts {
		codes = append(codes, d.Code)
	}
	return codes
}

func TestRetention_RemovesWhatIsOld(t *testing.T) {
	inAgedRoom(t, []time.Duration{200 * day, 91 * day, 89 * day, 0}, func(_ *testing.T, r *room, _ *wrongClock) {
		r.wantKept(62*time.Second, 2)
	})
}

// What was written while the clock said 1970, or a year to come, is as old as the message behind it.
func TestRetention_KeepsWhatHasNoAge(t *testing.T) {
	const y1970, y2099 = 56 * 365 * day, -73 * 365 * day
	for _, row := range []struct {
		ages []time.Duration
		kept int
	}{
		{[]time.Duration{y1970, y1970, y1970}, 3},
		{[]time.Duration{y1970, y1970, 10 * day}, 3},
		{[]time.Duration{y1970, y1970, 100 * day, 10 * day}, 1},
		{[]time.Duration{y2099, y2099}, 2},
		{[]time.Duration{y2099, 100 * day, 10 * day}, 1},
		{[]time.Duration{100 * day, y1970, 10 * day}, 2},
	} {
		inAgedRoom(t, row.ages, func(_ *testing.T, r *room, _ *wrongClock) { r.wantKept(3*time.Minute, row.kept) })
	}
}

// A clock that jumps ahead deletes nothing, neither for a minute nor for a day, and whatever is set meanwhile.
func TestRetention_AClockThatJumpsAhead(t *testing.T) {
	inAgedRoom(t, []time.Duration{80 * day, 10 * day, 0}, func(t *testing.T, r *room, c *wrongClock) {
		c.set(2 * 365 * day)
		r.wantKept(2*time.Minute, 3)
		if got := r.doubts(); !slices.Equal(got, []string{operator.DoubtClock}) {
			t.Errorf("in doubt of %v", got)
		}
		set(t, r, settings.Change{KeepDays: new(30)})
		r.wantKept(2*time.Minute, 2)
		r.wantKept(20*time.Hour, 2)
		c.set(0)
		r.wantKept(2*time.Minute, 2)
		if got := r.doubts(); got != nil {
			t.Errorf("in doubt of %v", got)
		}
	})
}

func TestRetention_AClockThatTheOperatorConfirms(t *testing.T) {
	inAgedRoom(t, []time.Duration{80 * day, 10 * day}, func(t *testing.T, r *room, c *wrongClock) {
		r.say("written just now, by a clock that may be wrong")
		c.set(30 * day)
		r.wantKept(2*time.Minute, 3)
		if err := r.Confirm(background, operator.DoubtClock); err != nil {
			t.Fatal(err)
		}
		r.wantKept(time.Second, 2)
		if got := r.doubts(); got != nil {
			t.Errorf("in doubt of %v", got)
		}
		if page := r.Audit(operator.AuditQuery{Limit: 1}); page.Entries[0].What != "confirmed" || page.Entries[0].Detail != operator.DoubtClock {
			t.Errorf("noted as %+v", page.Entries[0])
		}
		set(t, r, settings.Change{KeepDays: new(1)})
		r.wantKept(time.Second, 1) // it is young
		r.wantKept(26*time.Hour, 0)
	})
}

// Memberships and names do not end because the clock jumps.
func TestMembership_AClockThatJumpsAhead(t *testing.T) {
	inAgedRoom(t, nil, func(t *testing.T, r *room, c *wrongClock) {
		r.person("ana").Cut()
		c.set(365 * day)
		time.Sleep(10 * time.Minute)
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 1 {
			t.Errorf("away: %v", away)
		}
		time.Sleep(13 * time.Hour)
		if away := r.Clients(operator.ClientsQuery{}).Away; len(away) != 0 {
			t.Errorf("after 13 hours of running: %v", away)
		}
	})
}

// While settings could not be read the room is closed and nothing is pruned, at the next start too, until the operator
// has confirmed them.
func TestSettings_ThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "settings.json"), []byte(`{"access":"open","keep_days":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, log := &wrongClock{}, msglog.NewMemory()
	for range 2 {
		inRoom(t, func(t *testing.T, r *room) {
			if log.Len() == 0 {
				r.writtenAt(log, c.right().Add(-4000*day).Add(365*day))
				r.writtenAt(log, c.right())
			}
			c.set(time.Duration(log.Last())) // the bubble's time begins anew
			r.wantKept(2*time.Minute, 2)
			st := r.State()
			if st.Access != "approval" || !slices.Equal(r.doubts(), []string{operator.DoubtSettings}) {
				t.Errorf("access %s, in doubt of %+v", st.Access, st.Doubts)
			}
		}, withLog(log), func(conf *wsserver.Config) { conf.Dir = dir; conf.SetClock(c.now) })
	}
	inRoom(t, func(t *testing.T, r *room) {
		set(t, r, settings.Change{KeepDays: new(30)})
		r.wantKept(2*time.Minute, 2)
		if e := r.Confirm(background, "moon"); e == nil {
			t.Error("the moon was confirmed")
		}
		if err := r.Confirm(background, operator.DoubtSettings); err != nil {
			t.Fatal(err)
		}
		if got := r.doubts(); got != nil {
			t.Errorf("in doubt of %v", got)
		}
		if v := r.Settings().Values; v.KeepDays != 30 || r.State().Access != "approval" {
			t.Errorf("keeps %d days, access %s", v.KeepDays, r.State().Access)
		}
	}, withLog(log), func(conf *wsserver.Config) { conf.Dir = dir; conf.SetClock(c.now) })
}

// A room whose settings file was removed stays as closed as it was.
func TestSettings_WhoseFileIsGone(t *testing.T) {
	for access, want := range map[string]string{"open": "open", "list": "list", "code": "approval", "approval": "approval"} {
		dir, log := t.TempDir(), msglog.NewMemory()
		with := func(c *wsserver.Config) { c.Dir = dir }
		inRoom(t, func(t *testing.T, r *room) {
			set(t, r, settings.Change{KeepDays: new(365)})
			if err := r.SetAccess(background, access); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}, withLog(log), with)
		if err := os.Remove(filepath.Join(dir, "settings.json")); err != nil {
			t.Fatal(err)
		}
		inRoom(t, func(t *testing.T, r *room) {
			if st := r.State(); st.Access != want || !slices.Equal(r.doubts(), []string{operator.DoubtSettings}) || r.Settings().Values.KeepDays != 3650 {
				t.Errorf("it was %s: access %s, in doubt of %+v", access, st.Access, st.Doubts)
			}
		}, withLog(log), with)
	}
}
