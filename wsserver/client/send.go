package client

import (
	rooms "belfry/wsserver/hub"
	"belfry/wsserver/transport"
)

// sendAll sends a frame to each of a few connections, from any goroutine.
func SendAll(frame []byte, list []*rooms.Peer) {
	v := transport.Volley{Alone: true}
	v.Send(rooms.ConnsOf(list), frame, (*transport.Link).TellLocked, (*transport.Conn).TooSlow)
}
