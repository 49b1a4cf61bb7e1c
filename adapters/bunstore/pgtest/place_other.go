//go:build !linux

package pgtest

// place returns the folder below which a server is put: "", the system's for temporary files.
func place() string { return "" }
