package client

import (
	"belfry/wsserver/hub"
	"belfry/wsserver/transport"
)

// sendAll sends a frame to each of a few connections, from any goroutine.
func SendAll(frame []byte, list []*hub.Peer) {
	v := transport.Volley{Alone: true}
	v.Send(hub.ConnsOf(list), frame, (*transport.Link).TellLocked, (*transport.Conn).TooSlow)
}
