//go:build !linux || !(amd64 || arm64)

package transport

import "errors"

// uring is not supported here: each link is written to separately.
type uring struct{}

func uringWorks() bool { return false }

func newURing(int) (*uring, error)        { return nil, errors.ErrUnsupported }
func (*uring) send([]write, []byte) error { return errors.ErrUnsupported }
func (*uring) close()                     {}
