// Package token has the access tokens of programs: who may speak, listen and watch without a person at a page.
//
// A Store keeps them in tokens.json of the data folder. A secret is shown once, when it is made; the file has its SHA-256
// alone. The command line writes the same file beside a running server: each change reads the file anew under a file lock,
// and Watch takes what another program wrote. What cannot be read allows nothing.
//
// All methods of Store are safe for concurrent use. Find, Take, List and While never wait for the disk. Lock order: changing
// before mu. Nothing is called under mu, except for the ends of contexts.
package token
