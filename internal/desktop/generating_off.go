//go:build !bindings

package desktop

const Generating = false
