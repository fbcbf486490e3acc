// Package useragent says in a few words what a User-Agent header means: "Android, Chrome".
package useragent

import (
	"strings"
	"sync"

	"github.com/mileusna/useragent"

	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

const (
	// maxCached bounds the memory of a Cache: a stranger may make up any number of User-Agents.
	maxCached = 512
	// maxParsed is how much of a User-Agent is parsed, in bytes.
	maxParsed = 1024
	// maxPart is the maximum length of the device's and of the program's name, in bytes.
	maxPart = 40
)

// unknown describes a User-Agent that names neither a device nor a program.
const unknown = "A program"

// Cache remembers descriptions: in a room most people use the same few browsers. The zero value is empty and ready;
// any goroutine may use it.
type Cache struct {
	mu      sync.Mutex
	byAgent map[string]string
}

// Describe returns a short readable form of a User-Agent: the device, a comma and the program, or one of them. It is
// never empty, at most 82 bytes long and holds no invisible characters.
func (c *Cache) Describe(agent string) string {
	agent = wire.Clip(agent, maxParsed)
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.byAgent[agent]; ok {
		return s
	}
	s := describe(agent)
	switch {
	case c.byAgent == nil:
		c.byAgent = map[string]string{}
	case len(c.byAgent) >= maxCached:
		clear(c.byAgent)
	}
	c.byAgent[strings.Clone(agent)] = s // the header's memory is not kept alive
	return s
}

func describe(agent string) string {
	if agent == "" {
		return unknown
	}
	ua := useragent.Parse(names.Normalize(agent))
	device := ua.OS
	if ua.Device == "iPhone" || ua.Device == "iPad" {
		device = ua.Device
	}
	switch {
	case device == "" && ua.Name == "":
		return unknown
	case device == "":
		return wire.Clip(ua.Name, maxPart)
	case ua.Name == "":
		return wire.Clip(device, maxPart)
	}
	return wire.Clip(device, maxPart) + ", " + wire.Clip(ua.Name, maxPart)
}
