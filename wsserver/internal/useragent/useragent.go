package useragent

import (
	"strings"
	"sync"

	"github.com/mileusna/useragent"

	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

const (
	// browsersKept bounds the memory for User-Agents, which a stranger may make up.
	BrowsersKept = 512
	// agentMost is how much of one is looked at, in bytes.
	agentMost = 1024
)

// browsers remembers what each User-Agent reads as: in a room most are the same few.
var Browsers = struct {
	sync.Mutex
	short map[string]string
}{short: map[string]string{}}

// browser is a short readable form of a User-Agent: "Android, Chrome".
func Browser(agent string) string {
	Browsers.Lock()
	defer Browsers.Unlock()
	if s, ok := Browsers.short[agent]; ok {
		return s
	}
	s := Describe(agent)
	if len(Browsers.short) >= BrowsersKept {
		clear(Browsers.short)
	}
	Browsers.short[strings.Clone(agent)] = s
	return s
}

func Describe(agent string) string {
	const most = 40 // bytes of a part
	if agent == "" {
		return "A program"
	}
	ua := useragent.Parse(names.Tidy(wire.Clip(agent, agentMost)))
	device := ua.OS
	if ua.Device == "iPhone" || ua.Device == "iPad" {
		device = ua.Device
	}
	switch {
	case device == "" && ua.Name == "":
		return "A program"
	case device == "":
		return wire.Clip(ua.Name, most)
	case ua.Name == "":
		return wire.Clip(device, most)
	}
	return wire.Clip(device, most) + ", " + wire.Clip(ua.Name, most)
}
