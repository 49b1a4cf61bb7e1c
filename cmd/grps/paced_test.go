//go:build !race

package main

// slowness is how many times as long everything may take: the bounds of tests are those of the program as users run it.
const slowness = 1
