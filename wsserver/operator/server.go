package operator

import "time"

const RequestTimeout = 15 * time.Second
