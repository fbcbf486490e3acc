//go:build !bindings

package desktop

// Generating is explained in generating.go.
const Generating = false
