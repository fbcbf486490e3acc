package identity

import (
	"crypto/rand"
	"strconv"
	"strings"

	"belfry/wsserver/wire"
)

// guestPrefix marks a user_id that the server made for a connection that gave none.
const guestPrefix = "guest-"

// run distinguishes this run's guests from those of another, who may still be in the log.
var run = strings.ToLower(rand.Text()[:5])

// GuestID is the user_id of the connection with this ID while it has no other.
func GuestID(conn uint64) string {
	return guestPrefix + run + "-" + strconv.FormatUint(conn, 10)
}

// IsGuest reports whether a user_id was made by the server for one connection.
func IsGuest(userID string) bool { return strings.HasPrefix(userID, guestPrefix) }

// IsReserved reports whether only the server gives out a user_id.
func IsReserved(userID string) bool {
	return userID == wire.OperatorID || IsGuest(userID)
}
