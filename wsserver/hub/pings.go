package hub

import (
	"time"

	"belfry/wsserver/transport"
)

// pingSlots is how many steps the pings of one period are spread over: one a second.
const PingSlots = int(transport.PingPeriod / time.Second)
