package client

import "time"

// verbTimeout bounds one verb: a log that does not answer must not hold the page for ever.
const VerbTimeout = 20 * time.Second
