package clock

import (
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver/msglog"
)

const day = 24 * time.Hour

// machine is a clock that a test sets wrong. It goes on with the bubble's time.
type machine struct{ wrong time.Duration }

func (m *machine) now() time.Time { return right().Add(m.wrong) }

// right is the bubble's time, moved to years in which there is a Belfry.
func right() time.Time { return time.Now().Add(27 * 365 * day) }

// inRun runs a test with a clock of a program's first run.
func inRun(t *testing.T, test func(c *Clock, m *machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &machine{}
		c := started(t, m, msglog.NewMemory())
		test(c, m)
	})
}

// started is the clock of a run that begins on a log.
func started(t *testing.T, m *machine, log msglog.Log) *Clock {
	t.Helper()
	c := New(m.now)
	if err := c.Load(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	c.Tick(log.Last())
	return c
}

// run lets a program run for d, with a tick each minute.
func run(c *Clock, d time.Duration) {
	for range d / time.Minute {
		time.Sleep(time.Minute)
		c.Tick(0)
	}
}

// off is how far the sure time is from the right one.
func off(c *Clock) time.Duration { return c.Now().Sub(right()).Round(time.Minute) }

func wantOff(t *testing.T, c *Clock, want time.Duration, doubt bool) {
	t.Helper()
	_, _, in := c.Doubt()
	if got := off(c); got != want || in != doubt {
		t.Errorf("off by %v, in doubt %v; want %v, %v", got, in, want, doubt)
	}
}

func TestTick_FollowsAClockThatIsRight(t *testing.T) {
	inRun(t, func(c *Clock, m *machine) {
		run(c, 3*time.Hour)
		wantOff(t, c, 0, false)
		m.wrong = 20 * time.Minute
		run(c, time.Minute)
		wantOff(t, c, 20*time.Minute, false)
	})
}

// A clock that is ahead for a while, however far, moves nothing.
func TestTick_AJumpAheadAndBack(t *testing.T) {
	for _, wrong := range []time.Duration{5 * time.Hour, 2 * day, 100 * day, 73 * 365 * day} {
		inRun(t, func(c *Clock, m *machine) {
			run(c, time.Hour)
			m.wrong = wrong
			wantOff(t, c, 0, false)
			run(c, 10*time.Minute)
			wantOff(t, c, 0, wrong > Few)
			m.wrong = 0
			run(c, time.Minute)
			wantOff(t, c, 0, false)
		})
	}
}

// What stays for an hour is a weekend's sleep; a few days more are followed after that.
func TestTick_AFewDaysAreFollowedAfterAnHour(t *testing.T) {
	for _, wrong := range []time.Duration{10 * time.Hour, 60 * time.Hour, -10 * time.Hour, -60 * time.Hour} {
		inRun(t, func(c *Clock, m *machine) {
			m.wrong = wrong
			run(c, Soon)
			wantOff(t, c, min(0, wrong), false)
			run(c, 2*time.Minute)
			wantOff(t, c, wrong, false)
		})
	}
}

// A clock that went far ahead and stays there moves the sure time by one more day for each day of running, after one of
// waiting.
func TestTick_FarAheadIsCaughtUpSlowly(t *testing.T) {
	inRun(t, func(c *Clock, m *machine) {
		m.wrong = 6 * day
		run(c, Late)
		wantOff(t, c, 0, true)
		run(c, day)
		if got := off(c); got < 23*time.Hour || got > 25*time.Hour {
			t.Errorf("after another day %v", got)
		}
		run(c, 3*day)
		wantOff(t, c, 6*day, false)
	})
}

// A clock that does not stay is not followed.
func TestTick_AClockThatWanders(t *testing.T) {
	inRun(t, func(c *Clock, m *machine) {
		for range 40 {
			m.wrong += 30 * day
			run(c, 20*time.Hour)
		}
		wantOff(t, c, 0, true)
	})
}

func TestTick_FarBackIsFollowedAfterADay(t *testing.T) {
	inRun(t, func(c *Clock, m *machine) {
		m.wrong = -400 * day
		run(c, time.Hour)
		wantOff(t, c, -400*day, true) // never ahead of the machine's
		m.wrong = 0
		run(c, time.Minute)
		wantOff(t, c, 0, false)
		m.wrong = -400 * day
		run(c, Late+2*time.Minute)
		wantOff(t, c, -400*day, false)
		m.wrong = 0 // right again: that is a jump ahead now
		run(c, time.Hour)
		wantOff(t, c, -400*day, true)
		c.Confirm(0)
		wantOff(t, c, 0, false)
	})
}

func TestConfirm_FollowsAtOnce(t *testing.T) {
	inRun(t, func(c *Clock, m *machine) {
		m.wrong = 365 * day
		run(c, time.Minute)
		wantOff(t, c, 0, true)
		c.Confirm(0)
		wantOff(t, c, 365*day, false)
		run(c, time.Hour)
		wantOff(t, c, 365*day, false)
	})
}

// What was seen last holds at the next start too, and so does the time for which a clock has stayed.
func TestLoad_RemembersWhatWasSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, log := &machine{}, msglog.NewMemory()
		again := func(c *Clock) *Clock {
			if _, err := log.Append(t.Context(), msglog.OfRecords(c.Record())); err != nil {
				t.Fatal(err)
			}
			return started(t, m, log)
		}
		c := started(t, m, log)
		run(c, time.Hour)
		time.Sleep(10 * time.Hour) // a night
		c = again(c)
		wantOff(t, c, -10*time.Hour, false)
		run(c, Soon+2*time.Minute)
		wantOff(t, c, 0, false)
		m.wrong = 10 * day
		c = again(c)
		wantOff(t, c, 0, true)
		for range 5 { // days of six hours
			run(c, 6*time.Hour)
			time.Sleep(18 * time.Hour)
			c = again(c)
		}
		if got := c.Now().Sub(m.now()); got < -10*day || got > -9*day {
			t.Errorf("behind the machine's by %v, want less than the ten days of its jump", got)
		}
		c.Confirm(0)
		if c = again(c); c.Now() != m.now().Truncate(time.Millisecond) {
			t.Errorf("after it was confirmed: %v, the machine's %v", c.Now(), m.now())
		}
	})
}

// A log of a Belfry that remembered nothing: what was seen last is its newest message.
func TestLoad_OfALogThatRemembersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, m := msglog.NewMemory(), &machine{}
		say(t, log, right().Add(-30*day))
		c := started(t, m, log)
		wantOff(t, c, -30*day, true)
		empty := started(t, m, msglog.NewMemory())
		wantOff(t, empty, 0, false)
		say(t, log, time.UnixMilli(3_600_000)) // 1970: that was seen by nobody
		c = started(t, m, log)
		wantOff(t, c, 0, false)
	})
}

// say appends a message that was written when the clock showed a time.
func say(t *testing.T, log msglog.Log, at time.Time) {
	t.Helper()
	e := &msglog.Entry{Audience: msglog.AudienceEveryone, Text: "x"}
	if _, err := log.Append(t.Context(), msglog.OfEntries(e)); err != nil {
		t.Fatal(err)
	}
	e.Time = at
}

// The messages of a run in which the clock jumped are no older than the end of that doubt.
func TestUnsure_AreTheMessagesOfTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, log := &machine{wrong: -5 * 365 * day}, msglog.NewMemory()
		say(t, log, right().Add(-100*day))
		say(t, log, right().Add(-5*365*day))
		c := started(t, m, log)
		if list := c.Unsure(); len(list) != 0 {
			t.Errorf("at first %v", list)
		}
		m.wrong = 0
		c.Tick(7)
		if list := c.Unsure(); len(list) != 1 || list[0].From != 3 || !list[0].Until.IsZero() {
			t.Errorf("in doubt %v", list)
		}
		c.Confirm(9)
		list := c.Unsure()
		if len(list) != 1 || list[0].From != 3 || list[0].To != 9 || !list[0].Until.Equal(right()) {
			t.Errorf("then %v", list)
		}
		age := msglog.Age{Now: right(), Before: right().Add(-day), Unsure: list}
		if at, known := age.TimeOf(5, right().Add(-5*365*day)); !known || at.Before(age.Before) {
			t.Errorf("one of them is of %v, %v", at, known)
		}
		c.Forget(10)
		if list := c.Unsure(); len(list) != 0 {
			t.Errorf("once they are gone %v", list)
		}
	})
}
