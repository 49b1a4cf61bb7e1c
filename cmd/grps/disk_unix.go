//go:build linux || darwin

package main

import (
	"os"
	"syscall"
)

// freeSpace returns how many bytes this user may still write in the file system of a folder.
func freeSpace(folder string) (uint64, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(folder, &stat); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: folder, Err: err}
	}
	return stat.Bavail * uint64(max(stat.Bsize, 0)), nil
}
