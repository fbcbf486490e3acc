//go:build dev

package desktop

// Developing reports whether this is the program that `make dev` runs, whose page Vite serves. It is a build tag, because
// a variable of the environment can be set for the program that people get.
const Developing = true
