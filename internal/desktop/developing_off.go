//go:build !dev

package desktop

// Developing is explained in developing.go.
const Developing = false
