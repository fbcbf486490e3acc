package identity

import (
	"crypto/rand"
	"strconv"
	"strings"

	"belfry/wsserver/wire"
)

// guestPrefix marks a user_id that the server made for a connection that gave none.
const guestPrefix = "guest-"

// run tells this run's guests from those of another, who may still be in the log.
var run = strings.ToLower(rand.Text()[:5])

// guest reports whether the server made the id for one connection.
func IsGuest(userID string) bool { return strings.HasPrefix(userID, guestPrefix) }

func GuestID(conn uint64) string {
	return guestPrefix + run + "-" + strconv.FormatUint(conn, 10)
}

// reserved ids are given out by the server alone.
func IsReserved(userID string) bool {
	return userID == wire.OperatorID || IsGuest(userID)
}
