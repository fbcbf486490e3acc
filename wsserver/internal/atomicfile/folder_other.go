//go:build !unix

package atomicfile

// syncFolder does nothing: Windows keeps the names in a folder in a journal, and has no call for it.
func syncFolder(string) error { return nil }
