package wire

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
)

// Reason returns why a call of the system failed, in the system's words alone: "permission denied". What was called, and on
// which file, is left out, since the sentence around it names that.
func Reason(err error) string {
	for {
		var path *fs.PathError
		var link *os.LinkError
		var call *os.SyscallError
		var op *net.OpError
		switch {
		case errors.As(err, &path):
			err = path.Err
		case errors.As(err, &link):
			err = link.Err
		case errors.As(err, &op):
			err = op.Err
		case errors.As(err, &call):
			err = call.Err
		default:
			return strings.TrimSuffix(strings.ReplaceAll(err.Error(), "\n", "; "), ".")
		}
	}
}
