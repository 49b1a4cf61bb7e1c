//go:build !race

package main

// slowness is how many times as long everything may take: the bounds of tests are those of the program as users run it.
const slowness = 1

// parallelTests is how many tests run at once. Those that may spend nearly all their time waiting for leases of killed processes to run
// out, so they are more than there are processors.
const parallelTests = "16"
