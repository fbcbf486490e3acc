package client

import "belfry/wsserver/wire"

var (

	// removedFreed is what connections are told that end by it.
	RemovedFreed = &wire.Error{Code: "removed", Message: "The operator has freed your name. You can come in again as somebody new."}
)
