// Package filekeys reads the keys that open the API from a file, and follows what is changed in it.
//
// The file holds digests, never secrets. It must be a regular file that not everybody can write, at most 1 MiB of JSON; everything that is
// wrong with it is told at once, with its place. [Load] reads it once. [Open] returns a [Source], which looks at it every second and never
// gives up the last good keys for a broken file.
package filekeys
