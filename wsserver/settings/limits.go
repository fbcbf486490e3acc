package settings

import (
	"encoding/json"
	"time"
)

// Effective are the limits and switches as they hold now.
type Effective struct {
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

// Change is some of the Settings; what is nil stays as it is.
type Change struct {
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

// Bound is the least and the most that a number may be.
type Bound struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// bounds by a setting's name.
var Bounds = map[string]Bound{
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
var FlagOf = map[string]string{"client_rate": "-client-rate", "max_per_address": "-max-per-address"}

// fieldsOf is a struct of settings by name, without those that are nil.
func FieldsOf(v any) (fields map[string]json.RawMessage) {
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
func Fill(v any, fields map[string]json.RawMessage) {
	if b, err := json.Marshal(fields); err == nil {
		_ = json.Unmarshal(b, v) // what fieldsOf made, or check has seen
	}
}

// within reports whether a setting lies within its bounds. A switch has none.
func Within(name string, value json.RawMessage) bool {
	bound, ok := Bounds[name]
	if !ok {
		return true
	}
	var n float64
	return json.Unmarshal(value, &n) == nil && n >= bound.Least && n <= bound.Most
}

// hours is a setting of hours as a duration.
func Hours(n int) time.Duration { return time.Duration(n) * time.Hour }

const // handshakesPerSecond from one address, after as many at once as connections are allowed.
HandshakesPerSecond = 20

const FramesPerSecond = 100

const FramesBurst = 500

const BytesPerSecond = 1 << 20

const BytesBurst = 4 << 20

const // defaultKeepDays and defaultKeepBytes bound the log unless settings say otherwise.
DefaultKeepDays = 90

const DefaultKeepBytes = 1 << 30
