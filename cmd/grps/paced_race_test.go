//go:build race

package main

// slowness is how many times as long everything may take: the race detector makes what it watches that much slower.
const slowness = 5

// parallelTests is how many tests run at once; see the other.
const parallelTests = "8"
