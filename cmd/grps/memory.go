package main

import (
	"os"
	"runtime/debug"
)

// The memory that serve works in, unless GOGC and GOMEMLIMIT say otherwise. What is alive at any time is a few megabytes, and most of what
// requests make is waste at once: to collect it seldom costs little memory and saves a fifth of the work. The limit makes it be collected
// more often, and never refuses any.
const (
	garbagePercent = 400
	memoryLimit    = 160 << 20 // bytes
)

// tuneMemory puts that into force.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
