//go:build linux || darwin

package main

import "syscall"

// openFiles returns how many files this process may have open at once; connections are among them.
func openFiles() (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return limit.Cur, nil
}
