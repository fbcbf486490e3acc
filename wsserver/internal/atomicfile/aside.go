package atomicfile

import (
	"fmt"
	"os"
)

// Damaged is what SetAside adds to the name of a file.
const Damaged = ".damaged"

// Exists reports whether there is a file of that name, or anything else.
func Exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// SetAside gives a file that could not be read another name, and returns that: with Damaged at its end, or a number behind that
// where there is such a file already. The error is os.Rename's.
func SetAside(name string) (aside string, err error) {
	aside = name + Damaged
	for n := 2; Exists(aside); n++ {
		aside = fmt.Sprintf("%s%s-%d", name, Damaged, n)
	}
	return aside, os.Rename(name, aside)
}
