package webhook

import (
	"strconv"
	"strings"
)

// Where several servers share the log, the keys of events, and of what is known of a webhook, have the machine's name in them.
const (
	nodeOfEvent  = "/"
	nodeOfStatus = "@"
)

// keys makes the keys of this machine's records.
type keys struct {
	node     string
	shared   bool // several servers share the log
	fromFile bool // there were webhooks in the file at the start
}

func (k keys) event(n uint64) string {
	key := strconv.FormatUint(n, 10)
	if !k.shared {
		return key
	}
	return k.node + nodeOfEvent + key
}

// parseEvent reads what event wrote, here or at another time. here: it is of this machine as it is now.
func (k keys) parseEvent(key string) (n uint64, here bool, err error) {
	node, number := "", key
	if i := strings.LastIndex(key, nodeOfEvent); i >= 0 {
		node, number = key[:i+1], key[i+1:]
	}
	n, err = strconv.ParseUint(number, 10, 64)
	if !k.shared {
		return n, node == "", err
	}
	return n, node == k.node+nodeOfEvent, err
}

func (k keys) status(id string) string {
	if !k.shared {
		return id
	}
	return id + nodeOfStatus + k.node
}

// parseStatus reads what status wrote.
func (k keys) parseStatus(key string) (id string, here bool) {
	id, node, named := strings.Cut(key, nodeOfStatus)
	if !k.shared {
		return id, !named
	}
	return id, named && node == k.node
}

// adopts reports whether what another time has left under such a key is this machine's now: of the log of one server, that of the machine
// that had the webhooks in its file; of a log that was shared, everything.
func (k keys) adopts(key, separator string) bool {
	if !k.shared {
		return true
	}
	return k.fromFile && !strings.Contains(key, separator)
}
