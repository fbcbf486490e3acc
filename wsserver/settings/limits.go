package settings

import (
	"encoding/json"
	"maps"
	"time"
)

// Defaults of settings, and the bursts that go with the rates of one connection.
const (
	DefaultKeepDays  = 90
	DefaultKeepBytes = 1 << 30
	// DefaultUndoSeconds is long enough to see that a message goes to the wrong people.
	DefaultUndoSeconds = 5
	// HandshakesPerSecond from one address, after a burst of as many as it may have connections.
	HandshakesPerSecond = 20
	FramesPerSecond     = 100
	FramesBurst         = 500
	BytesPerSecond      = 1 << 20
	BytesBurst          = 4 << 20
)

// Effective are the effective settings: the defaults, overridden by the operator's choice, overridden by flags.
type Effective struct {
	// KeepDays and KeepBytes bound the log: by the age of messages, and by their size.
	KeepDays  int   `json:"keep_days"`
	KeepBytes int64 `json:"keep_bytes"`
	// NameHours is how long a name stays reserved after its user disconnected, MemberHours how long a membership lasts.
	NameHours   int `json:"name_hours"`
	MemberHours int `json:"member_hours"`
	// ClientRate is messages a second from one client, in bursts of 5 seconds' worth; 0: no rate limit at all.
	ClientRate      float64 `json:"client_rate"`
	FramesPerSecond int     `json:"frames_per_second"`
	BytesPerSecond  int     `json:"bytes_per_second"`
	// MaxTopics is how many topics one client may be in.
	MaxTopics int `json:"max_topics"`
	// HelloSeconds is how long a connection may take to send hello where access is not open.
	HelloSeconds int `json:"hello_seconds"`
	// MaxConnections is how many clients may be connected; 0: as many as file descriptors allow.
	MaxConnections int `json:"max_connections"`
	// MaxPerAddress is how many connections one address may have; 0: no limit per address of any kind.
	MaxPerAddress       int `json:"max_per_address"`
	HandshakesPerSecond int `json:"handshakes_per_second"`
	// QueueBytes bounds what is queued for all connections together.
	QueueBytes int64 `json:"queue_bytes"`
	// RemoteDashboards: dashboards may be opened on other machines than this one.
	RemoteDashboards bool `json:"remote_dashboards"`
	// OwnAuthority: pages are served over TLS too, with certificates of this server's own authority.
	OwnAuthority bool `json:"own_authority"`
	// SecurePort is the port for that; 0: derived from the plain one (8443 for 8000).
	SecurePort int `json:"secure_port"`
	// AnnounceName: a name for this server, belfry.local, is announced on the network.
	AnnounceName bool `json:"announce_name"`
	// OperatorName is the name that the operator's messages are from; "": wire.OperatorName.
	OperatorName string `json:"operator_name"`
	// UndoSeconds is how long a dashboard holds a message back, so that it can be undone; 0: not at all.
	UndoSeconds int `json:"undo_seconds"`
	// WiFiName and WiFiPassword are of the network that people join first, for a QR code; "": none, or an open one.
	WiFiName     string `json:"wifi_name"`
	WiFiPassword string `json:"wifi_password"`
}

// Change is some of the Effective settings; a nil field stays as it is.
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
	OperatorName        *string  `json:"operator_name,omitempty"`
	UndoSeconds         *int     `json:"undo_seconds,omitempty"`
	WiFiName            *string  `json:"wifi_name,omitempty"`
	WiFiPassword        *string  `json:"wifi_password,omitempty"`
}

// Bound is the least and the most that a setting may be.
type Bound struct {
	Least float64 `json:"least"`
	Most  float64 `json:"most"`
}

// Bounds returns the bounds of the settings that are numbers, by name.
func Bounds() map[string]Bound { return maps.Clone(bounds) }

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
	"undo_seconds":          {0, 30},
}

// flagOf is the flag that may override a setting, by the setting's name.
var flagOf = map[string]string{"client_rate": "-client-rate", "max_per_address": "-max-per-address"}

// fieldsOf returns the fields of an Effective or a Change by name, without nil ones.
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

// fill sets fields, which fieldsOf made, in v: a pointer to an Effective or a Change.
func fill(v any, fields map[string]json.RawMessage) {
	if b, err := json.Marshal(fields); err == nil {
		_ = json.Unmarshal(b, v) // fieldsOf made it, or its bounds were checked
	}
}

// within reports whether a setting lies within its bounds. A switch has none.
func within(name string, value json.RawMessage) bool {
	if _, isText := texts[name]; isText {
		_, err := cleanText(name, value)
		return err == nil
	}
	bound, ok := bounds[name]
	if !ok {
		return true
	}
	var n float64
	return json.Unmarshal(value, &n) == nil && n >= bound.Least && n <= bound.Most
}

// NameTime is how long a name stays reserved after its user disconnected.
func (e *Effective) NameTime() time.Duration { return time.Duration(e.NameHours) * time.Hour }

// MemberTime is how long a membership lasts after its user disconnected.
func (e *Effective) MemberTime() time.Duration { return time.Duration(e.MemberHours) * time.Hour }
