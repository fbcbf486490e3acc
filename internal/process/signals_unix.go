//go:build unix

package process

import (
	"os"
	"syscall"
)

// harmless are signals that must not end the program. Go itself survives some of them, but says nowhere that it will.
var harmless = []os.Signal{
	syscall.SIGPIPE, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGVTALRM, syscall.SIGXCPU, syscall.SIGXFSZ, syscall.SIGIO,
}

// terminal are the signals to a program in the background that writes to its terminal, or reads from it.
var terminal = []os.Signal{syscall.SIGTTOU, syscall.SIGTTIN}
