//go:build !unix

package process

import (
	"os"
	"syscall"
)

// harmless are signals that must not end the program; this system sends none of them.
var harmless = []os.Signal{syscall.SIGPIPE}

// terminal are the signals to a program in the background; this system has none.
var terminal []os.Signal
