package wire

import "math"

// ProtocolVersion is the version that welcome names.
const ProtocolVersion = 1

// Limits of the wire (docs/protocol.md, "Limits"). Sizes are bytes of UTF-8 unless said otherwise.
const (
	MaxMessage = 64 << 10
	MaxFrame   = 512 << 10
	MaxTopic   = 64
	MaxUserID  = 64
	MaxCode    = 1024
	MaxID      = 64
	MaxName    = 64 // code points
	MaxTitle   = 200
	MaxTopics  = 32
	MaxEpoch   = 64
	MaxNamed   = 1000 // topics in one frame, whether they exist or not
	MaxReason  = 500
	MaxAck     = 40 // code points
	// Urgent is the greatest priority of a message: that of an urgent one.
	Urgent = 5
	// MaxNumber is the greatest number in a frame: a log may hold no greater one.
	MaxNumber = math.MaxInt64
)

// Limits are sent with welcome, for a page that has others built in; topics is how many the client may be
// subscribed to.
func Limits(topics int) map[string]int {
	return map[string]int{
		"message": MaxMessage, "frame": MaxFrame, "topic": MaxTopic, "user_id": MaxUserID, "id": MaxID,
		"name": MaxName, "topics": topics,
	}
}
