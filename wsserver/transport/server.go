package transport

import "time"

const HeaderTimeout = 5 * time.Second
