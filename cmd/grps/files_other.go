//go:build !linux && !darwin

package main

import "errors"

// openFiles cannot tell on this system.
func openFiles() (uint64, error) { return 0, errors.ErrUnsupported }
