package storm

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"
)

// dashboard is the operator's.
type dashboard struct {
	*conn
	asked   int
	waiting map[string]func(answer []byte)
	event   func(frame []byte)
}

// dashboardOf opens one.
func dashboardOf(l *loop, key string) (*dashboard, error) {
	d := &dashboard{waiting: map[string]func([]byte){}, event: func([]byte) {}}
	ready := false
	d.conn = &conn{
		loop: l, path: "/ws/server", headers: "Authorization: Bearer " + key + "\r\n", opened: func() { ready = true }, frame: d.take,
		ended: func(err error) { l.fail(fmt.Errorf("dashboard: %w", err)) },
	}
	d.dial()
	return d, l.until(patience, func() bool { return ready })
}

func (d *dashboard) take(frame []byte) {
	switch kindOf(frame) {
	case "event":
		d.event(frame)
	case "", "result", "error":
		id := textIn(frame, "id")
		if answer, ok := d.waiting[id]; ok {
			delete(d.waiting, id)
			answer(frame)
		}
	}
}

// ask sends a verb.
func (d *dashboard) ask(action string, more fields, answer func([]byte)) {
	d.asked++
	id := strconv.Itoa(d.asked)
	d.waiting[id] = answer
	f := fields{"action": action, "id": id}
	maps.Copy(f, more)
	d.say(f.encode())
}

// must asks and waits. An error is an error.
func (d *dashboard) must(action string, more fields) (answer []byte, err error) {
	d.ask(action, more, func(frame []byte) { answer = append([]byte{}, frame...) })
	if err := d.loop.until(time.Minute, func() bool { return answer != nil }); err != nil {
		return nil, fmt.Errorf("%s: %w", action, err)
	}
	if kindOf(answer) == "error" {
		return nil, errors.New(string(answer))
	}
	return answer, nil
}
