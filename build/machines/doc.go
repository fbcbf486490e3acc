// Package machines runs several Belfrys as one room on this machine, and does to them what happens to machines: they are
// killed, stop for a while, are cut off, lose packets or power, and start again.
//
// Where it may, each has a network of its own, and the networks are joined by bridges without any way out; else all of them
// listen on the loopback, where nothing can be cut off. It runs on Linux alone.
package machines
