//go:build desktop || dev

package desktop

import "C"

// What the code in navigation_linux.go calls. cgo wants it in a file without code of C's own.

var followed func(address string)

//export belfryOwnPage
func belfryOwnPage(address *C.char) C.int {
	if OwnPage(C.GoString(address)) {
		return 1
	}
	return 0
}

//export belfryFollow
func belfryFollow(address *C.char) { followed(C.GoString(address)) }
