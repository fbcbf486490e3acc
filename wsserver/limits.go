package wsserver

import (
	"belfry/wsserver/wire"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// This file is what the operator may choose in numbers: how long things are kept, and how much one client, one address
// and all together may ask of the server. What a flag or its variable says is stronger than what was chosen.

// Settings are the limits and switches as they hold now.
type Settings struct {
	// How long, and up to what size, messages are kept.
	KeepDays  int   `json:"keep_days"`
	KeepBytes int64 `json:"keep_bytes"`
	// NameHours is how long a name is held for somebody who has gone, MemberHours how long a membership is.
	NameHours   int `json:"name_hours"`
	MemberHours int `json:"member_hours"`
	// ClientRate is messages a second from one client, in bursts of 5 seconds' worth; 0: no limit of any rate.
	ClientRate      float64 `json:"client_rate"`
	FramesPerSecond int     `json:"frames_per_second"`
	BytesPerSecond  int     `json:"bytes_per_second"`
	// MaxTopics is how many topics one client may be in.
	MaxTopics int `json:"max_topics"`
	// HelloSeconds is the time to say hello where the room is not open.
	HelloSeconds int `json:"hello_seconds"`
	// MaxConnections of clients in all; 0: as many as the system's file descriptors allow.
	MaxConnections int `json:"max_connections"`
	// MaxPerAddress is connections from one address; 0: no limit per address at all.
	MaxPerAddress       int `json:"max_per_address"`
	HandshakesPerSecond int `json:"handshakes_per_second"`
	// QueueBytes is what may wait for all connections together.
	QueueBytes int64 `json:"queue_bytes"`
	// RemoteDashboards: dashboards may be opened on other machines than this one.
	RemoteDashboards bool `json:"remote_dashboards"`
	// OwnAuthority: pages are served over TLS too, under certificates that this server makes itself.
	OwnAuthority bool `json:"own_authority"`
	// SecurePort is where; 0: what goes with the other port (8443 beside 8000).
	SecurePort int `json:"secure_port"`
	// AnnounceName: the network is told a name for this server, belfry.local.
	AnnounceName bool `json:"announce_name"`
}

// SettingsChange is some of the Settings; what is nil stays as it is.
type SettingsChange struct {
	KeepDays            *int     `json:"keep_days,omitempty"`
	KeepBytes           *int64   `json:"keep_bytes,omitempty"`
	NameHours           *int     `json:"name_hours,omitempty"`
	MemberHours         *int     `json:"member_hours,omitempty"`
	ClientRate          *float64 `json:"client_rate,omitempty"`
	FramesPerSecond     *int     `json:"frames_per_second,omitempty"`
	BytesPerSecond      *int     `json:"bytes_per_second,omitempty"`
	MaxTopics           *int     `json:"max_topics,omitempty"`
	HelloSeconds        *int     `json:"hello_seconds,omitempty"`
	MaxConnections      *int     `json:"max_connections,omitempty"`
	MaxPerAddress       *int     `json:"max_per_address,omitempty"`
	HandshakesPerSecond *int     `json:"handshakes_per_second,omitempty"`
	QueueBytes          *int64   `json:"queue_bytes,omitempty"`
	RemoteDashboards    *bool    `json:"remote_dashboards,omitempty"`
	OwnAuthority        *bool    `json:"own_authority,omitempty"`
	SecurePort          *int     `json:"secure_port,omitempty"`
	AnnounceName        *bool    `json:"announce_name,omitempty"`
}

// SettingsAnswer is what holds, what would without a choice, and between what each number may lie. Fixed are the limits
// that nobody changes, in bytes, code points and, where the name says so, seconds. Ruled names the flag
// for each that a flag (or its variable) rules: it cannot be changed here. Password: one is set.
type SettingsAnswer struct {
	Values   Settings          `json:"values"`
	Defaults Settings          `json:"defaults"`
	Bounds   map[string]Bound  `json:"bounds"`
	Fixed    map[string]int    `json:"fixed"`
	Ruled    map[string]string `json:"ruled"`
	Password bool              `json:"password"`
}

// Bound is the least and the most that a number may be.
type Bound struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// bounds by a setting's name.
var bounds = map[string]Bound{
	"keep_days":             {1, 3650},
	"keep_bytes":            {1 << 20, 1 << 40},
	"name_hours":            {0, 24 * 365},
	"member_hours":          {1, 24 * 365},
	"client_rate":           {0, 10_000},
	"frames_per_second":     {10, 100_000},
	"bytes_per_second":      {64 << 10, 1 << 30},
	"max_topics":            {1, 256},
	"hello_seconds":         {5, 600},
	"max_connections":       {0, 1_000_000},
	"max_per_address":       {0, 1_000_000},
	"handshakes_per_second": {1, 10_000},
	"queue_bytes":           {16 << 20, 64 << 30},
	"secure_port":           {0, 65535},
}

// flagOf is the flag that may rule a setting.
var flagOf = map[string]string{"client_rate": "-client-rate", "max_per_address": "-max-per-address"}

// defaults are the settings of a server whose operator has chosen nothing.
func (s *Server) defaults() Settings {
	return Settings{
		KeepDays: defaultKeepDays, KeepBytes: defaultKeepBytes, NameHours: 12, MemberHours: 12,
		ClientRate: s.config.ClientRate, FramesPerSecond: framesPerSecond, BytesPerSecond: bytesPerSecond,
		MaxTopics: wire.MaxTopics, HelloSeconds: 30, MaxPerAddress: s.config.MaxPerAddress,
		HandshakesPerSecond: handshakesPerSecond, QueueBytes: 256 << 20, RemoteDashboards: !s.window.Load(),
		AnnounceName: true,
	}
}

// ruled is the flag by the name of each setting that one rules.
func (s *Server) ruled() map[string]string {
	list := maps.Clone(flagOf)
	for _, name := range s.config.Changeable {
		delete(list, name)
	}
	if s.config.Token != "" {
		list["operator_key"] = "-operator-token"
	}
	if s.config.TLSCert != "" {
		list["own_authority"], list["secure_port"] = "-tls-cert", "-tls-cert"
	}
	return list
}

// limits are the settings as they hold. They are not changed, but replaced.
func (s *Server) limits() *Settings { return s.effective.Load() }

// settle makes what was chosen hold.
func (s *Server) settle() {
	v := s.defaults()
	chosen := fieldsOf(s.settings.get().SettingsChange)
	ruled := s.ruled()
	for name, value := range chosen { // a file that was written by hand may hold anything
		if _, is := ruled[name]; is || !within(name, value) {
			delete(chosen, name)
		}
	}
	fill(&v, chosen)
	s.effective.Store(&v)
}

// fieldsOf is a struct of settings by name, without those that are nil.
func fieldsOf(v any) (fields map[string]json.RawMessage) {
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &fields)
	}
	if err != nil {
		return nil // numbers and switches always encode
	}
	return fields
}

// fill sets fields of v, a pointer to a struct of settings.
func fill(v any, fields map[string]json.RawMessage) {
	if b, err := json.Marshal(fields); err == nil {
		_ = json.Unmarshal(b, v) // what fieldsOf made, or check has seen
	}
}

// Settings are the limits and switches that hold, and what rules them.
func (s *Server) Settings() SettingsAnswer {
	return SettingsAnswer{
		Values: *s.limits(), Defaults: s.defaults(), Bounds: maps.Clone(bounds), Fixed: fixedLimits(), Ruled: s.ruled(), Password: s.password.isSet(),
	}
}

// fixedLimits are those that the operator may want to know, and nobody changes.
func fixedLimits() map[string]int {
	list := wire.WireLimits(0)
	delete(list, "topics")
	list["queue"] = maxQueued
	for name, d := range map[string]time.Duration{
		"header_seconds": headerTimeout, "request_seconds": requestTimeout, "frame_seconds": frameTimeout,
		"idle_seconds": idleTimeout, "stalled_seconds": writeTimeout,
	} {
		list[name] = int(d.Seconds())
	}
	return list
}

// SetSettings changes some settings; they hold at once. Errors: bad_frame where a number is out of bounds, not_allowed
// where a flag rules it, not_kept.
func (s *Server) SetSettings(ctx context.Context, c SettingsChange) (SettingsAnswer, error) {
	asked := fieldsOf(c)
	if err := s.mayChange(asked); err != nil {
		return SettingsAnswer{}, err
	}
	before := *s.limits()
	defaults := fieldsOf(s.defaults())
	err := s.change(func(v *settings) {
		next := fieldsOf(v.SettingsChange)
		maps.Copy(next, asked)
		for name := range asked { // what is as by default follows the default
			if string(next[name]) == string(defaults[name]) {
				delete(next, name)
			}
		}
		v.SettingsChange = SettingsChange{}
		fill(&v.SettingsChange, next)
	})
	if err != nil {
		return SettingsAnswer{}, err
	}
	s.follow(ctx, before, *s.limits())
	return s.Settings(), nil
}

// mayChange checks a change.
func (s *Server) mayChange(asked map[string]json.RawMessage) error {
	ruled := s.ruled()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if flag, ok := ruled[name]; ok {
			return wire.ErrNotAllowed.Because(fmt.Sprintf("%s is given by %s, or its variable, which is stronger. Start Belfry without it.", name, flag))
		}
		if !within(name, asked[name]) {
			return wire.ErrBadFrame.Because(fmt.Sprintf("%s is a number from %.0f to %.0f.", name, bounds[name].Least, bounds[name].Most))
		}
	}
	return nil
}

// within reports whether a setting lies within its bounds. A switch has none.
func within(name string, value json.RawMessage) bool {
	bound, ok := bounds[name]
	if !ok {
		return true
	}
	var n float64
	return json.Unmarshal(value, &n) == nil && n >= bound.Least && n <= bound.Most
}

// follow lets everything that lives by the settings follow them, and notes what became of which.
func (s *Server) follow(ctx context.Context, before, now Settings) {
	was, is := fieldsOf(before), fieldsOf(now)
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if string(was[name]) != string(is[name]) {
			s.note(ctx, AuditEntry{What: "setting", Setting: name, Before: string(was[name]), After: string(is[name])})
		}
	}
	if before.OwnAuthority != now.OwnAuthority || before.SecurePort != now.SecurePort {
		s.adjustDoor(ctx)
	}
	if before.AnnounceName != now.AnnounceName {
		s.lookAtName()
	}
	s.gate.relimit()
	s.repace()
	if before.KeepDays != now.KeepDays || before.KeepBytes != now.KeepBytes {
		s.pruneNow()
	}
	if before.RemoteDashboards && !now.RemoteDashboards {
		s.endDashboards(func(c *conn) bool { return c.remote }, "Dashboards on other machines were switched off.")
	}
}

// hours is a setting of hours as a duration.
func hours(n int) time.Duration { return time.Duration(n) * time.Hour }
