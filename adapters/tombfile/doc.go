// Package tombfile keeps erasures in a file beside the store: a line of JSON for each, only ever added to. Nothing in it says who was erased
// but the mark, which only the key makes of a user.
package tombfile
