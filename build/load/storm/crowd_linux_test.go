package storm

import (
	"fmt"
	"testing"
	"time"

	"belfry/build/load/tally"
)

// roomOf returns a crowd without a server, with one person who has been sent messages 0 to 2.
func roomOf(t *testing.T) (*crowd, *person) {
	t.Helper()
	c := &crowd{loop: &loop{began: time.Now()}, errors: map[string]int{}, entered: func(*person) {}, heard: func(*person, time.Duration) {}}
	p := c.person("p", 7)
	c.take(p, []byte(`{"type":"welcome","protocol":1,"user_id":"p7","epoch":"7Q","seq":40,"time":"…"}`))
	for n := range 3 {
		c.take(p, message(n))
	}
	if !p.in || c.in != 1 || p.seq != 43 || c.epoch != "7Q" {
		t.Fatalf("in %v, %d, seq %d, epoch %q", p.in, c.in, p.seq, c.epoch)
	}
	return c, p
}

// message is that with a number; its seq is 41 more.
func message(n int) []byte {
	return fmt.Appendf(nil, `{"type":"message","seq":%d,"time":"…","message":"%s"}`, n+41, tally.Text(uint64(n), 0, 0))
}

func leave(c *crowd, p *person) {
	s := returning{crowd: c}
	p.state = closed
	s.lose(p)
	p.order.Resume(p.from)
}

func TestCrowd_ARecoveryIsCountedAndChecked(t *testing.T) {
	for _, test := range []struct {
		name    string
		come    []int
		end     string
		faults  tally.Faults
		leftOut uint64
	}{
		{"whole", []int{3, 4, 5}, "true", tally.Faults{}, 0},
		{"lost", []int{3, 5}, "true", tally.Faults{Lost: 1}, 0},
		{"doubled", []int{3, 4, 4, 5}, "true", tally.Faults{Doubled: 1}, 0},
		{"again what was there before", []int{2, 3, 4, 5}, "true", tally.Faults{Doubled: 1}, 0},
		{"reordered", []int{4, 3, 5}, "true", tally.Faults{Reordered: 1}, 0},
		{"left out", []int{5}, "false", tally.Faults{}, 2},
		{"left out, and the server does not say so", []int{5}, "true", tally.Faults{Lost: 2}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, p := roomOf(t)
			leave(c, p)
			c.take(p, []byte(`{"type":"welcome","protocol":1,"user_id":"p7","epoch":"7Q","seq":46,"time":"…"}`))
			for _, n := range test.come {
				c.take(p, message(n))
			}
			if p.in {
				t.Error("it is back before its recovery has ended")
			}
			c.take(p, []byte(`{"type":"recovered","topics":["general"],"from":44,"to":46,"complete":`+test.end+`,"gone":false,"epoch":"7Q"}`))
			c.take(p, message(6)) // live
			var faults tally.Faults
			faults.Add(&p.order, 7)
			if faults != test.faults || c.recovery.leftOut != test.leftOut {
				t.Errorf("%+v, left out %d", faults, c.recovery.leftOut)
			}
			if !p.in || c.in != 1 || c.recovery.messages != uint64(len(test.come)) {
				t.Errorf("in %v, %d, of recoveries %d", p.in, c.in, c.recovery.messages)
			}
		})
	}
}

func TestCrowd_AnErrorInPlaceOfARecoveryIsCounted(t *testing.T) {
	c, p := roomOf(t)
	c.stormy = true
	leave(c, p)
	c.take(p, message(3))
	c.take(p, []byte(`{"type":"error","code":"internal","message":"…","action":"hello"}`))
	if c.recovery.failed != 1 || c.errors["internal"] != 1 || p.in {
		t.Errorf("failed %d, %v, in %v", c.recovery.failed, c.errors, p.in)
	}
	if p.since != 43 || p.from != 3 {
		t.Errorf("it comes back from seq %d and number %d", p.since, p.from)
	}
}
